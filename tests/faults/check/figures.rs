//! Every figure of the Dashboard against the oracle.

use std::time::Duration;

use chrono::{Days as Back, NaiveDate};
use serde_json::{Value, json};

use crate::{
    harness::{Desk, TENANTS, Tenant, now},
    oracle::{Days, Figures},
    traffic::{Event, Record},
};

/// How far back events of a run lie, in days.
const REACH: u64 = 45;

const QUERY: &str = "query($from: Date!, $to: Date!, $week: Date!, $day: Date!, $product: String) {
    stats(product: $product) {
        all: period(from: $from, to: $to) { ...figures }
        week: period(from: $week, to: $to) { ...figures }
        day: period(from: $day, to: $day) { ...figures }
        today { totalSessions avgResponseTime satisfactionRate }
        trend(days: 46) { date sessions }
        satisfaction(days: 46) { distribution { value } }
    } }
    fragment figures on PeriodStats {
        totalSessions completedSessions aiResolved transferred answered abandoned resolved
        totalMessages ratingCount avgSessionDuration avgResponseTime avgSpeedOfAnswer
        serviceLevel avgRating satisfactionRate }";

/// Figures that are not those of the acknowledged events.
pub(super) async fn wrong(desk: &Desk, record: &Record) -> Vec<String> {
    let mut wrong = Vec::new();
    for (index, tenant) in TENANTS.iter().enumerate() {
        let events: Vec<_> = record.kept().filter(|event| event.tenant == index).collect();
        for product in [None, Some("ai_chatbot"), Some("workbench")] {
            wrong.extend(Asked { desk, tenant, product }.wrong(&events).await);
        }
    }
    wrong
}

/// One question about one tenant.
struct Asked<'a> {
    desk: &'a Desk,
    tenant: &'a Tenant,
    product: Option<&'a str>,
}

impl Asked<'_> {
    async fn wrong(&self, events: &[&Event]) -> Vec<String> {
        let days = Days::of(self.tenant, events);
        let mut wrong = Vec::new();
        // Asked of every replica: each has caches of its own. Not across midnight.
        for replica in 0..self.desk.replicas.len() {
            let (today, stats) = loop {
                let today = days.day_of(now());
                let stats = self.ask(replica, today).await;
                if days.day_of(now()) == today {
                    break (today, stats);
                }
            };
            let found = self.compare(&days, today, &stats);
            wrong.extend(found.into_iter().map(|difference| {
                format!("{} {:?} replica {replica}: {difference}", self.tenant.id, self.product)
            }));
        }
        wrong
    }

    async fn ask(&self, replica: usize, today: NaiveDate) -> Value {
        let back = |days| today - Back::new(days);
        let variables = json!({
            "from": back(REACH), "to": today, "week": back(6), "day": back(1),
            "product": self.product,
        });
        let caller = self.desk.caller(replica, self.tenant.id);
        let mut tries = 0;
        loop {
            match caller.try_ask(QUERY, variables.clone()).await {
                Ok(mut answer) => return answer["stats"].take(),
                // A pool may still hold connections that died with the last fault.
                Err(error) => assert!(tries < 50, "figures: {error}"),
            }
            tries += 1;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    fn compare(&self, days: &Days<'_>, today: NaiveDate, stats: &Value) -> Vec<String> {
        let back = |days| today - Back::new(days);
        let figures = |from, to| days.figures(from, to, self.product);
        let mut wrong = Vec::new();
        let whole = figures(back(REACH), today);
        for (name, from, to) in
            [("all", back(REACH), today), ("week", back(6), today), ("day", back(1), back(1))]
        {
            wrong.extend(differences(name, &figures(from, to), &stats[name]));
        }
        let mut so_far = figures(today, today);
        so_far.counts.retain(|(name, _)| *name == "totalSessions");
        so_far.rates.retain(|(name, _)| ["avgResponseTime", "satisfactionRate"].contains(name));
        wrong.extend(differences("today", &so_far, &stats["today"]));
        for (index, point) in stats["trend"].as_array().into_iter().flatten().enumerate() {
            let day = back(REACH - index as u64);
            let sessions = figures(day, day).counts[0].1;
            let expected = json!({ "date": day, "sessions": sessions });
            (*point != expected)
                .then(|| wrong.push(format!("trend: {point}, expected {expected}")));
        }
        let shares: Vec<_> = stats["satisfaction"]["distribution"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|share| share["value"].as_i64())
            .collect();
        let expected = largest_remainder(whole.ratings);
        if shares != expected {
            wrong.push(format!("satisfaction: {shares:?}, expected {expected:?}"));
        }
        wrong
    }
}

fn differences(name: &str, expected: &Figures, answer: &Value) -> Vec<String> {
    let counts = expected.counts.iter().filter(|(field, count)| answer[field] != json!(count));
    let counts = counts
        .map(|(field, count)| format!("{name}.{field} is {}, expected {count}", answer[field]));
    let same = |given: &Value, rate: Option<f64>| match (given.as_f64(), rate) {
        (Some(given), Some(rate)) => (given - rate).abs() <= 1e-9 * rate.abs().max(1.0),
        (None, None) => given.is_null(),
        _ => false,
    };
    let rates = expected.rates.iter().filter(|(field, rate)| !same(&answer[field], *rate));
    let rates = rates
        .map(|(field, rate)| format!("{name}.{field} is {}, expected {rate:?}", answer[field]));
    counts.chain(rates).collect()
}

/// Whole percentages that add up to 100: each is cut, and the largest remainders get the rest.
fn largest_remainder(parts: [i64; 3]) -> Vec<i64> {
    let whole: i64 = parts.iter().sum();
    if whole == 0 {
        return vec![0; 3];
    }
    let mut shares: Vec<_> = parts.iter().map(|part| part * 100 / whole).collect();
    let mut order: Vec<_> = (0..3).collect();
    order.sort_by_key(|index| std::cmp::Reverse((parts[*index] * 100 % whole, 3 - index)));
    let rest = usize::try_from(100 - shares.iter().sum::<i64>()).expect("a remainder");
    for index in order.into_iter().take(rest) {
        shares[index] += 1;
    }
    shares
}
