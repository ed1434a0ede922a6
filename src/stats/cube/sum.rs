//! Sums of the measures over a stretch of time, and their distributions, by slot and dimensions, from
//! sessions and events as they stand.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::{
    bucket::Slots,
    dimension::{self, Dimension, Filter, Group},
    histograms,
    rows::Rows,
};
use crate::{
    db::bulk,
    error::{Error, Result},
    stats::{
        EventRows,
        distribution::Distribution,
        histogram::bucket_sql,
        measure::{Instant, Measure},
        totals::{Asked, Totals},
    },
    tenant::{Tenant, TimeRange},
};

/// What to sum.
#[derive(Clone, Copy, Debug)]
pub(in crate::stats) struct Sum<'a> {
    pub(in crate::stats) tenant: &'a Tenant,
    pub(in crate::stats) range: TimeRange,
    pub(in crate::stats) slots: &'a Slots,
    pub(in crate::stats) by: &'a [Dimension],
    pub(in crate::stats) filter: &'a Filter,
    pub(in crate::stats) asked: Asked<'a>,
    /// Whether the stretch has many events, whose sessions are read once then.
    pub(in crate::stats) is_bulk: bool,
}

/// What is found of each slot and group.
type Sums = BTreeMap<(i64, Group), Totals>;

impl Sum<'_> {
    /// The sums of each slot and group that has any; in one statement, so that all of them see the
    /// same instant of the database. Distributions come with statements of their own: whoever asks for
    /// these has a snapshot, or a mark for whatever changes meanwhile.
    pub(in crate::stats) async fn list(&self, db: &impl ConnectionTrait) -> Result<Sums> {
        if self.is_bulk {
            bulk::join_at_once(db, true).await?;
        }
        let mut rows = self.rows(db);
        let mut sums = match self.statement(&mut rows) {
            Some(sql) => self.read(db, rows, sql).await?,
            None => Sums::new(),
        };
        self.add_spread(db, self.rows(db), &mut sums).await?;
        if self.is_bulk {
            bulk::join_at_once(db, false).await?;
        }
        self.add_archived(db, &mut sums).await?;
        Ok(sums)
    }

    /// How the database goes about it.
    #[cfg(test)]
    pub(super) async fn plan(&self, db: &impl ConnectionTrait) -> Result<String> {
        let mut rows = self.rows(db);
        let (explain, column) = match rows.backend {
            DbBackend::Postgres => ("EXPLAIN", "QUERY PLAN"),
            _ => ("EXPLAIN QUERY PLAN", "detail"),
        };
        let sql = format!("{explain} {}", self.statement(&mut rows).unwrap_or_default());
        let statement = Statement::from_sql_and_values(rows.backend, sql, rows.values);
        let lines = db.query_all_raw(statement).await?;
        let lines: Result<Vec<String>> =
            lines.iter().map(|line| Ok(line.try_get("", column)?)).collect();
        Ok(lines?.join("\n"))
    }

    /// The sums of events that are to be removed.
    pub(in crate::stats) async fn list_removed(
        &self,
        db: &impl ConnectionTrait,
        removed: &EventRows<'_>,
    ) -> Result<Sums> {
        let narrowed = || {
            let mut rows = self.rows(db);
            rows.narrow(removed.table, removed.received_before);
            rows
        };
        let mut rows = narrowed();
        let part = self.part(&mut rows, &[Instant::Event]);
        let sql = self.summed(&[part]);
        let mut sums = self.read(db, rows, sql).await?;
        self.add_spread(db, narrowed(), &mut sums).await?;
        Ok(sums)
    }

    fn rows(&self, db: &impl ConnectionTrait) -> Rows<'_> {
        let backend = db.get_database_backend();
        let mut rows = Rows::new(backend, self.tenant, self.range, self.by, self.filter);
        if self.is_bulk {
            rows.join_at_once();
        }
        rows
    }

    async fn read(&self, db: &impl ConnectionTrait, rows: Rows<'_>, sql: String) -> Result<Sums> {
        let statement = Statement::from_sql_and_values(rows.backend, sql, rows.values);
        let mut sums = Sums::new();
        for row in &db.query_all_raw(statement).await? {
            let totals = Totals::from_columns(row, self.asked.measures)?;
            // A session may reach over a stretch in which it does nothing.
            if totals != Totals::default() {
                sums.insert((row.try_get("", "slot")?, dimension::group(row, self.by)?), totals);
            }
        }
        Ok(sums)
    }

    /// Adds how the values of rows are spread.
    async fn add_spread(
        &self,
        db: &impl ConnectionTrait,
        mut rows: Rows<'_>,
        sums: &mut Sums,
    ) -> Result<()> {
        let (of_events, of_sessions): (Vec<_>, Vec<_>) = self
            .asked
            .distributions
            .iter()
            .copied()
            .partition(|distribution| distribution.instant() == Instant::Event);
        let parts = [of_events, of_sessions].into_iter().filter(|part| !part.is_empty());
        let parts: Vec<_> = parts.map(|part| self.spread(&mut rows, &part)).collect();
        if parts.is_empty() {
            return Ok(());
        }
        let sql = parts.join(" UNION ALL ");
        let statement = Statement::from_sql_and_values(rows.backend, sql, rows.values);
        for row in &db.query_all_raw(statement).await? {
            let key = (row.try_get("", "slot")?, dimension::group(row, self.by)?);
            let number: i64 = row.try_get("", "distribution")?;
            let of = usize::try_from(number).ok().and_then(|number| Distribution::ALL.get(number));
            let Some(of) = of else { continue };
            let counted: String = row.try_get("", "counted")?;
            let totals: &mut Totals = sums.entry(key).or_default();
            for pair in counted.split(' ') {
                let pair = pair.split_once(':').and_then(|(bucket, values)| {
                    Some((bucket.parse().ok()?, values.parse().ok()?))
                });
                let (bucket, values) = pair
                    .ok_or_else(|| Error::Internal(format!("no counts of a bucket: {counted}")))?;
                totals.count_in(*of, bucket, values);
            }
        }
        Ok(())
    }

    /// Adds what was kept of events that were removed.
    async fn add_archived(&self, db: &impl ConnectionTrait, sums: &mut Sums) -> Result<()> {
        let is_of_event = |of: &Distribution| of.instant() == Instant::Event;
        let asked = self.asked.distributions.iter().copied();
        let distributions: Vec<_> = asked.filter(is_of_event).collect();
        if distributions.is_empty() {
            return Ok(());
        }
        let mut rows = self.rows(db);
        let (relation, conditions) = (rows.archived_histograms(), rows.conditions());
        let slot = self.slots.sql(rows.backend, |value| rows.bind(value));
        let columns = histograms::columns(&distributions).join(", ");
        let by = dimension::columns(self.by);
        let sql = format!(
            "SELECT {slot} AS slot{by}, {columns} FROM ({relation}) AS archived WHERE {conditions}"
        );
        let statement = Statement::from_sql_and_values(rows.backend, sql, rows.values);
        for row in &db.query_all_raw(statement).await? {
            let key = (row.try_get("", "slot")?, dimension::group(row, self.by)?);
            let totals = Totals::from_histograms(row, &distributions)?;
            sums.entry(key).or_default().add(&totals);
        }
        Ok(())
    }

    /// How many rows have a value in which bucket of some distributions, all of them of events or all of
    /// sessions; the buckets of each group as one text, because nearly every value has one of its own.
    fn spread(&self, rows: &mut Rows<'_>, distributions: &[Distribution]) -> String {
        let relation = rows.relation(&distinct(distributions.iter().map(|of| of.instant())));
        let conditions = rows.conditions();
        let slot = self.slots.sql(rows.backend, |value| rows.bind(value));
        let numbers: Vec<_> = distributions
            .iter()
            .map(|of| format!("SELECT CAST({} AS BIGINT) AS distribution", *of as u8))
            .collect();
        let values = distributions.iter().map(|of| {
            let (number, kind) = (*of as u8, of.instant() as u8);
            let value = rows.in_place(of.value());
            format!("WHEN {number} THEN CASE WHEN kind = {kind} THEN {value} END")
        });
        let (values, numbers) = (values.collect::<Vec<_>>().join(" "), numbers.join(" UNION ALL "));
        let (by, bucket) = (dimension::columns(self.by), bucket_sql("value"));
        let joined = match rows.backend {
            DbBackend::Postgres => "STRING_AGG",
            _ => "GROUP_CONCAT",
        };
        format!(
            "SELECT slot{by}, distribution, {joined}(bucket || ':' || counted, ' ') AS counted \
             FROM (SELECT slot{by}, distribution, {bucket} AS bucket, COUNT(*) AS counted \
                 FROM (SELECT {slot} AS slot{by}, distribution, \
                         CASE distribution {values} END AS value \
                     FROM ({relation}) AS counted CROSS JOIN ({numbers}) AS distributions \
                     WHERE {conditions}) AS spread \
                 WHERE value IS NOT NULL GROUP BY slot{by}, distribution, bucket) AS buckets \
             GROUP BY slot{by}, distribution"
        )
    }

    /// A part for each table, summed by slot and dimensions; none when nothing is asked for.
    fn statement(&self, rows: &mut Rows<'_>) -> Option<String> {
        let is_of_event = |measure: &&Measure| measure.instant() == Instant::Event;
        let of_sessions = self.asked.measures.iter().filter(|measure| !is_of_event(measure));
        let of_sessions = distinct(of_sessions.map(|measure| measure.instant()));
        let mut parts = Vec::new();
        if !of_sessions.is_empty() {
            parts.push(self.part(rows, &of_sessions));
        }
        if self.asked.measures.iter().any(|measure| is_of_event(&measure)) {
            parts.push(self.part(rows, &[Instant::Event]));
            parts.push(self.archive(rows));
        }
        (!parts.is_empty()).then(|| self.summed(&parts))
    }

    fn summed(&self, parts: &[String]) -> String {
        let sums = list(self.asked.measures, |measure| {
            format!("CAST(SUM({0}) AS BIGINT) AS {0}", measure.column())
        });
        let by = dimension::columns(self.by);
        let parts = parts.join(" UNION ALL ");
        format!("SELECT slot{by}, {sums} FROM ({parts}) AS parts GROUP BY slot{by}")
    }

    fn part(&self, rows: &mut Rows<'_>, instants: &[Instant]) -> String {
        let relation = rows.relation(instants);
        let conditions = rows.conditions();
        let slot = self.slots.sql(rows.backend, |value| rows.bind(value));
        let sums = list(self.asked.measures, |measure| {
            let value = if instants.contains(&measure.instant()) {
                rows.value(*measure)
            } else {
                "0".to_owned()
            };
            format!("SUM({value}) AS {}", measure.column())
        });
        let by = dimension::columns(self.by);
        format!(
            "SELECT {slot} AS slot{by}, {sums} FROM ({relation}) AS counted WHERE {conditions} \
             GROUP BY slot{by}"
        )
    }

    /// What was kept of events that were removed, by the hours in which they happened.
    fn archive(&self, rows: &mut Rows<'_>) -> String {
        let relation = rows.archive();
        let conditions = rows.conditions();
        let slot = self.slots.sql(rows.backend, |value| rows.bind(value));
        let columns = list(self.asked.measures, |measure| match measure.instant() {
            Instant::Event => format!("{0} AS {0}", measure.column()),
            _ => format!("0 AS {}", measure.column()),
        });
        let by = dimension::columns(self.by);
        format!(
            "SELECT {slot} AS slot{by}, {columns} FROM ({relation}) AS archived WHERE {conditions}"
        )
    }
}

/// Each once, in the order in which they come.
fn distinct(instants: impl Iterator<Item = Instant>) -> Vec<Instant> {
    let mut known = Vec::new();
    for instant in instants {
        if !known.contains(&instant) {
            known.push(instant);
        }
    }
    known
}

fn list(measures: &[Measure], column: impl FnMut(&Measure) -> String) -> String {
    measures.iter().map(column).collect::<Vec<_>>().join(", ")
}
