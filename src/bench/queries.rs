//! The saved queries of the four pages, with the variables that the playground fills in.

use std::collections::BTreeMap;

use async_graphql::parser::{
    parse_query,
    types::{DocumentOperations, OperationType},
};
use chrono::{DateTime, Days, NaiveDate, SecondsFormat, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use crate::documents::operations;

macro_rules! page {
    ($name:literal) => {
        (
            $name,
            include_str!(concat!("../../playground/src/queries/", $name, ".graphql")),
            include_str!(concat!("../../playground/src/queries/", $name, ".variables.json")),
        )
    };
}

/// Each page with its operations and their variables.
const PAGES: [(&str, &str, &str); 4] =
    [page!("monitoring"), page!("dashboard"), page!("quality-audit"), page!("billing-portal")];
/// What reads the very rows, and says so: no page asks it before someone wants to know more.
const OF_ROWS: [&str; 3] = ["VerifyRollup", "ExplainMetric", "CountedRows"];

/// What is told of so many days at most.
const MAX_DAYS: [(&str, u64); 1] = [("DashboardAgents", 31)];

/// A query that a page asks by itself.
#[derive(Clone, Debug)]
pub struct PageQuery {
    pub page: &'static str,
    pub name: String,
    /// Of this operation alone, as the page sends it.
    pub document: String,
    pub variables: Value,
}

impl PageQuery {
    /// All of them, as asked at an instant on a day, over so many days up to it.
    pub fn all(now: DateTime<Utc>, today: NaiveDate, days: u64) -> Vec<Self> {
        let mut all = Vec::new();
        for (page, file, variables) in PAGES {
            let variables: Map<String, Value> = serde_json::from_str(variables).unwrap_or_default();
            for (name, document) in queries(file) {
                let mut variables = variables.get(&name).cloned().unwrap_or_else(|| json!({}));
                let max = MAX_DAYS.iter().find(|(of, _)| *of == name).map(|(_, max)| *max);
                fill_in(&mut variables, now, today, max.map_or(days, |max| days.min(max)));
                all.push(Self { page, name, document, variables });
            }
        }
        all
    }

    /// The body of a request.
    pub fn body(&self) -> Value {
        json!({
            "query": self.document, "operationName": self.name, "variables": self.variables,
        })
    }
}

/// The queries of a file by their names, in the order of these.
fn queries(file: &str) -> BTreeMap<String, String> {
    let documents = operations(file).unwrap_or_default();
    documents.into_iter().filter_map(|document| Some((query_name(&document)?, document))).collect()
}

/// The name of a document's only operation, if that is a query that a page asks by itself.
fn query_name(document: &str) -> Option<String> {
    let DocumentOperations::Multiple(operations) = parse_query(document).ok()?.operations else {
        return None;
    };
    let (name, operation) = operations.into_iter().next()?;
    let is_asked = operation.node.ty == OperationType::Query && !OF_ROWS.contains(&name.as_str());
    is_asked.then(|| name.to_string())
}

/// Puts dates and instants in the place of `{today-6d}` and `{now+1h}`, and `days` wherever a period
/// is asked for.
fn fill_in(value: &mut Value, now: DateTime<Utc>, today: NaiveDate, days: u64) {
    match value {
        Value::String(text) => {
            if let Some(filled) = filled(text, now, today, days) {
                *text = filled;
            }
        }
        Value::Array(values) => {
            for value in values {
                fill_in(value, now, today, days);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                if name.to_lowercase().ends_with("days") {
                    *value = days.into();
                } else {
                    fill_in(value, now, today, days);
                }
            }
        }
        _ => {}
    }
}

fn filled(text: &str, now: DateTime<Utc>, today: NaiveDate, days: u64) -> Option<String> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    if let Some(hours) = inner.strip_prefix("now") {
        let hours = hours.strip_suffix('h').unwrap_or("0").parse().ok()?;
        let at = now + TimeDelta::hours(hours);
        return Some(at.to_rfc3339_opts(SecondsFormat::Secs, true));
    }
    match inner.strip_prefix("today")? {
        "" => Some(today.to_string()),
        "-1d" => Some(today.checked_sub_days(Days::new(1))?.to_string()),
        // Wherever a period begins.
        _ => Some(today.checked_sub_days(Days::new(days.saturating_sub(1)))?.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_query_of_the_pages_has_its_variables_filled_in() {
        let now = "2026-03-10T04:00:00Z".parse().unwrap();
        let today: NaiveDate = "2026-03-10".parse().unwrap();
        let all = PageQuery::all(now, today, 30);
        let pages: std::collections::BTreeSet<_> = all.iter().map(|query| query.page).collect();
        assert_eq!(pages.len(), 4);
        let text = serde_json::to_string(&all.iter().map(PageQuery::body).collect::<Vec<_>>());
        assert!(!text.unwrap().contains("{today"), "{all:?}");
        let find = |name| &all.iter().find(|query| query.name == name).unwrap().variables;
        let period = json!({ "product": null, "from": "2026-02-09", "to": "2026-03-10" });
        assert_eq!(find("DashboardPeriod"), &period);
        assert_eq!(find("BillingUntil"), &json!({ "days": 30, "until": "2026-03-09" }));
        let pending = &find("AuditList")["filter"];
        assert_eq!(pending["to"], "2026-03-10T05:00:00Z");
        assert!(all.iter().all(|query| !OF_ROWS.contains(&query.name.as_str())));
    }
}
