//! The seed's keys in Redis against the oracle: they are rebuilt from the database, also after
//! Redis was emptied.

use std::time::{Duration, Instant};

use chrono::NaiveDate;
use redis::{AsyncCommands as _, aio::MultiplexedConnection};

use crate::{
    harness::{Desk, TENANTS, now},
    oracle::Days,
    traffic::Record,
};

/// The figures of a day are published at a pace of their own; after this long they must be true.
const FRESH: Duration = Duration::from_secs(30);

/// Keys of today that do not show the acknowledged events.
pub(super) async fn wrong(desk: &Desk, record: &Record) -> Vec<String> {
    let Some(redis) = desk.redis_if_any() else { return Vec::new() };
    let mut redis = redis.connect().await;
    let mut wrong = Vec::new();
    for (index, tenant) in TENANTS.iter().enumerate() {
        let events: Vec<_> = record.kept().filter(|event| event.tenant == index).collect();
        wrong.extend(wrong_of(&mut redis, tenant.id, &Days::of(tenant, &events)).await);
    }
    wrong
}

async fn wrong_of(
    redis: &mut MultiplexedConnection,
    tenant: &str,
    days: &Days<'_>,
) -> Option<String> {
    let started = Instant::now();
    loop {
        let today = days.day_of(now());
        let key = daily(tenant, today);
        let given: Option<i64> = redis.hget(&key, "sessions").await.expect("an answer of Redis");
        let counts = days.figures(today, today, None).counts;
        let expected = counts.iter().find(|(name, _)| *name == "totalSessions");
        let expected = expected.map(|(_, sessions)| *sessions);
        if given == expected {
            return None;
        }
        if started.elapsed() > FRESH {
            return Some(format!("{key} has {given:?} sessions, expected {expected:?}"));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn daily(tenant: &str, today: NaiveDate) -> String {
    match tenant {
        "default" => format!("analytics:daily:{today}"),
        other => format!("analytics:{{{other}}}:daily:{today}"),
    }
}
