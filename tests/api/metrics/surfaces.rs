//! The named fields of the pages and the export beside the oracle.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::{
    FROM, TO, instant, is_close, midnight,
    oracle::{self, Row},
    range,
};
use crate::harness::Client;

const NAMED: &str = "query ($from: Date!, $to: Date!) {
    stats {
        period(from: $from, to: $to) {
            totalSessions completedSessions aiResolved transferred answered abandoned resolved
            totalMessages ratingCount avgSessionDuration avgResponseTime avgSpeedOfAnswer
            serviceLevel avgRating satisfactionRate
        }
        trend(days: 11, until: $to) { date sessions }
        satisfaction(days: 11, until: $to) { distribution { value } }
    }
}";

/// Holds every surface beside `metrics` and `explain` to the rows.
pub(super) async fn compare_surfaces(client: &Client, rows: &[Row], zone: Tz, what: &str) {
    let stats = client.data(NAMED, json!({ "from": FROM, "to": TO })).await["stats"].clone();
    let figures = figures(rows, range(zone));
    compare_period(&stats["period"], &figures, what);
    compare_trend(&stats["trend"], rows, zone, what);
    let satisfied = figures[place("satisfaction_rate")];
    compare_satisfaction(&stats["satisfaction"]["distribution"], satisfied, what);
    compare_export(client, rows, what).await;
}

/// Every figure of a stretch, in the order of the oracle.
pub(super) fn figures(
    rows: &[Row],
    (start, end): (DateTime<Utc>, DateTime<Utc>),
) -> Vec<Option<f64>> {
    oracle::figures(rows.iter().filter(|row| start <= row.at && row.at < end))
}

pub(super) fn place(id: &str) -> usize {
    oracle::ids().position(|known| known == id).expect("a figure")
}

fn compare_period(period: &Value, figures: &[Option<f64>], what: &str) {
    let mut told = 0;
    for (id, expected) in oracle::ids().zip(figures) {
        let mut field = String::new();
        for part in id.split('_') {
            let (head, tail) = part.split_at(1);
            let head = if field.is_empty() { head.to_owned() } else { head.to_uppercase() };
            field.push_str(&head);
            field.push_str(tail);
        }
        if let Some(value) = period.get(&field) {
            told += 1;
            let is_right = is_close(id, value.as_f64(), *expected);
            assert!(is_right, "{what}: {field} {value}: {expected:?}");
        }
    }
    assert_eq!(told, 15);
}

fn compare_trend(trend: &Value, rows: &[Row], zone: Tz, what: &str) {
    let first: NaiveDate = FROM.parse().expect("a date");
    let expected: Vec<_> = first
        .iter_days()
        .take(11)
        .map(|day| {
            let next = day.succ_opt().expect("a day");
            let of_day = figures(rows, (midnight(zone, day), midnight(zone, next)));
            json!({ "date": day, "sessions": of_day[place("total_sessions")] })
        })
        .collect();
    let mut trend = trend.clone();
    for point in trend.as_array_mut().expect("points") {
        point["sessions"] = json!(point["sessions"].as_f64());
    }
    assert_eq!(trend, json!(expected), "{what}");
}

/// Whole percents: those of the two best are no further from the rate than rounding takes them.
fn compare_satisfaction(shares: &Value, rate: Option<f64>, what: &str) {
    let shares = shares.as_array().expect("shares").iter();
    let shares: Vec<_> = shares.map(|share| share["value"].as_i64().expect("a share")).collect();
    let sum: i64 = shares.iter().sum();
    let satisfied = i32::try_from(shares[0] + shares[1]).map(f64::from).expect("a percentage");
    let is_right = match rate {
        Some(rate) => sum == 100 && (satisfied - rate).abs() < 2.0,
        None => sum == 0,
    };
    assert!(is_right, "{what}: {shares:?} of {rate:?}");
}

async fn compare_export(client: &Client, rows: &[Row], what: &str) {
    let ids: Vec<_> = oracle::ids().map(|id| format!("ids={id}")).collect();
    let path = format!("/export/metrics.ndjson?{}&from={FROM}&to={TO}", ids.join("&"));
    let body = client.get(&path).await.text().await.expect("a body");
    let mut told = 0;
    for line in body.lines() {
        let row: Value = serde_json::from_str(line).expect("a row");
        let id = row["metric"].as_str().expect("an id");
        let expected = figures(rows, (instant(&row["start"]), instant(&row["end"])))[place(id)];
        let value = row["value"].as_f64();
        assert!(is_close(id, value, expected), "{what}: {row}, expected {expected:?}");
        told += 1;
    }
    assert_eq!(told, 11 * oracle::ids().count(), "{what}");
}
