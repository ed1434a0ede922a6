//! What every figure should be, worked out from the events alone, one session after the other and in
//! no hurry. It shares nothing with the service but the words of `docs/metrics.md`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

pub(super) const CHANNEL: usize = 0;
pub(super) const PRODUCT: usize = 1;
pub(super) const AGENT: usize = 2;
pub(super) const QUEUE: usize = 3;
pub(super) const MODEL: usize = 4;

/// An event as it is sent.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) name: &'static str,
    pub(super) session: Option<String>,
    pub(super) product: &'static str,
    pub(super) at: DateTime<Utc>,
    pub(super) data: Value,
}

impl Event {
    pub(super) fn to_json(&self) -> Value {
        json!({
            "id": self.id, "name": self.name, "product": self.product, "sessionId": self.session,
            "occurredAt": self.at.to_rfc3339(), "data": self.data,
        })
    }

    fn text(&self, field: &str) -> Option<String> {
        self.data[field].as_str().map(str::to_owned)
    }
}

/// A session at one of its instants, or an event, with what it adds to which sum.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) at: DateTime<Utc>,
    /// By channel, product, agent, queue and model.
    pub(super) values: [Option<String>; 5],
    adds: Vec<(&'static str, i64)>,
}

impl Row {
    /// Its value, if it has one, of the distribution that a percentile is of.
    pub(super) fn value(&self, id: &str) -> Option<i64> {
        let (_, _, names) = PERCENTILES.iter().find(|(known, ..)| *known == id)?;
        self.adds.iter().find(|(name, _)| names.contains(name)).map(|(_, value)| *value)
    }
}

/// All rows that could count.
pub(super) fn rows(events: &[Event], sla_secs: i64) -> Vec<Row> {
    let mut seen = BTreeSet::new();
    let events: Vec<_> = events.iter().filter(|event| seen.insert(&event.id)).collect();
    let mut sessions: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in &events {
        if let Some(session) = &event.session {
            sessions.entry(session).or_default().push(event);
        }
    }
    let mut rows = Vec::new();
    for (id, events) in &sessions {
        rows.extend(session_rows(id, events, sla_secs));
    }
    for event in events {
        let of_session = event.session.as_deref().map(|id| &sessions[id][..]).unwrap_or_default();
        rows.extend(event_row(event, of_session));
    }
    rows
}

fn first<'a>(events: &[&'a Event], name: &str) -> Option<&'a Event> {
    events.iter().filter(|event| event.name == name).min_by_key(|event| event.at).copied()
}

fn last<'a>(events: &[&'a Event], name: &str) -> Option<&'a Event> {
    events.iter().filter(|event| event.name == name).max_by_key(|event| event.at).copied()
}

fn session_rows(id: &str, events: &[&Event], sla_secs: i64) -> Vec<Row> {
    let start = first(events, "session.start");
    let queue = first(events, "session.queue");
    let assign = first(events, "session.assign");
    let end = last(events, "session.end");
    let transfer = events
        .iter()
        .filter(|event| event.name == "session.transfer" && event.data["to"] != "ai")
        .min_by_key(|event| event.at);
    let earliest = events.iter().min_by_key(|event| event.at).expect("an event");
    let values = [
        start.and_then(|start| start.text("channel")),
        Some(start.unwrap_or(earliest).product.to_owned()),
        last(events, "session.assign").and_then(|assign| assign.text("agent_id")),
        queue.and_then(|queue| queue.text("queue")),
        None,
    ];
    let ms = |from: &Event, to: &Event| (to.at - from.at).num_milliseconds().max(0);
    let wait = queue.zip(assign).map(|(queue, assign)| ms(queue, assign));
    let gave_up = queue.zip(end).filter(|_| assign.is_none()).map(|(queue, end)| ms(queue, end));
    let sla_ms = sla_secs * 1_000;
    let row = |event: Option<&Event>, adds: Vec<(&'static str, i64)>| {
        event.map(|event| Row { id: id.to_owned(), at: event.at, values: values.clone(), adds })
    };
    let mut ended = vec![("completed", 1)];
    if let Some(end) = end {
        let alone = transfer.is_none() && assign.is_none() && queue.is_none();
        ended.push(("ai_resolved", i64::from(alone && end.data["resolved"] != false)));
        ended.push(("resolved", i64::from(end.data["resolved"] == true)));
        ended.push(("abandoned", i64::from(gave_up.is_some())));
        let stated = end.data["duration"].as_i64().map(|secs| secs * 1_000);
        if let Some(duration) = stated.or(start.map(|start| ms(start, end))) {
            ended.extend([("duration", duration), ("durations", 1)]);
        }
        if let Some(assign) = last(events, "session.assign") {
            ended.extend([("handle", ms(assign, end)), ("handles", 1)]);
        }
    }
    let in_time = |ms: Option<i64>| i64::from(ms.is_some_and(|ms| ms <= sla_ms));
    let mut assigned = vec![("answered", 1)];
    assigned.extend(wait.map(|wait| [("wait", wait), ("waits", 1)]).into_iter().flatten());
    [
        row(start, vec![("started", 1)]),
        row(
            queue,
            vec![("queued", 1), ("in_time", in_time(wait)), ("gave_up_in_time", in_time(gave_up))],
        ),
        row(assign, assigned),
        row(transfer.copied(), vec![("transferred", 1)]),
        row(end, ended),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn event_row(event: &Event, of_session: &[&Event]) -> Option<Row> {
    let response = event.data["response_time"].as_i64();
    let mut adds = Vec::new();
    match event.name {
        "message.customer" => adds.push(("messages", 1)),
        "message.ai" | "message.agent" => {
            adds.push(("messages", 1));
            let (sum, count) = match event.name {
                "message.ai" => ("ai_response", "ai_responses"),
                _ => ("agent_response", "agent_responses"),
            };
            adds.extend(response.map(|ms| [(sum, ms), (count, 1)]).into_iter().flatten());
        }
        "rating.submit" => {
            let score = event.data["score"].as_i64().expect("a score");
            adds.extend([("ratings", 1), ("score", score), ("satisfied", i64::from(score >= 4))]);
        }
        _ => return None,
    }
    let values = [
        first(of_session, "session.start").and_then(|start| start.text("channel")),
        Some(event.product.to_owned()),
        event.text("agent_id"),
        first(of_session, "session.queue").and_then(|queue| queue.text("queue")),
        event.text("model"),
    ];
    Some(Row { id: event.id.clone(), at: event.at, values, adds })
}

/// Sums of some rows by name.
type Sums = BTreeMap<&'static str, i64>;

/// A figure of the service: its id, and how it follows from sums.
type Declared = (&'static str, fn(&dyn Fn(&str) -> i64) -> Option<f64>);

#[expect(clippy::cast_precision_loss, reason = "the sums of a test are small")]
fn ratio(part: i64, whole: i64, scale: f64) -> Option<f64> {
    (whole != 0).then(|| part as f64 / (whole as f64 * scale))
}

fn percent(part: i64, whole: i64) -> Option<f64> {
    ratio(part, whole, 1.0).map(|ratio| ratio * 100.0)
}

fn plain(count: i64) -> Option<f64> {
    ratio(count, 1, 1.0)
}

const FIGURES: [Declared; 19] = [
    ("total_sessions", |s| plain(s("started"))),
    ("completed_sessions", |s| plain(s("completed"))),
    ("ai_resolved", |s| plain(s("ai_resolved"))),
    ("transferred", |s| plain(s("transferred"))),
    ("answered", |s| plain(s("answered"))),
    ("queued", |s| plain(s("queued"))),
    ("abandoned", |s| plain(s("abandoned"))),
    ("resolved", |s| plain(s("resolved"))),
    ("total_messages", |s| plain(s("messages"))),
    ("rating_count", |s| plain(s("ratings"))),
    ("avg_session_duration", |s| ratio(s("duration"), s("durations"), 1_000.0)),
    ("avg_response_time", |s| {
        let sum = s("ai_response") + s("agent_response");
        ratio(sum, s("ai_responses") + s("agent_responses"), 1_000.0)
    }),
    ("avg_ai_response_time", |s| ratio(s("ai_response"), s("ai_responses"), 1_000.0)),
    ("avg_agent_response_time", |s| ratio(s("agent_response"), s("agent_responses"), 1_000.0)),
    ("avg_speed_of_answer", |s| ratio(s("wait"), s("waits"), 1_000.0)),
    ("service_level", |s| percent(s("in_time"), s("queued") - s("gave_up_in_time"))),
    ("avg_rating", |s| ratio(s("score"), s("ratings"), 1.0)),
    ("satisfaction_rate", |s| percent(s("satisfied"), s("ratings"))),
    ("auto_resolve_rate", |s| percent(s("ai_resolved"), s("completed"))),
];

/// A percentile of the service: its id, how many per cent, and of which values.
type Percentile = (&'static str, usize, &'static [&'static str]);

const RESPONSES: &[&str] = &["ai_response", "agent_response"];

const PERCENTILES: [Percentile; 12] = [
    ("p50_response_time", 50, RESPONSES),
    ("p90_response_time", 90, RESPONSES),
    ("p99_response_time", 99, RESPONSES),
    ("p50_wait", 50, &["wait"]),
    ("p90_wait", 90, &["wait"]),
    ("p99_wait", 99, &["wait"]),
    ("p50_handle_time", 50, &["handle"]),
    ("p90_handle_time", 90, &["handle"]),
    ("p99_handle_time", 99, &["handle"]),
    ("p50_session_duration", 50, &["duration"]),
    ("p90_session_duration", 90, &["duration"]),
    ("p99_session_duration", 99, &["duration"]),
];

/// The ids of every figure, in the order of [`figures`].
pub(super) fn ids() -> impl Iterator<Item = &'static str> {
    let percentiles = PERCENTILES.iter().map(|(id, ..)| *id);
    FIGURES.iter().map(|(id, _)| *id).chain(percentiles)
}

pub(super) fn is_percentile(id: &str) -> bool {
    PERCENTILES.iter().any(|(known, ..)| *known == id)
}

/// How far an answer may be off, as part of what it should be.
pub(super) fn tolerance(id: &str) -> f64 {
    if is_percentile(id) { 0.01 } else { 1e-9 }
}

/// Every figure over some rows.
pub(super) fn figures<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Vec<Option<f64>> {
    let mut sums = Sums::new();
    let mut values: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for (name, value) in rows.into_iter().flat_map(|row| &row.adds) {
        *sums.entry(name).or_default() += value;
        values.entry(name).or_default().push(*value);
    }
    let sum = |name: &str| sums.get(name).copied().unwrap_or_default();
    let figures = FIGURES.iter().map(|(_, figure)| figure(&sum));
    let percentiles = PERCENTILES.iter().map(|(_, percent, names)| {
        let of = names.iter().filter_map(|name| values.get(name)).flatten();
        percentile(of.copied().collect(), *percent)
    });
    figures.chain(percentiles).collect()
}

/// The value, in seconds, that is so far up when all are in order.
fn percentile(mut values: Vec<i64>, percent: usize) -> Option<f64> {
    values.sort_unstable();
    let place = (values.len() * percent).div_ceil(100);
    ratio(*values.get(place.checked_sub(1)?)?, 1, 1_000.0)
}

/// The rows that a figure is about: those without which its count, or its denominator, would be less.
pub(super) fn counted<'a>(rows: &'a [Row], figure: &str) -> Vec<&'a Row> {
    let values = ["p50_", "p90_", "p99_"].iter().find_map(|prefix| figure.strip_prefix(prefix));
    let counts: &[&str] = match values.unwrap_or(figure) {
        "handle_time" => &["handles"],
        "total_sessions" => &["started"],
        "completed_sessions" | "auto_resolve_rate" => &["completed"],
        "avg_session_duration" | "session_duration" => &["durations"],
        "avg_response_time" | "response_time" => &["ai_responses", "agent_responses"],
        "avg_ai_response_time" => &["ai_responses"],
        "avg_agent_response_time" => &["agent_responses"],
        "avg_speed_of_answer" | "wait" => &["waits"],
        "total_messages" => &["messages"],
        "rating_count" | "avg_rating" | "satisfaction_rate" => &["ratings"],
        "ai_resolved" => &["ai_resolved"],
        "transferred" => &["transferred"],
        "answered" => &["answered"],
        "queued" | "service_level" => &["queued"],
        "abandoned" => &["abandoned"],
        "resolved" => &["resolved"],
        other => panic!("{other} is not declared"),
    };
    let has = |row: &&Row, names: &[&str]| {
        row.adds.iter().any(|(name, value)| names.contains(name) && *value != 0)
    };
    let left_out = |row: &&Row| figure == "service_level" && has(row, &["gave_up_in_time"]);
    rows.iter().filter(|row| has(row, counts) && !left_out(row)).collect()
}
