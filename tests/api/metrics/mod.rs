//! Every figure from every surface equals what its definition gives.

mod answers;
mod desk;
mod oracle;
mod percentiles;
mod present;
mod surfaces;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use deskpulse::{auth::Role, config::Config, tenant::Tenant};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};

use self::{
    desk::{events, send},
    oracle::{AGENT, CHANNEL, MODEL, PRODUCT, QUEUE, Row},
    surfaces::compare_surfaces,
};
use crate::harness::{Client, TestApp};

const FROM: &str = "2025-10-24";
const TO: &str = "2025-11-03";
const SLA_SECS: i64 = 60;
/// Clocks go back within the days in Berlin and in St. John's, where they are half an hour off.
const ZONES: [&str; 4] = ["Europe/Berlin", "Asia/Shanghai", "Asia/Kolkata", "America/St_Johns"];

const METRICS: &str = "query (
    $ids: [String!]!, $from: Date!, $to: Date!, $grain: Grain, $by: [Dimension!], $filter: MetricFilter
) {
    metrics(ids: $ids, from: $from, to: $to, grain: $grain, by: $by, filter: $filter) {
        completeness
        series {
            metric { id } group { dimension value } isOther total { value }
            points { start end figure { value } }
        }
    }
}";

const EXPLAIN: &str = "query ($metric: String!, $from: Date!, $to: Date!, $after: String) {
    explain(metric: $metric, from: $from, to: $to) {
        value rowCount rowsRemoved days { date value rows }
        rows(first: 40, after: $after) {
            edges { node { id at numerator denominator } } pageInfo { hasNextPage endCursor }
        }
    }
}";

const NO_EVENTS: &str = r#"{ events(
    filter: { from: "2025-10-23T00:00:00Z", to: "2025-11-05T00:00:00Z" }
) { edges { cursor } } }"#;

fn with_zones(config: &mut Config) {
    // Whole months by the hour and by everything are asked for here, and in no page.
    config.server.max_cost *= 10;
    for (index, zone) in ZONES.iter().enumerate() {
        let tenant = Tenant { time_zone: zone.parse().expect("a zone"), ..Tenant::default() };
        config.tenants.insert(format!("z{index}"), Arc::new(tenant));
    }
}

/// Whether a figure is what it should be.
fn is_close(id: &str, told: Option<f64>, expected: Option<f64>) -> bool {
    match (told, expected) {
        (Some(told), Some(expected)) => {
            (told - expected).abs() <= oracle::tolerance(id) * expected.abs()
        }
        (None, None) => true,
        _ => false,
    }
}

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().expect("an instant").parse().expect("an instant")
}

/// The values of a series' group, and whether it is of all others.
fn member(series: &Value) -> (Vec<Option<String>>, bool) {
    let values = series["group"].as_array().expect("a group").iter();
    let values = values.map(|value| value["value"].as_str().map(str::to_owned)).collect();
    (values, series["isOther"] == true)
}

/// The figures of a group in each stretch, and over all of them.
fn expected(series: &Value, rows: &[&Row]) -> Vec<Vec<Option<f64>>> {
    let points = series["points"].as_array().expect("points").iter();
    let mut ranges: Vec<_> =
        points.map(|point| (instant(&point["start"]), instant(&point["end"]))).collect();
    ranges.extend(ranges.first().zip(ranges.last()).map(|(first, last)| (first.0, last.1)));
    let inside = |(start, end): (DateTime<Utc>, DateTime<Utc>)| {
        let rows = rows.iter().copied();
        oracle::figures(rows.filter(|row| start <= row.at && row.at < end))
    };
    ranges.into_iter().map(inside).collect()
}

/// Holds an answer of `metrics` to the rows.
fn compare(answer: &Value, rows: &[Row], by: &[usize], what: &str) {
    let series = answer["series"].as_array().expect("series");
    let named: BTreeSet<_> = series.iter().map(|series| member(series).0).collect();
    let mut known = BTreeMap::new();
    for one in series {
        let (values, is_other) = member(one);
        let own = |row: &&Row| {
            let group: Vec<_> = by.iter().map(|dimension| row.values[*dimension].clone()).collect();
            if is_other { !named.contains(&group) } else { group == values }
        };
        let expected = known.entry((values.clone(), is_other)).or_insert_with(|| {
            let rows: Vec<_> = rows.iter().filter(own).collect();
            expected(one, &rows)
        });
        let id = one["metric"]["id"].as_str().expect("an id");
        let place = oracle::ids().position(|known| known == id).expect("a figure");
        let points = one["points"].as_array().expect("points").iter();
        let told = points.map(|point| &point["figure"]["value"]).chain([&one["total"]["value"]]);
        for (index, (told, expected)) in told.zip(expected.iter()).enumerate() {
            let expected = expected[place];
            let what = format!("{what}: {id} {values:?} at {index}");
            assert!(is_close(id, told.as_f64(), expected), "{what}: {told}, expected {expected:?}");
        }
        assert_eq!(expected.len(), one["points"].as_array().map_or(0, Vec::len) + 1);
    }
    let Some(points) = series.first().and_then(|one| one["points"].as_array()) else { return };
    let (start, end) = (instant(&points[0]["start"]), instant(&points[points.len() - 1]["end"]));
    let groups: BTreeSet<Vec<_>> = rows
        .iter()
        .filter(|row| start <= row.at && row.at < end)
        .map(|row| by.iter().map(|dimension| row.values[*dimension].clone()).collect())
        .collect();
    let has_other = known.keys().any(|(_, is_other)| *is_other);
    assert!(has_other || groups.is_subset(&named) || by.is_empty(), "{what}: {groups:?}");
}

async fn compare_metrics(client: &Client, rows: &[Row], what: &str) {
    let is_of_event = |id: &&str| {
        (id.contains("response") || id.contains("rating") || *id == "total_messages")
            && *id != "auto_resolve_rate"
    };
    let dimensions = ["CHANNEL", "PRODUCT", "AGENT", "QUEUE", "MODEL"];
    let questions: [(&str, &[usize], Value); 12] = [
        ("HOUR", &[], json!({})),
        ("DAY", &[], json!({})),
        ("WEEK", &[], json!({})),
        ("MONTH", &[], json!({})),
        ("DAY", &[PRODUCT], json!({})),
        ("HOUR", &[CHANNEL], json!({})),
        ("DAY", &[AGENT, QUEUE], json!({})),
        ("WEEK", &[CHANNEL, AGENT], json!({})),
        ("DAY", &[MODEL, PRODUCT], json!({})),
        ("DAY", &[], json!({ "products": ["desk"] })),
        ("MONTH", &[PRODUCT], json!({ "channels": ["app", null], "agentIds": ["li", null] })),
        ("DAY", &[], json!({ "queues": [] })),
    ];
    for (index, (grain, by, filter)) in questions.into_iter().enumerate() {
        // One percentile of each distribution is enough for a question; the next has another.
        let percent = ["p50_", "p90_", "p99_"][index % 3];
        let asked =
            oracle::ids().filter(|id| !oracle::is_percentile(id) || id.starts_with(percent));
        let asked = asked.filter(|id| !by.contains(&MODEL) || is_of_event(id));
        let ids: Vec<_> = asked.collect();
        let names: Vec<_> = by.iter().map(|dimension| dimensions[*dimension]).collect();
        let variables = json!({
            "ids": ids, "from": FROM, "to": TO, "grain": grain, "by": names, "filter": filter,
        });
        let answer = client.data(METRICS, variables).await;
        let narrowed: Vec<Row> = rows.iter().filter(|row| passes(row, &filter)).cloned().collect();
        compare(
            &answer["metrics"],
            &narrowed,
            by,
            &format!("{what}, {grain} by {names:?} {filter}"),
        );
    }
}

fn passes(row: &Row, filter: &Value) -> bool {
    let fields =
        [("channels", CHANNEL), ("products", PRODUCT), ("agentIds", AGENT), ("queues", QUEUE)];
    fields.iter().all(|(field, dimension)| {
        filter[field].as_array().is_none_or(|values| {
            values.iter().any(|value| value.as_str() == row.values[*dimension].as_deref())
        })
    })
}

/// Holds explanations to the rows: as many as the figure says, and the very ones.
async fn compare_explanations(
    client: &Client,
    rows: &[Row],
    range: (DateTime<Utc>, DateTime<Utc>),
    what: &str,
) {
    let inside: Vec<Row> =
        rows.iter().filter(|row| range.0 <= row.at && row.at < range.1).cloned().collect();
    let figures = oracle::figures(&inside);
    // All percentiles of one distribution have the same rows.
    let is_told = |id: &str| !id.starts_with("p90_") && !id.starts_with("p99_");
    for (id, figure) in oracle::ids().zip(figures).filter(|(id, _)| is_told(id)) {
        let mut expected: Vec<_> = oracle::counted(&inside, id)
            .iter()
            .map(|row| (row.at, row.id.clone(), row.value(id)))
            .collect();
        expected.sort_by(|a, b| b.cmp(a));
        let mut listed = Vec::new();
        let mut after = Value::Null;
        loop {
            let variables = json!({ "metric": id, "from": FROM, "to": TO, "after": after });
            let explained = &client.data(EXPLAIN, variables).await["explain"];
            let value = explained["value"].as_f64();
            let is_right = is_close(id, value, figure);
            assert!(is_right, "{what}: {id} is {value:?}, expected {figure:?}");
            assert_eq!(explained["rowCount"], expected.len(), "{what}: {id}");
            assert_eq!(explained["rowsRemoved"], 0, "{what}: {id}");
            let days = explained["days"].as_array().expect("days");
            let by_day: i64 = days.iter().map(|day| day["rows"].as_i64().expect("a count")).sum();
            assert_eq!(json!(by_day), explained["rowCount"], "{what}: {id}");
            for edge in explained["rows"]["edges"].as_array().expect("edges") {
                let node = &edge["node"];
                let row = node["id"].as_str().expect("an id").to_owned();
                // Of a percentile a row says its value.
                let value = node["numerator"].as_i64().filter(|_| id.starts_with('p'));
                listed.push((instant(&node["at"]), row, value));
            }
            let page = &explained["rows"]["pageInfo"];
            if page["hasNextPage"] == false {
                break;
            }
            after = page["endCursor"].clone();
        }
        assert_eq!(listed, expected, "{what}: {id}");
    }
}

fn zone_of(index: usize) -> Tz {
    ZONES[index].parse().expect("a zone")
}

fn midnight(zone: Tz, date: NaiveDate) -> DateTime<Utc> {
    let local = date.and_time(chrono::NaiveTime::MIN).and_local_timezone(zone);
    local.earliest().expect("a midnight").to_utc()
}

/// The first and the last instant of the days in a zone.
fn range(zone: Tz) -> (DateTime<Utc>, DateTime<Utc>) {
    let date = |text: &str| midnight(zone, text.parse().expect("a date"));
    (date(FROM), date("2025-11-04"))
}

async fn every_surface_equals_the_oracle(seed: u64, zones: [usize; 2]) {
    let app = TestApp::spawn_with(with_zones).await;
    let mut random = StdRng::seed_from_u64(seed);
    let all = events(&mut random, 420);
    let early = &all[..360];
    let caller =
        |app: &TestApp, zone: usize| app.caller(&format!("z{zone}"), Role::Operator, "bot");
    for zone in zones {
        let client = caller(&app, zone);
        send(&client, early, &mut random).await;
        for (step, events) in
            [("open", early), ("settled", early), ("late", &all), ("settled again", &all)]
        {
            let what = format!("seed {seed}, {}, {step}", ZONES[zone]);
            match step {
                "settled" | "settled again" => drop(app.roll_up().await),
                "late" => send(&client, &all[360..], &mut random).await,
                _ => {}
            }
            let rows = oracle::rows(events, SLA_SECS);
            compare_metrics(&client, &rows, &what).await;
            if step != "open" {
                compare_explanations(&client, &rows, range(zone_of(zone)), &what).await;
            }
            compare_surfaces(&client, &rows, zone_of(zone), &what).await;
        }
    }
    // Raw events go, and some more come that say nothing new of a session.
    app.advance(TimeDelta::days(92));
    app.app.services.retention.run().await.expect("a run of the retention");
    let mut later = events(&mut random, 460).split_off(420);
    later.retain(|event| event.name.starts_with("message.") || event.name == "rating.submit");
    for event in &mut later {
        // Of a session whose events were removed, what it says is still known.
        event.session = None;
    }
    for zone in zones {
        let client = caller(&app, zone);
        let gone = client.data(NO_EVENTS, json!({})).await;
        assert_eq!(gone["events"]["edges"], json!([]));
        let mut known = all.clone();
        for step in ["removed", "later", "settled for the third time"] {
            let what = format!("seed {seed}, {}, {step}", ZONES[zone]);
            match step {
                "later" => {
                    send(&client, &later, &mut random).await;
                    known.extend(later.iter().cloned());
                }
                "settled for the third time" => drop(app.roll_up().await),
                _ => {}
            }
            let rows = oracle::rows(&known, SLA_SECS);
            compare_metrics(&client, &rows, &what).await;
            compare_surfaces(&client, &rows, zone_of(zone), &what).await;
        }
    }
}

// More than one thread: while the oracle works, the service goes on.

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_surface_equals_the_oracle_first_seed() {
    every_surface_equals_the_oracle(1, [0, 1]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_surface_equals_the_oracle_second_seed() {
    every_surface_equals_the_oracle(2, [2, 3]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_surface_equals_the_oracle_any_seed() {
    let first = rand::rng().random_range(0..ZONES.len());
    every_surface_equals_the_oracle(rand::random(), [first, (first + 1) % ZONES.len()]).await;
}
