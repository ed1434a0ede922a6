//! Brings sessions up to date on PostgreSQL: the database joins what a batch says with what is
//! stored, so that no session is read into the service.
//!
//! The statement is put together from the registers of `session.rs`; the times between registers
//! are generated columns. It has no join, so no statistics can lead it astray.

use std::sync::LazyLock;

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use sea_orm::sqlx;

use super::{
    change::FloorChanges,
    fold::{Folded, mark_session},
    seen::{Heard, SLACK, SeenSessions},
    session::State,
    session_key::{SessionKey, SessionKeys},
};
use crate::{
    db::{PgTransaction, column},
    error::Result,
    rollup::Marks,
    tenant::{Tenant, TimeRange},
    tracker::NewEvent,
};

/// Marks are no finer, and no day begins within one.
const QUARTER: TimeDelta = TimeDelta::minutes(15);

/// Merges new events into stored sessions, notes what is new of them, and marks the quarters whose
/// figures may have changed.
pub(crate) async fn merge_sessions<'a>(
    transaction: &PgTransaction,
    tenant: &Tenant,
    events: &[&'a NewEvent],
    seen: &SeenSessions,
    marks: &mut Marks<'_>,
    changes: &mut FloorChanges,
) -> Result<Folded<'a>> {
    let (mut news, signs) = seen.news(&tenant.id, events);
    news.sort_unstable_by_key(|(id, _)| *id);
    let state = |events: &[(&str, &'a NewEvent)]| State::of(events.iter().map(|(_, event)| *event));
    let sessions: Vec<State<'_>> =
        news.chunk_by(|(a, _), (b, _)| a == b).filter_map(state).collect();
    if sessions.is_empty() {
        return Ok(Folded { heard: Vec::new(), signs });
    }
    // Sessions that lie within one quarter of an hour change no other; without one all are looked at.
    let within = common_quarter(&sessions).unwrap_or_default();
    if within.start < within.end {
        marks.over(within.start, within.end - TimeDelta::microseconds(1));
    }
    let is_wanted = changes.is_wanted();
    for row in transaction.fetch_all(bind(tenant, &sessions, within, is_wanted)).await? {
        let fresh: Option<Vec<String>> = column(&row, 2)?;
        if let Some(fresh) = fresh {
            note(&sessions, &fresh, changes);
            continue;
        }
        let (low, high): (DateTime<Utc>, DateTime<Utc>) = (column(&row, 0)?, column(&row, 1)?);
        let last = high + QUARTER - TimeDelta::microseconds(1);
        mark_session(transaction, tenant, (low, last), marks).await?;
    }
    Ok(Folded { heard: sessions.iter().map(Heard::of).collect(), signs })
}

/// Notes what is new of sessions; `fresh` are those that were not there before.
fn note(sessions: &[State<'_>], fresh: &[String], changes: &mut FloorChanges) {
    let fresh: SessionKeys = fresh.iter().map(|session_id| SessionKey::of(session_id)).collect();
    for session in sessions {
        changes.add_session(session, fresh.contains(&session.session_key));
    }
}

/// The quarter of an hour of UTC in which all that is said of sessions happened, if it is one.
fn common_quarter(sessions: &[State<'_>]) -> Option<TimeRange> {
    let first = sessions.iter().map(|session| session.first_event_at).min()?;
    let last = sessions.iter().map(|session| session.last_event_at).max()?;
    let start = first.duration_trunc(QUARTER).ok()?;
    let end = start + QUARTER;
    (last < end).then_some(TimeRange { start, end })
}

/// Columns that change together, to those of whichever side wins.
struct Register {
    /// The instant, and what decides between two of the same instant, in SQL over `{side}`.
    order: &'static [&'static str],
    columns: &'static [&'static str],
    wins: Wins,
}

#[derive(Clone, Copy)]
enum Wins {
    Earlier,
    Later,
}

/// Absent content comes before every other, and text is compared byte by byte, as in memory.
const REGISTERS: [Register; 5] = [
    Register {
        order: &["{side}.first_event_at", "{side}.first_product COLLATE \"C\""],
        columns: &["first_event_at", "first_product"],
        wins: Wins::Earlier,
    },
    Register {
        order: &[
            "{side}.started_at",
            "{side}.product COLLATE \"C\"",
            "COALESCE({side}.channel, '') COLLATE \"C\"",
            "COALESCE({side}.channel_name, '') COLLATE \"C\"",
            "COALESCE({side}.visitor_id, '') COLLATE \"C\"",
            "COALESCE({side}.customer_name, '') COLLATE \"C\"",
        ],
        columns: &["started_at", "channel", "channel_name", "visitor_id", "customer_name"],
        wins: Wins::Earlier,
    },
    Register {
        order: &["{side}.queued_at", "COALESCE({side}.queue, '') COLLATE \"C\""],
        columns: &["queued_at", "queue"],
        wins: Wins::Earlier,
    },
    Register {
        order: &["{side}.agent_assigned_at", "COALESCE({side}.agent_id, '') COLLATE \"C\""],
        columns: &["agent_assigned_at", "agent_id"],
        wins: Wins::Later,
    },
    Register {
        order: &[
            "{side}.ended_at",
            "COALESCE({side}.ended_by, '') COLLATE \"C\"",
            "COALESCE({side}.resolved::int, -1)",
            "COALESCE({side}.stated_duration_ms, -1)",
        ],
        columns: &["ended_at", "ended_by", "resolved", "stated_duration_ms"],
        wins: Wins::Later,
    },
];
const START: usize = 1;

/// Columns that are a minimum or a maximum by themselves.
const EXTREMES: [(&str, &str); 4] = [
    ("assigned_at", "LEAST"),
    ("transferred_at", "LEAST"),
    ("last_event_at", "GREATEST"),
    ("last_event_hour", "GREATEST"),
];

impl Register {
    /// Whether the side of the batch wins.
    fn condition(&self) -> String {
        let side = |side: &str| self.order.join(", ").replace("{side}", side);
        let at = self.columns[0];
        let sign = match self.wins {
            Wins::Earlier => "<",
            Wins::Later => ">",
        };
        format!(
            "(excluded.{at} IS NOT NULL AND (s.{at} IS NULL OR ({}) {sign} ({})))",
            side("excluded"),
            side("s")
        )
    }

    fn assignments(&self) -> impl Iterator<Item = String> {
        let condition = self.condition();
        self.columns.iter().map(move |column| {
            format!("{column} = CASE WHEN {condition} THEN excluded.{column} ELSE s.{column} END")
        })
    }
}

/// The product is that of the start; of the first event while there is no start.
fn product() -> String {
    let (first, start) = (REGISTERS[0].condition(), REGISTERS[START].condition());
    format!(
        "product = CASE WHEN {start} THEN excluded.product \
         WHEN s.started_at IS NULL AND {first} THEN excluded.first_product ELSE s.product END"
    )
}

/// Whether a row that was written was not there before: any other was locked first.
const IS_FRESH: &str = "s.xmax = 0";

static MERGE: LazyLock<String> = LazyLock::new(|| {
    let mut assignments: Vec<String> = REGISTERS.iter().flat_map(Register::assignments).collect();
    assignments.extend(
        EXTREMES
            .iter()
            .map(|(column, of)| format!("{column} = {of}(s.{column}, excluded.{column})")),
    );
    assignments.push(product());
    format!(
        "WITH written AS ( \
             INSERT INTO analytics_sessions AS s (tenant_id, session_id, product, first_event_at, \
                 first_product, last_event_at, last_event_hour, started_at, channel, channel_name, \
                 visitor_id, customer_name, queued_at, queue, assigned_at, agent_assigned_at, \
                 agent_id, transferred_at, ended_at, ended_by, resolved, stated_duration_ms) \
             SELECT $1, new.* FROM UNNEST($2::text[], $3::text[], $4::timestamptz[], $5::text[], \
                 $6::timestamptz[], $7::int[], $8::timestamptz[], $9::text[], $10::text[], \
                 $11::text[], $12::text[], $13::timestamptz[], $14::text[], $15::timestamptz[], \
                 $16::timestamptz[], $17::text[], $18::timestamptz[], $19::timestamptz[], \
                 $20::text[], $21::bool[], $22::bigint[]) AS new \
             ON CONFLICT (tenant_id, session_id) DO UPDATE SET {} \
             RETURNING session_id, first_event_at AS low, \
                 last_event_at + interval '{} seconds' AS high, {IS_FRESH} AS fresh) \
         SELECT DISTINCT date_bin(quarter, low, 'epoch'), date_bin(quarter, high, 'epoch'), \
             NULL::text[] FROM written, (SELECT interval '{} minutes' AS quarter) AS cut WHERE low < $23 OR high >= $24 \
         UNION ALL SELECT NULL, NULL, COALESCE(array_agg(session_id), '{{}}') \
             FROM written WHERE fresh AND $25 HAVING $25",
        assignments.join(", "),
        // Events that were not worth writing may lie so far beyond.
        SLACK.num_seconds(),
        QUARTER.num_minutes(),
    )
});

/// The parameters in the order of the columns, one array each, ordered by session, so that two
/// writers never wait for each other in a circle.
fn bind<'q>(
    tenant: &'q Tenant,
    sessions: &'q [State<'q>],
    within: TimeRange,
    is_wanted: bool,
) -> sqlx::query::Query<'q, sqlx::Postgres, sqlx::postgres::PgArguments> {
    macro_rules! each {
        ($field:ident) => {
            sessions.iter().map(|session| session.$field).collect::<Vec<_>>()
        };
    }
    sqlx::query(MERGE.as_str())
        .bind(tenant.id.as_str())
        .bind(each!(session_id))
        .bind(sessions.iter().map(State::product).collect::<Vec<_>>())
        .bind(each!(first_event_at))
        .bind(each!(first_product))
        .bind(each!(last_event_at))
        .bind(sessions.iter().map(State::last_event_hour).collect::<Vec<_>>())
        .bind(each!(started_at))
        .bind(each!(channel))
        .bind(each!(channel_name))
        .bind(each!(visitor_id))
        .bind(each!(customer_name))
        .bind(each!(queued_at))
        .bind(each!(queue))
        .bind(each!(assigned_at))
        .bind(each!(agent_assigned_at))
        .bind(each!(agent_id))
        .bind(each!(transferred_at))
        .bind(each!(ended_at))
        .bind(each!(ended_by))
        .bind(each!(resolved))
        .bind(each!(stated_duration_ms))
        .bind(within.start)
        .bind(within.end)
        .bind(is_wanted)
}
