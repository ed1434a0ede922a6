//! What is asked for: each filter and each order that a table of audits offers.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

/// A list of audits.
#[derive(Debug)]
pub(super) struct List {
    pub(super) name: &'static str,
    pub(super) filter: fn(DateTime<Utc>) -> Value,
    pub(super) sort: &'static str,
}

const fn list(name: &'static str, filter: fn(DateTime<Utc>) -> Value, sort: &'static str) -> List {
    List { name, filter, sort }
}

pub(super) const LISTS: [List; 12] = [
    list("all, newest", |_| Value::Null, "NEWEST"),
    list("all, oldest", |_| Value::Null, "OLDEST"),
    list("all, lowest score", |_| Value::Null, "LOWEST_SCORE"),
    list("status, newest", |_| json!({ "status": "FAILED" }), "NEWEST"),
    list("type of audit, highest score", |_| json!({ "auditType": "MANUAL" }), "HIGHEST_SCORE"),
    list("agent, newest", |_| json!({ "agentId": "agent-007" }), "NEWEST"),
    list("score, lowest score", |_| json!({ "minScore": 40, "maxScore": 79 }), "LOWEST_SCORE"),
    list("kind of conversation, newest", |_| json!({ "type": "Refund" }), "NEWEST"),
    list("a quarter, newest", |now| json!({ "from": ago(now, 90), "to": ago(now, 0) }), "NEWEST"),
    list("part of a name, newest", |_| json!({ "customer": "smi" }), "NEWEST"),
    list("part of a name, lowest score", |_| json!({ "customer": "王" }), "LOWEST_SCORE"),
    list("five filters, highest score", of_all_kinds, "HIGHEST_SCORE"),
];

fn of_all_kinds(now: DateTime<Utc>) -> Value {
    json!({
        "status": "PASSED", "auditType": "AUTO", "minScore": 70, "customer": "a",
        "from": ago(now, 180),
    })
}

fn ago(now: DateTime<Utc>, days: i64) -> String {
    (now - TimeDelta::days(days)).to_rfc3339_opts(SecondsFormat::Secs, true)
}
