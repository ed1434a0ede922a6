//! Any figure over any stretch of days, by time and dimensions.
//!
//! Invariant: an answer is a sum of measures, and of nothing else. Settled days come from the daily
//! table where it knows enough, everything else from sessions and events as they stand, all in one
//! snapshot. Start reading at [`ask`].

mod bucket;
mod counted;
mod dimension;
mod rows;
mod sum;

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::Enum;
use chrono::{DateTime, Days, NaiveDate, Utc};
use sea_orm::ConnectionTrait;

pub use self::{
    bucket::{Bucket, Grain},
    counted::CountedRow,
    dimension::{Dimension, Filter},
};
pub(super) use self::{
    bucket::{Slots, cut},
    counted::Counted,
    dimension::{Group, check_dimensions, columns, group},
    sum::Sum,
};
use super::{
    measure::{Instant, Measure, Totals},
    store,
};
use crate::{
    error::Result,
    tenant::{Tenant, TimeRange},
};

/// How far an answer over some stretch may still change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Enum)]
pub enum Completeness {
    /// From the daily table: it changes only if an event comes late.
    Settled,
    /// Over, but summed from rows: the roll-up has not been there since the last event, or the daily
    /// table does not tell these dimensions.
    Rows,
    /// Not over yet.
    Running,
    /// Raw events were removed, and what is kept of them does not tell these dimensions: figures of
    /// events are null.
    EventsRemoved,
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
    pub(super) measures: &'a [Measure],
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
    let is_known = question.grain != Grain::Hour
        && question.by.iter().copied().chain(question.filter.dimensions()).all(is_kept_daily);
    let open = if is_known {
        let mut open = store::list_open(snapshot, question.tenant, from, to).await?;
        // What is cut short is in no daily row.
        open.extend(question.until.map(|_| to));
        open
    } else {
        from.iter_days().take_while(|day| *day <= to).collect()
    };
    let mut sums = Sums { question, groups: BTreeMap::new() };
    if is_known {
        sums.add_settled(snapshot, &open).await?;
    }
    for days in runs(&open) {
        sums.add_rows(snapshot, days).await?;
    }
    let groups = sums.groups;
    let removed = if is_known { BTreeSet::new() } else { question.archived(snapshot).await? };
    let completeness = |bucket| question.completeness(bucket, &open, &removed);
    Ok(Answer { completeness: question.buckets.iter().map(completeness).collect(), groups })
}

/// Whether the daily table tells a dimension.
fn is_kept_daily(dimension: Dimension) -> bool {
    dimension == Dimension::Product
}

/// The days as stretches without a gap.
fn runs(days: &BTreeSet<NaiveDate>) -> Vec<(NaiveDate, NaiveDate)> {
    let mut runs: Vec<(NaiveDate, NaiveDate)> = Vec::new();
    for day in days {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add_days(Days::new(1)) == Some(*day) => *last = *day,
            _ => runs.push((*day, *day)),
        }
    }
    runs
}

impl Question<'_> {
    /// The first day and the last.
    fn days(&self) -> (NaiveDate, NaiveDate) {
        let days = self.buckets.first().zip(self.buckets.last());
        days.map(|(first, last)| (first.days.0, last.days.1)).unwrap_or_default()
    }

    /// The days of which raw events were removed, where figures of events are asked for.
    async fn archived(&self, snapshot: &impl ConnectionTrait) -> Result<BTreeSet<NaiveDate>> {
        if self.measures.iter().all(|measure| measure.instant() != Instant::Event) {
            return Ok(BTreeSet::new());
        }
        store::list_archived(snapshot, &self.tenant.id, self.days()).await
    }

    fn completeness(
        &self,
        bucket: &Bucket,
        open: &BTreeSet<NaiveDate>,
        removed: &BTreeSet<NaiveDate>,
    ) -> Completeness {
        let days = bucket.days.0..=bucket.days.1;
        if bucket.range.end > self.now {
            Completeness::Running
        } else if removed.range(days.clone()).next().is_some() {
            Completeness::EventsRemoved
        } else if open.range(days).next().is_some() {
            Completeness::Rows
        } else {
            Completeness::Settled
        }
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

    /// Adds what the daily table says of the days that are not open.
    async fn add_settled(
        &mut self,
        snapshot: &impl ConnectionTrait,
        open: &BTreeSet<NaiveDate>,
    ) -> Result<()> {
        let Question { tenant, buckets, by, filter, measures, .. } = *self.question;
        let days = self.question.days();
        for (day, group, totals) in
            store::list_groups(snapshot, tenant, days, by, filter, measures).await?
        {
            let place = buckets.partition_point(|bucket| bucket.days.0 <= day);
            if !open.contains(&day) && place > 0 {
                self.add(group, place - 1, &totals);
            }
        }
        Ok(())
    }

    /// Adds what rows of some days give.
    async fn add_rows(
        &mut self,
        snapshot: &impl ConnectionTrait,
        (first, last): (NaiveDate, NaiveDate),
    ) -> Result<()> {
        let Question { tenant, grain, buckets, by, filter, measures, until, .. } = *self.question;
        let mut range = tenant.days(first, last);
        let is_cut = until.filter(|_| last == self.question.days().1);
        if let Some(until) = is_cut {
            range = TimeRange { end: until.clamp(range.start, range.end), ..range };
        }
        let whole = is_cut.is_none().then_some((first, last));
        let slots = &Slots::of(tenant, range, grain);
        let sum = Sum { tenant, range, days: whole, slots, by, filter, measures };
        for ((slot, group), totals) in sum.list(snapshot).await? {
            if let Some(place) = slots.place(slot, buckets) {
                self.add(group, place, &totals);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_stretches_without_a_gap() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 3, day).unwrap();
        let days = [1, 2, 3, 7, 9, 10].map(day).into();
        assert_eq!(runs(&days), [(day(1), day(3)), (day(7), day(7)), (day(9), day(10))]);
    }
}
