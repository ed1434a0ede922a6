//! Examples to start from: the operations of the playground, with the variables they are saved with.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::service::NOW;

macro_rules! saved {
    ($($page:literal),*) => {
        [$((
            include_str!(concat!("../../playground/src/queries/", $page, ".graphql")),
            include_str!(concat!("../../playground/src/queries/", $page, ".variables.json")),
        )),*]
    };
}

/// An operation with its variables.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) kind: &'static str,
    pub(crate) query: &'static str,
    pub(crate) variables: Value,
}

impl Operation {
    /// As the body of a request.
    pub(crate) fn body(&self) -> String {
        json!({ "query": self.query, "variables": self.variables }).to_string()
    }
}

/// All operations that the playground has saved.
pub(crate) fn operations() -> Vec<Operation> {
    let pages = saved!(
        "billing-portal",
        "dashboard",
        "live",
        "monitoring",
        "quality-audit",
        "tracker",
        "viewer"
    );
    let of_page = |(queries, variables): (&'static str, &str)| {
        let variables: Value = serde_json::from_str(&filled_in(variables)).expect("JSON");
        let operations = queries.split("\n\n").filter_map(move |text| operation(text, &variables));
        operations.collect::<Vec<_>>()
    };
    pages.into_iter().flat_map(of_page).collect()
}

fn operation(text: &'static str, variables: &Value) -> Option<Operation> {
    let kinds = ["query", "mutation", "subscription"];
    let kind = |line: &str| kinds.into_iter().find(|kind| line.starts_with(kind));
    let (line, kind) = text.lines().find_map(|line| Some((line, kind(line)?)))?;
    let name = line[kind.len()..].trim_start();
    let name = name.split(|c: char| !c.is_alphanumeric()).next()?;
    let variables = variables.get(name).cloned().unwrap_or_else(|| json!({}));
    Some(Operation { kind, query: text.trim(), variables })
}

/// Puts instants and days in the place of `{now-24h}` and `{today-6d}`.
fn filled_in(text: &str) -> String {
    let now: DateTime<Utc> = NOW.parse().expect("an instant");
    let mut parts = text.split('{');
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (placeholder, rest) = part.split_once('}').unwrap_or((part, ""));
        let number = |unit: char| {
            let number = placeholder.trim_start_matches(char::is_alphabetic).trim_end_matches(unit);
            number.parse().unwrap_or_default()
        };
        if placeholder.starts_with("now") {
            let at = now + TimeDelta::hours(number('h'));
            filled.push_str(&at.format("%Y-%m-%dT%H:%M:%SZ").to_string());
            filled.push_str(rest);
        } else if placeholder.starts_with("today") {
            let at = now + TimeDelta::days(number('d'));
            filled.push_str(&at.date_naive().to_string());
            filled.push_str(rest);
        } else {
            filled.push('{');
            filled.push_str(part);
        }
    }
    filled
}

/// An event of each name with a meaning, as JSON.
pub(crate) fn events() -> Vec<String> {
    let event = |name: &str, data: Value| {
        json!({
            "id": format!("e-{name}"), "name": name, "product": "shop", "sessionId": "s-1",
            "occurredAt": "2026-03-10T03:59:00Z", "data": data,
        })
        .to_string()
    };
    vec![
        event(
            "session.start",
            json!({ "channel": "app", "channel_name": "App", "visitor_id": "v",
            "customer_name": "李" }),
        ),
        event("session.queue", json!({ "queue": "vip" })),
        event("session.assign", json!({ "agent_id": "li", "agent_name": "Li" })),
        event("session.transfer", json!({ "reason": "asked", "from": "ai", "to": "agent" })),
        event("session.end", json!({ "by": "agent", "resolved": true, "duration": 61.5 })),
        event("message.customer", json!({})),
        event("message.ai", json!({ "response_time": 850, "tokens": 320, "model": "gpt-4o-mini" })),
        event("message.agent", json!({ "response_time": 1_200.5, "agent_id": "li" })),
        event("rating.submit", json!({ "score": 4, "agent_id": "li" })),
        event(
            "agent.status",
            json!({ "agent_id": "li", "status": "serving", "agent_name": "Li",
            "capacity": 6 }),
        ),
        event("visitor.seen", json!({ "channel": "app", "visitor_id": "v" })),
        event("alert.acknowledge", json!({ "by": "li" })),
        event("page.view", json!({ "path": "/", "list": [1, 2.5, null, true, "文", { "a": {} }] })),
    ]
}

/// Text as a part of an address.
pub(crate) fn encoded(text: &[u8]) -> String {
    use std::fmt::Write as _;
    text.iter().fold(String::new(), |mut encoded, &byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

/// What of a text could not stand in an address, encoded; the rest as it is.
pub(crate) fn sendable(text: &[u8]) -> String {
    use std::fmt::Write as _;
    text.iter().fold(String::new(), |mut sendable, &byte| {
        if byte.is_ascii_graphic() && !b"#\"<>`{}|\\^".contains(&byte) {
            sendable.push(char::from(byte));
        } else {
            let _ = write!(sendable, "%{byte:02X}");
        }
        sendable
    })
}

#[test]
fn every_saved_operation_is_a_seed_with_its_variables() {
    let operations = operations();
    assert!(operations.len() >= 40, "{}", operations.len());
    let left: Vec<_> = operations.iter().filter(|one| one.body().contains("{now")).collect();
    assert!(left.is_empty(), "{left:?}");
    let with = operations.iter().filter(|one| one.variables != json!({})).count();
    assert!(with >= 20, "{with}");
}
