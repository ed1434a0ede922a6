//! Sums of all measures over one stretch of time, by product, from sessions and events as they stand.

use chrono::NaiveDate;
use sea_orm::ConnectionTrait;

use super::{
    cube::{Dimension, Filter, Group, Slots, Sum},
    measure::{Measure, Totals},
};
use crate::{
    error::Result,
    tenant::{Tenant, TimeRange},
};

/// A stretch of time to sum over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    range: TimeRange,
    /// The whole day that it is, if so: then what was archived of it counts too.
    day: Option<NaiveDate>,
}

impl Stretch {
    pub(super) fn day(tenant: &Tenant, day: NaiveDate) -> Self {
        Self { range: tenant.day(day), day: Some(day) }
    }
}

impl From<TimeRange> for Stretch {
    fn from(range: TimeRange) -> Self {
        Self { range, day: None }
    }
}

/// Sums the measures over the rows of a stretch, for each product that has any.
pub(super) async fn by_product(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    stretch: Stretch,
) -> Result<Vec<(String, Totals)>> {
    let sums = list(db, tenant, stretch, &[Dimension::Product], None).await?;
    let product = |group: Group| group.into_iter().flatten().next().unwrap_or_default();
    Ok(sums.into_iter().map(|(group, totals)| (product(group), totals)).collect())
}

/// The same over all products, or the one that is asked for.
pub(super) async fn over(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    stretch: Stretch,
    product: Option<&str>,
) -> Result<Totals> {
    let sums = list(db, tenant, stretch, &[], product).await?;
    Ok(sums.into_iter().next().map(|(_, totals)| totals).unwrap_or_default())
}

async fn list(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    stretch: Stretch,
    by: &[Dimension],
    product: Option<&str>,
) -> Result<Vec<(Group, Totals)>> {
    let filter = Filter::of_product(product);
    let Stretch { range, day } = stretch;
    let (days, slots, measures) = (day.map(|day| (day, day)), &Slots::One, Measure::ALL);
    let sum = Sum { tenant, range, days, slots, by, filter: &filter, measures };
    Ok(sum.list(db).await?.into_iter().map(|((_, group), totals)| (group, totals)).collect())
}
