//! Sums of the measures over a stretch of time, from sessions and events as they stand.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, Statement, Value};

use super::{
    measure::{COUNTED_EVENTS, Instant, Measure, Totals},
    span,
};
use crate::{
    error::Result,
    tenant::{Tenant, TenantId, TimeRange},
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

/// Sums the measures over the rows of a stretch, for each product that has any; in one statement,
/// so that all of them see the same instant of the database.
pub(super) async fn by_product(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    stretch: Stretch,
    product: Option<&str>,
) -> Result<Vec<(String, Totals)>> {
    let sla_secs = tenant.sla_threshold_secs;
    let mut sums = Sums { sla_secs, values: Vec::new(), filter: String::new() };
    let sql = sums.statement(&tenant.id, stretch, product);
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, sums.values);
    let rows = db.query_all_raw(statement).await?;
    let mut sums = Vec::with_capacity(rows.len());
    for row in &rows {
        let totals = Totals::from_row(row)?;
        // A session may reach over a stretch in which it does nothing.
        if totals != Totals::default() {
            sums.push((row.try_get("", "product")?, totals));
        }
    }
    Ok(sums)
}

/// The same over all products, or the one that is asked for.
pub(super) async fn over(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    stretch: Stretch,
    product: Option<&str>,
) -> Result<Totals> {
    let mut totals = Totals::default();
    for (_, sums) in by_product(db, tenant, stretch, product).await? {
        totals.add(&sums);
    }
    Ok(totals)
}

/// The statement on its way.
struct Sums {
    sla_secs: u32,
    values: Vec<Value>,
    /// What every part asks of its rows.
    filter: String,
}

impl Sums {
    /// A part for each table, summed by product.
    fn statement(&mut self, tenant: &TenantId, stretch: Stretch, product: Option<&str>) -> String {
        self.filter = format!("tenant_id = {}", self.bind(tenant.as_str()));
        if let Some(product) = product {
            let product = self.bind(product);
            let _ = write!(self.filter, " AND product = {product}");
        }
        let (start, end) = (self.bind(stretch.range.start), self.bind(stretch.range.end));
        let mut parts =
            vec![self.sessions(stretch.range.start, &start, &end), self.events(&start, &end)];
        if let Some(day) = stretch.day {
            parts.push(self.archive(day));
        }
        let sums = list(|measure| format!("CAST(SUM({0}) AS BIGINT) AS {0}", measure.column()));
        let parts = parts.join(" UNION ALL ");
        format!("SELECT product, {sums} FROM ({parts}) AS parts GROUP BY product")
    }

    fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// The sessions that reach into the stretch, each read once for all of its instants.
    fn sessions(&mut self, since: DateTime<Utc>, start: &str, end: &str) -> String {
        let filter = self.filter.clone();
        let reaching = span::reaching_sql(since, end, &filter, |instant| self.bind(instant));
        let sums = list(|measure| match measure.instant() {
            Instant::Event => format!("0 AS {}", measure.column()),
            instant => {
                let (at, value) = (instant.column(), self.value(*measure));
                format!(
                    "SUM(CASE WHEN {at} >= {start} AND {at} < {end} THEN {value} ELSE 0 END) AS {}",
                    measure.column()
                )
            }
        });
        format!(
            "SELECT product, {sums} FROM analytics_sessions \
             WHERE last_event_at >= {start} AND ({reaching}) GROUP BY product"
        )
    }

    fn events(&self, start: &str, end: &str) -> String {
        let sums = list(|measure| {
            let value = match measure.instant() {
                Instant::Event => self.value(*measure),
                _ => "0".to_owned(),
            };
            format!("SUM({value}) AS {}", measure.column())
        });
        let at = Instant::Event.column();
        format!(
            "SELECT product, {sums} FROM analytics_events WHERE {} AND {at} >= {start} \
             AND {at} < {end} AND {COUNTED_EVENTS} GROUP BY product",
            self.filter
        )
    }

    /// What was archived of a day.
    fn archive(&mut self, day: NaiveDate) -> String {
        let columns = list(|measure| match measure.instant() {
            Instant::Event => measure.column().to_owned(),
            _ => format!("0 AS {}", measure.column()),
        });
        let day = self.bind(day);
        let filter = &self.filter;
        format!(
            "SELECT product, {columns} FROM analytics_archived_days \
             WHERE {filter} AND stat_date = {day}"
        )
    }

    fn value(&self, measure: Measure) -> String {
        let sla_ms = u64::from(self.sla_secs) * 1_000;
        measure.value().replace("{sla_ms}", &sla_ms.to_string())
    }
}

fn list(column: impl Fn(&Measure) -> String) -> String {
    Measure::ALL.iter().map(column).collect::<Vec<_>>().join(", ")
}
