//! Figures over time and dimensions, as people read them: the largest groups by name and the others
//! together, each beside the period before where that is asked for.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Days, NaiveDate, Utc};
use sea_orm::ConnectionTrait;

use super::{
    cube::{
        self, Answer, Bucket, Completeness, Dimension, Filter, Grain, Group, Question,
        check_dimensions,
    },
    distribution::Distribution,
    measure::Measure,
    metric::Metric,
    service::check_range,
    totals::{Asked, Totals},
};
use crate::{
    error::{Error, Result},
    tenant::Tenant,
};

/// Groups that are told by name.
const LARGEST: usize = 10;
/// Longest series of hours, in days; of days; and of weeks and months.
const MAX_DAYS: [(Grain, i64); 4] =
    [(Grain::Hour, 31), (Grain::Day, 366), (Grain::Week, 3_660), (Grain::Month, 3_660)];
const MAX_DIMENSIONS: usize = 2;

/// What is asked of some metrics.
#[derive(Clone, Debug)]
pub struct SeriesQuestion {
    pub metrics: Vec<&'static Metric>,
    /// The first day and the last, both included.
    pub days: (NaiveDate, NaiveDate),
    pub grain: Grain,
    pub by: Vec<Dimension>,
    pub filter: Filter,
    /// Whether the period before is told too.
    pub is_compared: bool,
}

/// The series of each metric and group.
#[derive(Clone, Debug)]
pub struct SeriesAnswer {
    pub as_of: DateTime<Utc>,
    pub buckets: Vec<(Bucket, Completeness)>,
    pub series: Vec<Series>,
}

/// One metric of one group.
#[derive(Clone, Debug)]
pub struct Series {
    pub metric: &'static Metric,
    pub group: Member,
    pub total: Figure,
    /// One for each bucket, in their order.
    pub points: Vec<Figure>,
}

/// Which rows a series is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Member {
    /// The values they have of the dimensions asked for, in their order.
    Group(Group),
    /// All but the largest groups.
    Other,
}

/// A figure, and the same of the period before; that is none where there is nothing to compare.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figure {
    pub value: Option<f64>,
    pub previous: Option<f64>,
}

impl SeriesQuestion {
    /// # Errors
    /// [`Error::BadInput`] that names the argument.
    pub fn check(&self) -> Result<()> {
        let (from, to) = self.days;
        let max = MAX_DAYS.iter().find(|(grain, _)| *grain == self.grain);
        check_range(from, to, max.map_or(0, |(_, days)| *days))?;
        if self.metrics.is_empty() {
            return Err(Error::bad_input("ids", "[]", "at least one id of `metricCatalogue`"));
        }
        let different: BTreeSet<_> = self.by.iter().collect();
        if self.by.len() > MAX_DIMENSIONS || different.len() < self.by.len() {
            let given = format!("{} dimensions", self.by.len());
            let expected = format!("at most {MAX_DIMENSIONS}, each once");
            return Err(Error::bad_input("by", given, &expected));
        }
        check_dimensions("by", self.by.iter().copied(), &self.metrics)?;
        self.filter.check(&self.metrics)?;
        Ok(())
    }

    /// Answers it. Call in a snapshot.
    pub(super) async fn ask(
        &self,
        snapshot: &impl ConnectionTrait,
        tenant: &Tenant,
        now: DateTime<Utc>,
    ) -> Result<SeriesAnswer> {
        let (measures, distributions) = (self.measures(), self.distributions());
        let buckets = cube::cut(tenant, self.days, self.grain);
        let question = Question {
            tenant,
            grain: self.grain,
            buckets: &buckets,
            by: &self.by,
            filter: &self.filter,
            asked: Asked { measures: &measures, distributions: &distributions },
            now,
            until: None,
        };
        let mut answer = cube::ask(snapshot, &question).await?;
        let mut before = None;
        if self.is_compared {
            let (earlier, until) = self.period_before(tenant, &buckets, now);
            let question = Question { buckets: &earlier, until, ..question };
            let pairs = pairs(&buckets, &earlier);
            before = Some(Before { answer: cube::ask(snapshot, &question).await?, pairs });
        }
        if self.by.is_empty() {
            // Whoever asks for no groups gets one, with or without rows.
            let zeros = || vec![Totals::default(); buckets.len()];
            answer.groups.entry(Group::new()).or_insert_with(zeros);
        }
        let series = self.series(&answer, before.as_ref());
        let buckets = buckets.into_iter().zip(answer.completeness).collect();
        Ok(SeriesAnswer { as_of: now, buckets, series })
    }

    fn measures(&self) -> Vec<Measure> {
        let mut measures: Vec<Measure> = Vec::new();
        for measure in self.metrics.iter().flat_map(|metric| metric.measures()) {
            if !measures.contains(&measure) {
                measures.push(measure);
            }
        }
        measures
    }

    fn distributions(&self) -> Vec<Distribution> {
        let asked = self.metrics.iter().filter_map(|metric| metric.distribution());
        asked.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// As many days, up to the first of this period; while this one goes on, only the part of the
    /// last day that has passed of today.
    fn period_before(
        &self,
        tenant: &Tenant,
        buckets: &[Bucket],
        now: DateTime<Utc>,
    ) -> (Vec<Bucket>, Option<DateTime<Utc>>) {
        let (from, to) = self.days;
        let today = tenant.day_of(now);
        let is_running = (from..=to).contains(&today);
        let last = if is_running { today } else { to };
        let days = Days::new(u64::try_from((last - from).num_days() + 1).unwrap_or_default());
        let back = |day: NaiveDate| day.checked_sub_days(days).unwrap_or(day);
        let earlier = if self.grain == Grain::Hour {
            cube::cut(tenant, (back(from), back(last)), Grain::Hour)
        } else {
            let moved = |bucket: &Bucket| {
                let days = (back(bucket.days.0), back(bucket.days.1.min(last)));
                Bucket { range: tenant.days(days.0, days.1), days }
            };
            buckets.iter().filter(|bucket| bucket.days.0 <= last).map(moved).collect()
        };
        let elapsed = now - tenant.day(today).start;
        let until = is_running.then(|| tenant.day(back(today)).start + elapsed);
        (earlier, until)
    }

    fn series(&self, answer: &Answer, before: Option<&Before>) -> Vec<Series> {
        let weight = |sums: &[Totals]| {
            let counts = sums.iter().map(|totals| self.metrics[0].count(totals));
            counts.sum::<i64>()
        };
        let mut ranked: Vec<(&Group, i64)> =
            answer.groups.iter().map(|(group, sums)| (group, weight(sums))).collect();
        // The largest first; groups alike in the order of their names, in which they come.
        ranked.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
        let named: BTreeSet<&Group> =
            ranked.iter().take(LARGEST).map(|(group, _)| *group).collect();
        let mut members: Vec<Member> =
            ranked.iter().take(LARGEST).map(|(group, _)| Member::Group((*group).clone())).collect();
        if ranked.len() > LARGEST {
            members.push(Member::Other);
        }
        let is_of = |member: &Member, group: &Group| match member {
            Member::Group(own) => own == group,
            Member::Other => !named.contains(group),
        };
        let sums = |member: &Member| {
            let own = summed(answer, |group| is_of(member, group));
            let earlier =
                before.map(|before| (before, summed(&before.answer, |group| is_of(member, group))));
            (own, earlier)
        };
        let sums: Vec<_> = members.iter().map(sums).collect();
        let mut series = Vec::new();
        for metric in &self.metrics {
            for (member, (own, earlier)) in members.iter().zip(&sums) {
                let earlier = earlier.as_ref().map(|(before, sums)| (*before, &sums[..]));
                series.push(one(metric, member.clone(), own, earlier));
            }
        }
        series
    }
}

/// The period before, and which of its buckets stands beside each of this one.
struct Before {
    answer: Answer,
    pairs: Vec<Option<usize>>,
}

/// One metric of one group, `own` its sums and `earlier` those of the period before.
fn one(
    metric: &'static Metric,
    group: Member,
    own: &[Totals],
    earlier: Option<(&Before, &[Totals])>,
) -> Series {
    let mut total = Figure { value: whole(metric, own), previous: None };
    let mut points: Vec<_> =
        own.iter().map(|sums| Figure { value: metric.of(sums), previous: None }).collect();
    if let Some((before, sums)) = earlier {
        total.previous = whole(metric, sums);
        for (point, place) in points.iter_mut().zip(&before.pairs) {
            point.previous = place.and_then(|place| metric.of(sums.get(place)?));
        }
    }
    Series { metric, group, total, points }
}

/// Pairs buckets by their day and their place in it: of a longer day the last hour has none.
fn pairs(buckets: &[Bucket], earlier: &[Bucket]) -> Vec<Option<usize>> {
    let known: HashMap<_, _> =
        places(earlier).into_iter().enumerate().map(|(index, place)| (place, index)).collect();
    places(buckets).iter().map(|place| known.get(place).copied()).collect()
}

/// The number of the day, or of the stretch of days, of each bucket, and its place within that.
fn places(buckets: &[Bucket]) -> Vec<(usize, usize)> {
    let days = buckets.chunk_by(|a, b| a.days == b.days).enumerate();
    days.flat_map(|(day, hours)| (0..hours.len()).map(move |hour| (day, hour))).collect()
}

/// The sums of some groups together.
fn summed(answer: &Answer, is_wanted: impl Fn(&Group) -> bool) -> Vec<Totals> {
    let mut sums = vec![Totals::default(); answer.completeness.len()];
    for (_, totals) in answer.groups.iter().filter(|(group, _)| is_wanted(group)) {
        for (sum, totals) in sums.iter_mut().zip(totals) {
            sum.add(totals);
        }
    }
    sums
}

/// The figure over all buckets.
fn whole(metric: &Metric, sums: &[Totals]) -> Option<f64> {
    let mut total = Totals::default();
    for sum in sums {
        total.add(sum);
    }
    metric.of(&total)
}
