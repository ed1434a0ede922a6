//! Answers questions about figures of days.

use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use super::{
    agent_period::{self, AgentPeriod, Question},
    cube::Completeness,
    explain::{ExplainQuestion, Explained},
    series::{SeriesAnswer, SeriesQuestion},
    store::{self, DaySums, OpenDays},
    totals::Totals,
};
use crate::{
    answers::{Answers, Changes},
    auth::{Right, Viewer},
    clock::Clock,
    config::Config,
    db::Db,
    error::{Error, Result},
    tenant::{Tenant, TimeRange},
};

/// Longest series of points.
pub const MAX_DAYS: i32 = 366;
/// Longest period, in days.
pub const MAX_PERIOD_DAYS: i64 = 3_660;

/// Longest period of figures of agents, in days.
pub const MAX_AGENT_DAYS: i64 = 31;

/// The figures of tenants.
pub struct Stats {
    db: Db,
    clock: Arc<dyn Clock>,
    config: Arc<Config>,
    todays: Answers<Option<String>, Arc<Today>>,
    series: Answers<Stretch, Arc<EachDay>>,
}

/// Some days of one product, or of all.
type Stretch = (Option<String>, NaiveDate, NaiveDate);

/// Today so far beside the same elapsed part of yesterday.
#[derive(Clone, Debug)]
pub struct Today {
    pub as_of: DateTime<Utc>,
    pub today: Totals,
    pub yesterday: Totals,
}

/// Each of some days, and when it was so.
#[derive(Clone, Debug)]
pub struct EachDay {
    pub as_of: DateTime<Utc>,
    /// That of the least complete day.
    pub completeness: Completeness,
    /// Oldest first; a day without any is zeros.
    pub days: Vec<(NaiveDate, Totals)>,
}

impl EachDay {
    pub fn sum(&self) -> Totals {
        let mut sum = Totals::default();
        for (_, totals) in &self.days {
            sum.add(totals);
        }
        sum
    }
}

impl Stats {
    pub fn new(db: Db, clock: Arc<dyn Clock>, config: Arc<Config>, changes: Arc<Changes>) -> Self {
        let (todays, series) = (Answers::new(Arc::clone(&changes)), Answers::new(changes));
        Self { db, clock, config, todays, series }
    }

    /// The present day of a tenant.
    pub fn today_of(&self, tenant: &Tenant) -> NaiveDate {
        tenant.day_of(self.clock.now())
    }

    /// Today's totals, and yesterday's up to the same time.
    pub async fn today(
        &self,
        viewer: &Viewer,
        product: Option<&str>,
        open: &OpenDays,
    ) -> Result<Arc<Today>> {
        require(viewer)?;
        let (tenant, now) = (&*viewer.tenant, self.clock.now());
        let make = async || self.sum_today(tenant, now, product, open).await.map(Arc::new);
        self.todays.get(&tenant.id, product.map(str::to_owned), now, make).await
    }

    async fn sum_today(
        &self,
        tenant: &Tenant,
        now: DateTime<Utc>,
        product: Option<&str>,
        open: &OpenDays,
    ) -> Result<Today> {
        let date = tenant.day_of(now);
        let snapshot = self.db.of(&tenant.id).snapshot().await?;
        let days = store::list_days(&snapshot, tenant, (date, date), product, open).await?;
        let elapsed = now - tenant.day(date).start;
        let until = same_part(tenant.day(before(date)), elapsed).end;
        let yesterday = store::sum_until(&snapshot, tenant, before(date), until, product).await?;
        snapshot.commit().await?;
        let today = days.totals.into_values().next().unwrap_or_default();
        Ok(Today { as_of: now, today, yesterday })
    }

    /// The totals of each of the `days` up to `until`.
    ///
    /// # Errors
    /// [`Error::BadInput`] unless `days` lies between 1 and [`MAX_DAYS`].
    pub async fn series(
        &self,
        viewer: &Viewer,
        product: Option<&str>,
        days: i32,
        until: Option<NaiveDate>,
        open: &OpenDays,
    ) -> Result<Arc<EachDay>> {
        require(viewer)?;
        let until = until.unwrap_or_else(|| self.today_of(&viewer.tenant));
        let from = first_of(days, until)?;
        self.each_day(&viewer.tenant, (from, until), product, open).await
    }

    /// The totals of the days from `from` to `to`, both included.
    ///
    /// # Errors
    /// [`Error::BadInput`] for an empty range, or one longer than [`MAX_PERIOD_DAYS`].
    pub async fn period(
        &self,
        viewer: &Viewer,
        product: Option<&str>,
        from: NaiveDate,
        to: NaiveDate,
        open: &OpenDays,
    ) -> Result<Arc<EachDay>> {
        require(viewer)?;
        check_range(from, to, MAX_PERIOD_DAYS)?;
        self.each_day(&viewer.tenant, (from, to), product, open).await
    }

    /// The totals of each day from `from` to `to`, both included.
    async fn each_day(
        &self,
        tenant: &Tenant,
        (from, to): (NaiveDate, NaiveDate),
        product: Option<&str>,
        open: &OpenDays,
    ) -> Result<Arc<EachDay>> {
        let now = self.clock.now();
        let make = async || {
            let DaySums { mut totals, changed } =
                self.days(tenant, (from, to), product, open).await?;
            let dates = from.iter_days().take_while(|day| *day <= to);
            let completeness = dates
                .clone()
                .map(|day| Completeness::of(tenant.day(day), changed.contains(&day), now));
            let completeness = completeness.max().unwrap_or(Completeness::Settled);
            let days = dates.map(|day| (day, totals.remove(&day).unwrap_or_default())).collect();
            Ok(Arc::new(EachDay { as_of: now, completeness, days }))
        };
        let question = (product.map(str::to_owned), from, to);
        self.series.get(&tenant.id, question, now, make).await
    }

    /// The agents who had a status, a conversation or a rating in the days from `from` to `to`, both
    /// included, in the order of their ids; an agent sees itself.
    ///
    /// # Errors
    /// [`Error::BadInput`] for an empty range, or one longer than [`MAX_AGENT_DAYS`].
    pub async fn agents(
        &self,
        viewer: &Viewer,
        product: Option<&str>,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Vec<AgentPeriod>> {
        let own = viewer.scope(Right::ReadAgentFigures)?;
        check_range(from, to, MAX_AGENT_DAYS)?;
        let (tenant, live, now) = (&*viewer.tenant, &self.config.live, self.clock.now());
        let question = Question { tenant, live, product, days: (from, to), now };
        let snapshot = self.db.of(&tenant.id).snapshot().await?;
        let mut agents = agent_period::list(&snapshot, &question).await?;
        snapshot.commit().await?;
        agents.retain(|agent| own.is_none_or(|own| agent.id == own));
        Ok(agents)
    }

    /// Whether a viewer may read figures.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless the role may.
    pub fn check_reader(&self, viewer: &Viewer) -> Result<()> {
        require(viewer)
    }

    /// Figures over time and dimensions.
    ///
    /// # Errors
    /// [`Error::BadInput`] that names the argument.
    pub async fn metrics(
        &self,
        viewer: &Viewer,
        question: &SeriesQuestion,
    ) -> Result<SeriesAnswer> {
        require(viewer)?;
        question.check()?;
        let snapshot = self.db.of(&viewer.tenant.id).snapshot().await?;
        let answer = question.ask(&snapshot, &viewer.tenant, self.clock.now()).await?;
        snapshot.commit().await?;
        Ok(answer)
    }

    /// Explains a figure.
    ///
    /// # Errors
    /// [`Error::BadInput`] that names the argument.
    pub async fn explain(&self, viewer: &Viewer, question: ExplainQuestion) -> Result<Explained> {
        require(viewer)?;
        question.check()?;
        let snapshot = self.db.of(&viewer.tenant.id).snapshot().await?;
        question.explain(snapshot, &viewer.tenant, self.clock.now()).await
    }

    /// Sums the measures of the days from `from` to `to`, both included, of one product or of all.
    pub async fn totals(
        &self,
        tenant: &Tenant,
        from: NaiveDate,
        to: NaiveDate,
        product: Option<&str>,
    ) -> Result<Totals> {
        Ok(self.each_day(tenant, (from, to), product, &OpenDays::default()).await?.sum())
    }

    async fn days(
        &self,
        tenant: &Tenant,
        range: (NaiveDate, NaiveDate),
        product: Option<&str>,
        open: &OpenDays,
    ) -> Result<DaySums> {
        let snapshot = self.db.of(&tenant.id).snapshot().await?;
        let days = store::list_days(&snapshot, tenant, range, product, open).await?;
        snapshot.commit().await?;
        Ok(days)
    }
}

/// The first of `days` days that end with `until`.
///
/// # Errors
/// [`Error::BadInput`] that names `days`.
pub fn first_of(days: i32, until: NaiveDate) -> Result<NaiveDate> {
    let expected = format!("1 to {MAX_DAYS}");
    let back = u64::try_from(days).ok().filter(|_| (1..=MAX_DAYS).contains(&days));
    back.and_then(|days| until.checked_sub_days(Days::new(days - 1)))
        .ok_or_else(|| Error::bad_input("days", days, &expected))
}

/// Holds a range of days, both included, to `max` of them.
pub(super) fn check_range(from: NaiveDate, to: NaiveDate, max: i64) -> Result<()> {
    if to < from {
        return Err(Error::bad_input("to", to, &format!("`from` ({from}) or a later day")));
    }
    let days = (to - from).num_days() + 1;
    if days > max {
        let expected = format!("at most {max} days");
        return Err(Error::bad_input("from", format!("{days} days before `to`"), &expected));
    }
    Ok(())
}

/// The first part of a day, at most all of it.
fn same_part(day: TimeRange, elapsed: TimeDelta) -> TimeRange {
    let end: DateTime<Utc> = day.end.min(day.start + elapsed);
    TimeRange { start: day.start, end }
}

fn before(day: NaiveDate) -> NaiveDate {
    day.checked_sub_days(Days::new(1)).unwrap_or(day)
}

fn require(viewer: &Viewer) -> Result<()> {
    viewer.require(Right::ReadFigures)
}
