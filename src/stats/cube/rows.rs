//! The rows that figures count, as relations in SQL: sessions once for each of their instants, and
//! events once.
//!
//! Sums and explanations read the same relations under the same conditions, so that the rows shown
//! are those counted.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sea_orm::{DbBackend, Value};

use super::{
    cells::DIMENSIONS,
    dimension::{Dimension, Filter},
    histograms,
};
use crate::{
    stats::{
        distribution::Distribution,
        measure::{COUNTED_EVENTS, Instant, Measure},
        seen::SLACK,
        span,
    },
    tenant::{Tenant, TimeRange},
};

/// A statement over the rows of a stretch of time on its way.
pub(in crate::stats) struct Rows<'a> {
    pub(super) backend: DbBackend,
    tenant: &'a Tenant,
    filter: &'a Filter,
    /// Dimensions that rows must tell.
    dimensions: BTreeSet<Dimension>,
    pub(super) values: Vec<Value>,
    tenant_id: String,
    start: (DateTime<Utc>, String),
    end: String,
    /// The table of events, and a condition on its rows.
    events: (String, String),
    /// Whether the sessions of events are read once instead of looked up for each.
    joins_at_once: bool,
}

impl<'a> Rows<'a> {
    pub(super) fn new(
        backend: DbBackend,
        tenant: &'a Tenant,
        range: TimeRange,
        dimensions: &[Dimension],
        filter: &'a Filter,
    ) -> Self {
        let values = vec![tenant.id.as_str().into(), range.start.into(), range.end.into()];
        let dimensions = dimensions.iter().copied().chain(filter.dimensions()).collect();
        let (tenant_id, start, end) = ("$1".into(), (range.start, "$2".into()), "$3".into());
        let events = ("analytics_events".to_owned(), String::new());
        let joins_at_once = false;
        Self {
            backend,
            tenant,
            filter,
            dimensions,
            values,
            tenant_id,
            start,
            end,
            events,
            joins_at_once,
        }
    }

    /// Reads the sessions of events once where the database can join by hashes: many events make up
    /// for it. Let it not loop over rows meanwhile ([`bulk::join_at_once`](crate::db::bulk::join_at_once)).
    pub(super) fn join_at_once(&mut self) {
        self.joins_at_once = self.backend == DbBackend::Postgres;
    }

    /// Takes events from one part of their table only, and of these the ones received before an
    /// instant.
    pub(super) fn narrow(&mut self, table: &str, received_before: DateTime<Utc>) {
        let before = self.bind(received_before);
        self.events = (table.to_owned(), format!(" AND e.received_at < {before}"));
    }

    /// Places a value.
    pub(super) fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// Rows that count by some of the instants of sessions, or by that of events: `kind` says which
    /// instant, `at` when, `id` which session or event.
    pub(super) fn relation(&mut self, instants: &[Instant]) -> String {
        if instants != [Instant::Event] {
            return self.sessions(instants);
        }
        let is_of_session = self.dimensions.iter().any(|dimension| dimension.is_of_session());
        let sessions = is_of_session.then(|| {
            if self.joins_at_once { self.sessions_of_events() } else { self.session_of_event() }
        });
        self.events(sessions)
    }

    /// What rows of a relation have to fulfil to count.
    pub(super) fn conditions(&mut self) -> String {
        let (filter, values) = (self.filter, &mut self.values);
        let filter = filter.sql(|value| {
            values.push(value);
            format!("${}", values.len())
        });
        format!("at >= {} AND at < {}{filter}", self.start.1, self.end)
    }

    /// What one row adds to a measure.
    pub(super) fn value(&self, measure: Measure) -> String {
        let value = self.in_place(measure.value());
        format!("CASE WHEN kind = {} THEN {value} ELSE 0 END", measure.instant() as u8)
    }

    /// SQL with what its declaration leaves open: the tenant's threshold, up to when a session was heard
    /// of, and how long it was in hand.
    pub(super) fn in_place(&self, sql: &str) -> String {
        let sla_ms = u64::from(self.tenant.sla_threshold_secs) * 1_000;
        // On PostgreSQL a session that only goes on is not written for each of its events.
        let heard_until = match self.backend {
            DbBackend::Postgres => {
                format!("counted.last_event_at + interval '{} seconds'", SLACK.num_seconds())
            }
            _ => "counted.last_event_at".to_owned(),
        };
        sql.replace("{sla_ms}", &sla_ms.to_string())
            .replace("{handle_ms}", &ms_between(self.backend, "agent_assigned_at", "ended_at"))
            .replace("{heard_until}", &heard_until)
            .replace("{r.tenant_id}", &bare(self.backend, "r.tenant_id"))
    }

    /// 1 where one instant lies some days or more before another, else 0.
    pub(super) fn is_late(&self, before: &str, after: &str, days: u32) -> String {
        let apart = match self.backend {
            DbBackend::Postgres => format!("{after} - {before} >= interval '{days} days'"),
            _ => format!("julianday({after}) - julianday({before}) >= {days}"),
        };
        format!("CASE WHEN {apart} THEN 1 ELSE 0 END")
    }

    /// The sessions that reach into the stretch, each read once, with a row for each instant.
    fn sessions(&mut self, instants: &[Instant]) -> String {
        let (since, start) = self.start.clone();
        let (tenant_id, end) = (format!("tenant_id = {}", self.tenant_id), self.end.clone());
        let reaching = span::reaching_sql(since, &end, &tenant_id, |instant| self.bind(instant));
        let kinds: Vec<_> =
            instants.iter().map(|instant| format!("SELECT {} AS kind", *instant as u8)).collect();
        let ats = instants.iter().map(|i| format!("WHEN {} THEN {}", *i as u8, i.column()));
        format!(
            "SELECT s.*, session_id AS id, {none} AS model, kind, CASE kind {ats} END AS at \
             FROM (SELECT * FROM analytics_sessions WHERE {tenant_id} AND last_event_at >= {start} \
             AND ({reaching})) AS s CROSS JOIN ({kinds}) AS kinds",
            none = NO_TEXT,
            ats = ats.collect::<Vec<_>>().join(" "),
            kinds = kinds.join(" UNION ALL "),
        )
    }

    /// The session of each event, by its id.
    fn session_of_event(&self) -> String {
        let tenant = bare(self.backend, "s.tenant_id");
        format!(
            "LEFT JOIN analytics_sessions AS s \
             ON s.session_id = e.session_id AND {tenant} = e.tenant_id"
        )
    }

    /// The same of all events of the stretch: their sessions reach into it.
    fn sessions_of_events(&mut self) -> String {
        let (tenant_id, end) = (format!("tenant_id = {}", self.tenant_id), self.end.clone());
        // An event may be ahead of what is written of its session.
        let since = self.start.0.checked_sub_signed(SLACK).unwrap_or(self.start.0);
        let start = self.bind(since);
        let reaching = span::reaching_sql(since, &end, &tenant_id, |instant| self.bind(instant));
        format!(
            "LEFT JOIN (SELECT session_id, channel, queue FROM analytics_sessions \
             WHERE {tenant_id} AND last_event_at >= {start} AND ({reaching})) AS s \
             ON s.session_id = e.session_id"
        )
    }

    /// What is kept of events that were removed: sums by the first instant of their hour.
    pub(super) fn archive(&self) -> String {
        format!(
            "SELECT hour_at AS at, {DIMENSIONS}, {} FROM analytics_archived_cells \
             WHERE tenant_id = {}",
            of_events(),
            self.tenant_id
        )
    }

    /// The same of their distributions.
    pub(super) fn archived_histograms(&self) -> String {
        let columns = histograms::columns(&Distribution::of_events()).join(", ");
        format!(
            "SELECT hour_at AS at, {DIMENSIONS}, {columns} FROM analytics_archived_histograms \
             WHERE tenant_id = {} AND hour_at >= {} AND hour_at < {}",
            self.tenant_id, self.start.1, self.end
        )
    }

    /// Events, joined with their sessions where these are asked for.
    fn events(&self, sessions: Option<String>) -> String {
        let Self { tenant_id, start: (_, start), end, events: (table, condition), .. } = self;
        let of_session = if sessions.is_some() { "s.channel, s.queue" } else { NO_SESSION };
        let join = sessions.unwrap_or_default();
        let model = if self.dimensions.contains(&Dimension::Model) {
            model(self.backend)
        } else {
            NO_TEXT.to_owned()
        };
        format!(
            "SELECT e.event_id AS id, e.session_id, e.received_at, e.event_name, e.response_ms, e.rating, e.product, e.agent_id, \
             {of_session}, {model} AS model, {kind} AS kind, e.occurred_at AS at \
             FROM {table} AS e {join} WHERE e.tenant_id = {tenant_id} \
             AND e.occurred_at >= {start} AND e.occurred_at < {end}{condition} AND {COUNTED_EVENTS}",
            kind = Instant::Event as u8,
        )
    }
}

/// Whole milliseconds from one instant to another; null without either. Clocks that disagree make no
/// negative time.
fn ms_between(backend: DbBackend, from: &str, to: &str) -> String {
    match backend {
        DbBackend::Postgres => format!(
            "CASE WHEN {from} > {to} THEN 0 \
             ELSE TRUNC(EXTRACT(EPOCH FROM {to} - {from}) * 1000)::bigint END"
        ),
        _ => format!("MAX(({} - {}) / 1000, 0)", micros(to), micros(from)),
    }
}

/// Microseconds since 1970 of an instant as SQLite keeps it: text, with or without a fraction.
fn micros(at: &str) -> String {
    format!(
        "(CAST(strftime('%s', {at}) AS INTEGER) * 1000000 + CASE substr({at}, 20, 1) WHEN '.' \
         THEN CAST(substr(substr({at}, 21, instr({at}, '+') - 21) || '00000', 1, 6) AS INTEGER) \
         ELSE 0 END)"
    )
}

/// A tenant that no index is looked up by. Where statistics know nothing of a tenant yet, PostgreSQL
/// believes that an index over tenants finds one row, and reads all of them for each row beside it.
fn bare(backend: DbBackend, column: &str) -> String {
    match backend {
        DbBackend::Postgres => format!("({column} || '')"),
        _ => column.to_owned(),
    }
}

/// The columns of measures of events.
fn of_events() -> String {
    let measures = Measure::ALL.iter().filter(|measure| measure.instant() == Instant::Event);
    measures.map(|measure| measure.column()).collect::<Vec<_>>().join(", ")
}

/// The model that an event names: text of a length that a key may have.
fn model(backend: DbBackend) -> String {
    let (is_text, text) = match backend {
        DbBackend::Postgres => {
            ("jsonb_typeof(e.event_data -> 'model') = 'string'", "e.event_data ->> 'model'")
        }
        _ => {
            ("json_type(e.event_data, '$.model') = 'text'", "json_extract(e.event_data, '$.model')")
        }
    };
    format!("CASE WHEN {is_text} THEN NULLIF(substr({text}, 1, {MODEL_CHARS}), '') END")
}

/// Longer names of models are cut.
const MODEL_CHARS: usize = 64;
const NO_TEXT: &str = "CAST(NULL AS TEXT)";
const NO_SESSION: &str = "CAST(NULL AS TEXT) AS channel, CAST(NULL AS TEXT) AS queue";
