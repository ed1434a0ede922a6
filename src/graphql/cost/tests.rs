//! The prices against the schema, and the pages against the limit.

use async_graphql::parser::{parse_query, types::ExecutableDocument};
use serde_json::{Value as Json, json};

use super::*;
use crate::config::ServerConfig;

fn cost_of(document: &ExecutableDocument, name: Option<&str>, variables: Json) -> u64 {
    let mut operations = document.operations.iter();
    let found = operations.find(|(known, _)| name.is_none() || known.map(Name::as_str) == name);
    let plan = Plan::new(document, &found.unwrap().1.node);
    plan.cost(&Variables::from_json(variables))
}

fn cost(text: &str, variables: Json) -> u64 {
    cost_of(&parse_query(text).unwrap(), None, variables)
}

#[test]
fn every_list_has_a_price_and_every_price_its_field_and_argument() {
    let types = Types::of_schema();
    for (object, name, field) in types.fields().filter(|(_, _, field)| field.is_list()) {
        let is_scalar = types.fields().all(|(object, ..)| object != field.type_name());
        let is_priced = PRICES.iter().any(|(of, known, _)| *of == object && *known == name);
        assert!(is_priced || is_scalar, "{object}.{name} is a list without a price");
    }
    for (index, (object, name, price)) in PRICES.iter().enumerate() {
        let field = types.field(object, name);
        let field = field.unwrap_or_else(|| panic!("{object}.{name} is not in the schema"));
        let mut needed: Vec<&str> = match price.span {
            Span::None => vec![],
            Span::Range { .. } => vec!["from", "to"],
            Span::Back { .. } => vec!["days"],
        };
        match price.size {
            Size::Page { argument, .. } | Size::Given(argument) => needed.push(argument),
            Size::Figures => needed.extend(["ids", "grain", "by", "compare"]),
            Size::One | Size::About(_) | Size::EachDay => {}
        }
        for argument in needed {
            assert!(field.arguments.contains_key(argument), "{object}.{name} has no {argument}");
        }
        let is_again = |(of, known, _): &(&str, &str, Price)| of == object && known == name;
        assert!(!PRICES[index + 1..].iter().any(is_again), "{object}.{name} has two prices");
    }
}

#[test]
fn a_field_with_an_argument_that_makes_it_longer_has_a_price() {
    for (object, name, field) in Types::of_schema().fields() {
        let grows = ["first", "size", "days", "from"];
        let grows = grows.iter().any(|argument| field.arguments.contains_key(*argument));
        let is_priced = PRICES.iter().any(|(of, known, _)| *of == object && *known == name);
        assert!(!grows || is_priced, "{object}.{name} has no price");
    }
}

#[test]
fn a_page_costs_its_length_and_a_page_of_pages_their_product() {
    let sessions = "query($n: Int, $m: Int = 10) {sessions(first: $n) {edges {node {id \
                    events(first: $m) {edges {cursor}}}}}}";
    // Edge and cursor, for each event and once for itself.
    let events = |count: u64| READ + count * (1 + 2);
    let page = |rows: u64, count: u64| READ + rows * (1 + (1 + 1 + 1 + events(count)));
    for (variables, expected) in [
        (json!({ "n": 1, "m": 1 }), page(1, 1)),
        (json!({ "n": 500, "m": 500 }), page(500, 500)),
        (json!({ "n": 7 }), page(7, 10)),
        (json!({ "n": null, "m": null }), page(50, 100)),
        (json!({}), page(50, 10)),
        // The field refuses it, in better words.
        (json!({ "n": 2_000_000_000, "m": -3 }), page(500, 1)),
        (json!({ "n": "x", "m": 1 }), page(1, 1)),
    ] {
        assert_eq!(cost(sessions, variables.clone()), expected, "{variables}");
    }
    assert!(page(500, 500) > ServerConfig::default().max_cost);
}

#[test]
fn figures_cost_days_times_grain_times_groups_times_ids() {
    let metrics = "query($ids: [String!]!, $from: Date!, $to: Date!, $grain: Grain, \
                   $by: [Dimension!], $compare: Boolean) {metrics(ids: $ids, from: $from, to: $to, \
                   grain: $grain, by: $by, compare: $compare) {series {points {value}}}}";
    let ask = |ids: Json, to: &str, grain: Json, by: Json, compare: bool| {
        let asked = json!({
            "ids": ids, "from": "2026-01-01", "to": to, "grain": grain, "by": by,
            "compare": compare,
        });
        cost(metrics, asked)
    };
    let of = |days: u64, figures: u64| READ + days * 10 + figures * (1 + 3);
    let one = json!(["a"]);
    assert_eq!(ask(one.clone(), "2026-01-01", json!(null), json!(null), false), of(1, 1));
    assert_eq!(ask(one.clone(), "2026-01-31", json!("DAY"), json!([]), false), of(31, 31));
    assert_eq!(ask(one.clone(), "2026-01-31", json!("HOUR"), json!(null), false), of(31, 744));
    assert_eq!(ask(one.clone(), "2026-01-28", json!("WEEK"), json!(null), false), of(28, 5));
    assert_eq!(ask(json!(["a", "b"]), "2026-01-02", json!(null), json!(["X"]), true), of(2, 88));
    assert_eq!(ask(json!("a"), "2026-01-01", json!(null), json!(["X", "Y"]), false), of(1, 22));
    assert_eq!(ask(one, "2025-01-01", json!(null), json!(null), false), of(1, 1));
    let written = r#"{metrics(ids: ["a", "b"], from: "2026-01-01", to: "2026-01-03", grain: HOUR)
                     {series {points {value}}}}"#;
    assert_eq!(cost(written, json!({})), of(3, 144));
}

#[test]
fn what_depends_on_no_variable_is_added_up_once() {
    let text = "query($n: Int) {a: sessions(first: 3) {edges {cursor}} ...F ...F realtime \
                {overview {version}}} fragment F on Query {events(first: $n) {edges {cursor}}}";
    let document = parse_query(text).unwrap();
    let (_, operation) = document.operations.iter().next().unwrap();
    let plan = Plan::new(&document, &operation.node);
    assert_eq!(plan.cost.open.len(), 2);
    // `realtime` is at the root, `overview` reads the floor.
    let known = (READ + 3 * 3) + (READ + 1 + (READ + 1 + 1));
    assert_eq!(plan.cost.known, known);
    let two = plan.cost(&Variables::from_json(json!({ "n": 2 })));
    assert_eq!(two, known + 2 * (READ + 2 * 3));
}

#[test]
fn what_is_unknown_is_left_to_the_engine() {
    for text in ["{nothing {of {this}}}", "{...F}", "{... on Nothing {a(first: 500) {b}}}"] {
        assert!(cost(text, json!({})) < 10, "{text}");
    }
}

#[test]
fn a_list_in_the_document_is_seen_wherever_it_stands() {
    let text = "{metrics(ids: [\"a\"], filter: {channels: [null, [\"a\", \"b\", \"c\"]]}) {asOf}}";
    let document = parse_query(text).unwrap();
    let (_, operation) = document.operations.iter().next().unwrap();
    assert_eq!(Plan::new(&document, &operation.node).longest_list(), 3);
}

/// Fills in what the page fills in.
fn filled(values: &Json) -> Json {
    let text = values.to_string();
    let mut filled = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("{today") {
        let (days, after) = after.split_once('}').unwrap();
        let back = days.trim_start_matches('-').trim_end_matches('d').parse().unwrap_or(0);
        let day = chrono::NaiveDate::from_ymd_opt(2026, 3, 10).unwrap();
        let day = day - chrono::TimeDelta::days(back);
        filled.push_str(before);
        filled.push_str(&day.to_string());
        rest = after;
    }
    filled.push_str(rest);
    serde_json::from_str(&filled).unwrap()
}

macro_rules! page {
    ($name:literal) => {
        (
            $name,
            include_str!(concat!("../../../playground/src/queries/", $name, ".graphql")),
            include_str!(concat!("../../../playground/src/queries/", $name, ".variables.json")),
        )
    };
}

#[test]
fn the_pages_stay_far_below_the_limit() {
    let most = ServerConfig::default().max_cost;
    let mut dearest = 0;
    for (page, text, variables) in [
        page!("dashboard"),
        page!("monitoring"),
        page!("quality-audit"),
        page!("billing-portal"),
        page!("live"),
        page!("tracker"),
        page!("viewer"),
    ] {
        let document = parse_query(text).unwrap();
        let variables: Json = serde_json::from_str(variables).unwrap();
        for (name, _) in document.operations.iter() {
            let name = name.unwrap().as_str();
            let given = variables.get(name).map(filled).unwrap_or_default();
            let cost = cost_of(&document, Some(name), given);
            assert!(cost > 0 && cost * 10 < most, "{page} {name} costs {cost}");
            dearest = dearest.max(cost);
        }
    }
    assert!(dearest > 1_000, "{dearest}");
}
