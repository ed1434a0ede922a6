//! What it costs to say no: less than a millisecond.
//!
//! Without the network: from a document's text to its refusal, the largest that each limit lets through
//! to the next.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use async_graphql::{
    Variables,
    parser::{
        parse_query,
        types::{ExecutableDocument, OperationDefinition},
    },
};
use deskpulse::{
    config::ServerConfig,
    error::Result,
    graphql::{cost, guard, lists, tokens},
};
use serde_json::json;

const BOUND: Duration = Duration::from_millis(1);
const RUNS: usize = 201;

/// What the service does with a document that it sees for the first time, up to its refusal.
fn refuse(text: &str, limits: &ServerConfig, values: &Variables) -> Option<String> {
    if text.len() > limits.max_document_bytes {
        return Some("bytes".to_owned());
    }
    let measure = tokens::measure(text);
    if measure.tokens > limits.max_document_tokens {
        return Some("tokens".to_owned());
    }
    if measure.nesting > tokens::MAX_BRACKETS {
        return Some("brackets".to_owned());
    }
    let document = match parse_query(text) {
        Ok(document) => document,
        Err(error) => return Some(error.to_string()),
    };
    check(&document, limits, values).err().map(|error| error.to_string())
}

fn check(document: &ExecutableDocument, limits: &ServerConfig, values: &Variables) -> Result<()> {
    let (_, operation) = document.operations.iter().next().expect("an operation");
    let operation: &OperationDefinition = &operation.node;
    guard::check(document, operation, limits)?;
    let plan = cost::Plan::new(document, operation);
    lists::check(plan.variables(), values, limits.max_list_items)?;
    plan.check(values, limits.max_cost).map(|_| ())
}

/// The least of some runs, of which each must end with this refusal: what else the machine does only adds.
fn least(name: &str, expected: &str, mut run: impl FnMut() -> Option<String>) -> Duration {
    let took = (0..RUNS)
        .map(|_| {
            let begun = Instant::now();
            let refused = run();
            let took = begun.elapsed();
            let refused = refused.unwrap_or_else(|| panic!("{name} is not refused"));
            assert!(refused.contains(expected), "{name}: {refused}");
            took
        })
        .min()
        .unwrap_or_default();
    eprintln!("{name}: {:.3} ms", took.as_secs_f64() * 1_000.0);
    took
}

fn doubling() -> String {
    let mut document = "{...a0}".to_owned();
    for index in 0..40 {
        let next = index + 1;
        write!(document, "fragment a{index} on Q{{...a{next} ...a{next}}}").expect("a text");
    }
    document + "fragment a40 on Q{a}"
}

#[test]
fn a_document_over_a_limit_is_refused_within_a_millisecond() {
    let (limits, nothing) = (ServerConfig::default(), Variables::default());
    let deep = format!("{}{}", "{a".repeat(150), "}".repeat(150));
    let pages = "{sessions(first:500){edges{node{id events(first:500){edges{node{id}}}}}}}";
    for (name, document, expected) in [
        ("64 KiB of tokens", format!("{{{}}}", "a ".repeat(32_000)), "tokens"),
        ("64 KiB of signs", "{".repeat(65_000), "tokens"),
        ("bytes", "a".repeat(70_000), "bytes"),
        ("aliases", format!("{{{}}}", "a:b ".repeat(160)), "aliases"),
        ("fields at the root", format!("{{{}}}", "a ".repeat(490)), "at the root"),
        ("directives", format!("{{a {}}}", "@a ".repeat(240)), "directives"),
        ("depth", deep, "brackets"),
        ("doubling fragments", doubling(), "selections and fragments"),
        ("circular fragments", "{...a} fragment a on Q{...a}".to_owned(), "spreads itself"),
        ("cost", pages.to_owned(), "cost"),
    ] {
        let took = least(name, expected, || refuse(&document, &limits, &nothing));
        assert!(took < BOUND, "{name}: {took:?}");
    }
}

#[test]
fn lists_and_values_over_a_limit_are_refused_within_a_millisecond() {
    let limits = ServerConfig::default();
    let document = "query($ids: [String!]!) {metrics(ids: $ids, from: \"2026-01-01\", \
                    to: \"2026-01-02\") {asOf}}";
    let document = parse_query(document).expect("a document");
    let values = Variables::from_json(json!({ "ids": vec!["a"; 10_001] }));
    let took = least("a list of 10,001", "a list of 10001 items", || {
        check(&document, &limits, &values).err().map(|error| error.to_string())
    });
    assert!(took < BOUND, "{took:?}");
    // The count is paid for each byte, as the reading of the body before it: it is told for a mebibyte.
    let body = format!("[{}1]", "1,".repeat(524_000));
    let took = least("1 MiB of values", "values", || {
        let most = limits.max_variable_values;
        lists::check_values("variables", &body, most).err().map(|error| error.to_string())
    });
    assert!(took < BOUND, "{took:?}");
}
