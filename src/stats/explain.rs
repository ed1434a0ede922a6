//! Explains a figure down to the rows that it counts.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    cube::{self, Bucket, Completeness, Counted, CountedRow, Filter, Grain, Question},
    metric::{LeftOut, Metric},
    service::{MAX_DAYS, check_range},
    totals::{Asked, Totals},
};
use crate::{
    db::Transaction,
    error::Result,
    graphql::paging::Cursor,
    tenant::{Tenant, TimeRange},
};

/// One metric over a stretch of days.
#[derive(Clone, Debug)]
pub struct ExplainQuestion {
    pub metric: &'static Metric,
    /// The first day and the last, both included.
    pub days: (NaiveDate, NaiveDate),
    pub filter: Filter,
}

/// What a figure is made of, at one instant of the database.
pub struct Explained {
    pub question: ExplainQuestion,
    pub tenant: Arc<Tenant>,
    pub as_of: DateTime<Utc>,
    /// Of all days; a day whose rows are gone counts by what is kept of them.
    pub totals: Totals,
    pub days: Vec<(Bucket, Completeness, Totals)>,
    /// Ends with the explanation.
    snapshot: Transaction,
}

/// The rows behind a figure, counted.
#[derive(Clone, Copy, Debug)]
pub struct RowCount {
    pub counted: i64,
    /// Of these, events that were received a day or more after they happened.
    pub late: i64,
}

impl ExplainQuestion {
    /// # Errors
    /// [`Error::BadInput`](crate::error::Error::BadInput) that names the argument.
    pub fn check(&self) -> Result<()> {
        let (from, to) = self.days;
        check_range(from, to, MAX_DAYS.into())?;
        self.filter.check(&[self.metric])
    }

    /// Sums the figure by day.
    pub(super) async fn explain(
        self,
        snapshot: Transaction,
        tenant: &Arc<Tenant>,
        now: DateTime<Utc>,
    ) -> Result<Explained> {
        let buckets = cube::cut(tenant, self.days, Grain::Day);
        let (measures, distribution) = (self.metric.measures(), self.metric.distribution());
        let asked = Asked { measures: &measures, distributions: distribution.as_slice() };
        let question = Question {
            tenant,
            grain: Grain::Day,
            buckets: &buckets,
            by: &[],
            filter: &self.filter,
            asked,
            now,
            until: None,
        };
        let mut answer = cube::ask(&snapshot, &question).await?;
        let sums = answer.groups.remove(&Vec::new());
        let sums = sums.unwrap_or_else(|| vec![Totals::default(); buckets.len()]);
        let mut totals = Totals::default();
        for day in &sums {
            totals.add(day);
        }
        let days = buckets.into_iter().zip(answer.completeness).zip(sums);
        let days = days.map(|((bucket, completeness), sums)| (bucket, completeness, sums));
        let (days, tenant) = (days.collect(), Arc::clone(tenant));
        Ok(Explained { question: self, tenant, as_of: now, totals, days, snapshot })
    }
}

impl Explained {
    /// The stretch of time that it is about.
    pub fn range(&self) -> TimeRange {
        let (from, to) = self.question.days;
        self.tenant.days(from, to)
    }

    fn counted(&self) -> Counted<'_> {
        let ExplainQuestion { metric, filter, .. } = &self.question;
        Counted { tenant: &self.tenant, metric, range: self.range(), filter }
    }

    /// Counts the rows.
    pub async fn count_rows(&self) -> Result<RowCount> {
        let (counted, late) = self.counted().count(&self.snapshot).await?;
        Ok(RowCount { counted, late })
    }

    /// Lists the rows after a place, newest first, and one more than asked for where there are more.
    pub async fn list_rows(&self, len: u64, after: Option<&Cursor>) -> Result<Vec<CountedRow>> {
        self.counted().list(&self.snapshot, len, after).await
    }

    /// Counts what is left out, in the order of its declaration.
    pub async fn left_out(&self) -> Result<Vec<(&'static LeftOut, i64)>> {
        let mut counts = Vec::new();
        for left_out in self.question.metric.left_out {
            let count = self.counted().count_left_out(&self.snapshot, left_out).await?;
            counts.push((left_out, count));
        }
        Ok(counts)
    }
}
