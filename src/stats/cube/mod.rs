//! Any figure over any stretch of days, by time and dimensions.
//!
//! Invariant: an answer is a sum of measures and distributions, and of nothing else. Days that hold come
//! from the daily table where it knows enough, or from the cells of days; hours and quarters that hold from
//! theirs; and everything else from sessions and events as they stand, all in one snapshot. Start reading
//! at `ask`.

mod bucket;
mod cells;
mod counted;
mod dimension;
mod histograms;
mod hours;
mod kept;
mod rows;
mod sum;
mod table;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use async_graphql::Enum;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sea_orm::ConnectionTrait;

pub use self::{
    bucket::{Bucket, Grain},
    counted::CountedRow,
    dimension::{Dimension, Filter},
};
pub(super) use self::{
    bucket::{Level, Slots, cut},
    counted::Counted,
    dimension::{Group, check_dimensions, columns, group},
    histograms::{list_by_product as list_histograms, set_columns},
    kept::{
        archive as archive_cells, coarser, finest, list as list_cells,
        list_kept as list_kept_cells, rebuild as rebuild_cells, thin_out,
    },
    sum::Sum,
};
use self::{cells::Cells, hours::Plan};
use super::{
    store,
    totals::{Asked, Totals},
};
use crate::{
    error::Result,
    rollup::Quarters,
    tenant::{Tenant, TimeRange},
};

/// How far an answer over some stretch may still change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Enum)]
pub enum Completeness {
    /// As the roll-up has kept it: it changes only if an event comes late.
    Settled,
    /// Over, but in part summed from rows: the roll-up has not been there since the last event.
    Rows,
    /// Not over yet.
    Running,
}

impl Completeness {
    /// That of a stretch, of which something may have changed since the roll-up was there.
    pub(super) fn of(range: TimeRange, is_changed: bool, now: DateTime<Utc>) -> Self {
        if range.end > now {
            Self::Running
        } else if is_changed {
            Self::Rows
        } else {
            Self::Settled
        }
    }
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    pub(super) tenant: &'a Tenant,
    pub(super) grain: Grain,
    /// The stretches to tell apart, oldest first, without a gap.
    pub(super) buckets: &'a [Bucket],
    pub(super) by: &'a [Dimension],
    pub(super) filter: &'a Filter,
    pub(super) asked: Asked<'a>,
    pub(super) now: DateTime<Utc>,
    /// Where the last day ends early, as far as it has gone.
    pub(super) until: Option<DateTime<Utc>>,
}

/// The sums of each group, and how complete they are: one for each bucket, in their order.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) completeness: Vec<Completeness>,
    pub(super) groups: BTreeMap<Group, Vec<Totals>>,
}

/// Answers a question. Call in a snapshot.
pub(super) async fn ask(
    snapshot: &impl ConnectionTrait,
    question: &Question<'_>,
) -> Result<Answer> {
    let (from, to) = question.days();
    let open = store::list_open(snapshot, question.tenant, from, to).await?;
    let groups = sum(snapshot, question, &open).await?;
    let completeness = |bucket| question.completeness(bucket, &open);
    Ok(Answer { completeness: question.buckets.iter().map(completeness).collect(), groups })
}

/// Sums what is asked, some hours of some days being open.
pub(super) async fn sum(
    snapshot: &impl ConnectionTrait,
    question: &Question<'_>,
    open: &BTreeMap<NaiveDate, Quarters>,
) -> Result<BTreeMap<Group, Vec<Totals>>> {
    let until = question.until.map(|until| (question.days().1, until));
    let fine = kept::list_fine(snapshot, question.tenant, &Plan::days(open, until)).await?;
    let plan = Plan::of(question.tenant, open, until, &fine);
    let mut sums = Sums { question, groups: BTreeMap::new() };
    if question.is_kept_daily() {
        sums.add_settled(snapshot, &plan.days).await?;
    } else {
        sums.add_days_of_cells(snapshot, &plan.days).await?;
    }
    sums.add_parts_of_days(snapshot, &plan).await?;
    sums.add_rows(snapshot, &plan).await?;
    Ok(sums.groups)
}

impl Question<'_> {
    /// The first day and the last.
    fn days(&self) -> (NaiveDate, NaiveDate) {
        let days = self.buckets.first().zip(self.buckets.last());
        days.map(|(first, last)| (first.days.0, last.days.1)).unwrap_or_default()
    }

    /// Whether the daily table tells all that is asked.
    fn is_kept_daily(&self) -> bool {
        let mut asked = self.by.iter().copied().chain(self.filter.dimensions());
        self.grain != Grain::Hour && asked.all(|dimension| dimension == Dimension::Product)
    }

    fn completeness(&self, bucket: &Bucket, open: &BTreeMap<NaiveDate, Quarters>) -> Completeness {
        let is_open = |(day, quarters): (&NaiveDate, &Quarters)| {
            let day = self.tenant.day(*day);
            quarters.meets(Quarters::touched(day, bucket.range))
        };
        let is_changed = open.range(bucket.days.0..=bucket.days.1).any(is_open);
        Completeness::of(bucket.range, is_changed, self.now)
    }

    fn cells(&self) -> Cells<'_> {
        let Self { tenant, by, filter, asked, .. } = *self;
        Cells { tenant, by, filter, asked }
    }
}

/// The sums on their way.
struct Sums<'a> {
    question: &'a Question<'a>,
    groups: BTreeMap<Group, Vec<Totals>>,
}

impl Sums<'_> {
    fn add(&mut self, group: Group, place: usize, totals: &Totals) {
        let len = self.question.buckets.len();
        let sums = self.groups.entry(group).or_insert_with(|| vec![Totals::default(); len]);
        sums[place].add(totals);
    }

    fn add_day(&mut self, day: NaiveDate, group: Group, totals: &Totals) {
        let place = self.question.buckets.partition_point(|bucket| bucket.days.0 <= day);
        if place > 0 {
            self.add(group, place - 1, totals);
        }
    }

    fn add_instant(&mut self, at: DateTime<Utc>, group: Group, totals: &Totals) {
        let place = self.question.buckets.partition_point(|bucket| bucket.range.start <= at);
        if place > 0 {
            self.add(group, place - 1, totals);
        }
    }

    /// Adds what the daily table says of the days but some.
    async fn add_settled(
        &mut self,
        snapshot: &impl ConnectionTrait,
        but: &BTreeSet<NaiveDate>,
    ) -> Result<()> {
        let Question { tenant, by, filter, asked, .. } = *self.question;
        let days = self.question.days();
        for (day, group, totals) in
            store::list_groups(snapshot, tenant, days, by, filter, asked).await?
        {
            if !but.contains(&day) {
                self.add_day(day, group, &totals);
            }
        }
        Ok(())
    }

    /// Adds what cells say of the days but some.
    async fn add_days_of_cells(
        &mut self,
        snapshot: &impl ConnectionTrait,
        but: &BTreeSet<NaiveDate>,
    ) -> Result<()> {
        let days = self.question.days();
        if self.question.grain == Grain::Hour {
            let all = days.0.iter_days().take_while(|day| *day <= days.1);
            let whole: Vec<_> = all.filter(|day| !but.contains(day)).collect();
            let cells = self.question.cells();
            for (hour, group, totals) in
                cells.list_slots(snapshot, Level::Hour, whole, None).await?
            {
                self.add_instant(hour, group, &totals);
            }
            return Ok(());
        }
        for (day, group, totals) in self.question.cells().list_days(snapshot, days, but).await? {
            self.add_day(day, group, &totals);
        }
        Ok(())
    }

    /// Adds the hours that hold of days that do not as a whole, and the quarters of the others.
    async fn add_parts_of_days(
        &mut self,
        snapshot: &impl ConnectionTrait,
        plan: &Plan,
    ) -> Result<()> {
        for (level, kept) in [(Level::Hour, &plan.hours), (Level::Quarter, &plan.quarters)] {
            let Some(within) = around(kept) else { continue };
            let (cells, days) = (self.question.cells(), plan.days.iter().copied());
            for (slot, group, totals) in
                cells.list_slots(snapshot, level, days, Some(within)).await?
            {
                if kept.contains(&slot) {
                    self.add_instant(slot, group, &totals);
                }
            }
        }
        Ok(())
    }

    /// Adds what rows give of what does not hold.
    async fn add_rows(&mut self, snapshot: &impl ConnectionTrait, plan: &Plan) -> Result<()> {
        let Question { tenant, grain, buckets, by, filter, asked, .. } = *self.question;
        for range in &plan.rows {
            let slots = &Slots::of(tenant, *range, grain);
            let sum = Sum { tenant, range: *range, slots, by, filter, asked, is_bulk: false };
            for ((slot, group), totals) in sum.list(snapshot).await? {
                if let Some(place) = slots.place(slot, buckets) {
                    self.add(group, place, &totals);
                }
            }
        }
        Ok(())
    }
}

/// From the first of some instants to the last, which is in it.
fn around(instants: &HashSet<DateTime<Utc>>) -> Option<TimeRange> {
    let (start, last) = (*instants.iter().min()?, *instants.iter().max()?);
    Some(TimeRange { start, end: last + TimeDelta::microseconds(1) })
}
