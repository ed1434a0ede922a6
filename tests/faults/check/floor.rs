//! The live floor against the oracle, and the seed's keys in Redis against the floor.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::{
    harness::{Desk, TENANTS, Tenant},
    oracle::{Floor, floor},
    traffic::{Event, Record},
};

const QUERY: &str = "{ realtime { overview {
    activeSessions queueCount onlineAgents totalAgents slaAlerts systemLoad asOf } } }";
/// Pictures are shared for a moment; after this long they must be true.
const FRESH: Duration = Duration::from_secs(15);

/// Floors that are not those of the acknowledged events.
pub(super) async fn wrong(desk: &Desk, record: &Record) -> Vec<String> {
    let mut wrong = Vec::new();
    for (index, tenant) in TENANTS.iter().enumerate() {
        let events: Vec<_> = record.kept().filter(|event| event.tenant == index).collect();
        for replica in 0..desk.replicas.len() {
            wrong.extend(wrong_of(desk, replica, tenant, &events).await);
        }
    }
    wrong
}

async fn wrong_of(
    desk: &Desk,
    replica: usize,
    tenant: &Tenant,
    events: &[&Event],
) -> Option<String> {
    let caller = desk.caller(replica, tenant.id);
    let started = std::time::Instant::now();
    loop {
        let answer = caller.try_ask(QUERY, json!({})).await;
        let (given, expected) = match &answer {
            Ok(answer) => compare(&answer["realtime"]["overview"], tenant, events),
            Err(error) => (error.clone(), "an answer".to_owned()),
        };
        if given == expected {
            return None;
        }
        if started.elapsed() > FRESH {
            return Some(format!("{} floor: {given}, expected {expected}", tenant.id));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// What was answered, and what is so at the instant that the answer names.
fn compare(overview: &Value, tenant: &Tenant, events: &[&Event]) -> (String, String) {
    let as_of = overview["asOf"].as_str().expect("asOf");
    let as_of: DateTime<Utc> = as_of.parse().expect("an instant");
    let mut given = overview.clone();
    given["asOf"] = Value::Null;
    let Floor { active_sessions, queue_count, online_agents, total_agents, sla_alerts, load } =
        floor(tenant, events, as_of);
    let expected = json!({
        "activeSessions": active_sessions, "queueCount": queue_count,
        "onlineAgents": online_agents, "totalAgents": total_agents, "slaAlerts": sla_alerts,
        "systemLoad": system_load(load), "asOf": null,
    });
    (given.to_string(), expected.to_string())
}

#[expect(clippy::cast_precision_loss, reason = "counts of a test are far below 2^53")]
fn system_load((busy, capacity): (i64, i64)) -> Option<f64> {
    (capacity > 0).then(|| busy as f64 / capacity as f64 * 100.0)
}
