//! Errors by the letter of the specification, through the whole service.

use std::{fmt::Write as _, time::Instant};

use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::harness::TestApp;

/// What GraphiQL asks first.
const INTROSPECTION: &str = include_str!("../../src/graphql/introspection.graphql");

fn paths(body: &Value) -> Vec<Value> {
    let errors = body["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    errors.iter().map(|error| error["path"].clone()).collect()
}

#[tokio::test]
async fn an_error_in_a_nullable_field_makes_that_field_null() {
    let app = TestApp::spawn().await;
    let query = "{ quality { __typename audit(id: \"QA-001\") { id } } ingestStatus { accepted } }";
    let answer = app.product().send(query, json!({})).await;
    assert_eq!((answer.status, answer.codes()), (200, vec!["FORBIDDEN"]));
    assert_eq!(
        answer.body["data"],
        json!({
            "quality": { "__typename": "Quality", "audit": null },
            "ingestStatus": { "accepted": 0 },
        })
    );
    assert_eq!(
        answer.body["errors"],
        json!([{
            "message": "not allowed to read audits", "locations": [{ "line": 1, "column": 24 }],
            "path": ["quality", "audit"], "extensions": { "code": "FORBIDDEN" },
        }])
    );
}

#[tokio::test]
async fn an_error_in_a_non_null_field_makes_all_above_it_null() {
    let app = TestApp::spawn().await;
    let query = "{ ingestStatus { accepted } mine: quality { sum: summary { passRate } } }";
    let answer = app.product().send(query, json!({})).await;
    assert_eq!((answer.status, answer.codes()), (200, vec!["FORBIDDEN"]));
    assert_eq!(answer.body.as_object().unwrap().get("data"), Some(&Value::Null));
    assert_eq!(paths(&answer.body), [json!(["mine", "sum"])]);
}

#[tokio::test]
async fn an_error_in_a_list_stays_in_its_element_and_shows_no_cause() {
    let app = TestApp::spawn().await;
    let create = "mutation { createAudit(input: {
        sessionId: \"s\", agentId: \"li\", score: 9, auditType: AUTO
    }) { id } }";
    app.product().ask(create).await;
    app.product().ask(&create.replace("agentId: \"li\", ", "")).await;
    let pool = app.app.services.db.pool();
    pool.execute_unprepared("DROP TABLE analytics_agents").await.unwrap();
    let query = "{ quality { records { items { id agent } } } }";
    let answer = app.viewer().send(query, json!({})).await;
    assert_eq!(
        answer.body["data"]["quality"]["records"]["items"],
        json!([{ "id": "QA-002", "agent": null }, { "id": "QA-001", "agent": null }])
    );
    let error = &answer.body["errors"][0];
    assert_eq!(paths(&answer.body), [json!(["quality", "records", "items", 1, "agent"])]);
    assert_eq!(
        (&error["message"], answer.codes()),
        (&json!("internal error"), vec!["INTERNAL_SERVER_ERROR"])
    );
}

#[tokio::test]
async fn of_several_mutations_one_error_makes_all_null_and_what_ran_stays() {
    let app = TestApp::spawn().await;
    let query = "mutation {
        good: recordTokenUsage(input: { tokens: 1 }) { recorded }
        bad: recordTokenUsage(input: { tokens: -1 }) { recorded }
    }";
    let answer = app.product().send(query, json!({})).await;
    assert_eq!(answer.body.as_object().unwrap().get("data"), Some(&Value::Null));
    assert_eq!(paths(&answer.body), [json!(["bad"])]);
    let usage = app.viewer().ask("{ billing { usage { tokensUsed } } }").await;
    assert_eq!(usage["billing"]["usage"]["tokensUsed"], 1);
}

#[tokio::test]
async fn keys_come_in_the_order_of_the_query() {
    let app = TestApp::spawn().await;
    let query = "query {
        zebra: billing { quota { tokensUsed plan } ...More }
        apple: billing { daily(days: 1) { totalApiCalls date total: totalTokens } }
        quality { summary { pendingReview } }
        stats { trend(days: 1) { sessions name date } }
        quality { summary { auditedCount pendingReview } audit(id: \"QA-9\") { id } }
        __typename
    }
    fragment More on Billing { usage { resetDate tokensUsed } quota { tokensTotal } }";
    let answer = app.viewer().send(query, json!({})).await;
    assert_eq!(
        answer.body["data"].to_string(),
        "{\"zebra\":{\"quota\":{\"tokensUsed\":0,\"plan\":\"standard\",\"tokensTotal\":100000000},\
         \"usage\":{\"resetDate\":\"2026-04-01\",\"tokensUsed\":0}},\
         \"apple\":{\"daily\":[{\"totalApiCalls\":0,\"date\":\"2026-03-10\",\"total\":0}]},\
         \"quality\":{\"summary\":{\"pendingReview\":0,\"auditedCount\":0},\"audit\":null},\
         \"stats\":{\"trend\":[{\"sessions\":0,\"name\":\"周二\",\"date\":\"2026-03-10\"}]},\
         \"__typename\":\"Query\"}"
    );
}

#[tokio::test]
async fn what_the_schema_does_not_know_is_refused_before_anything_runs() {
    let app = TestApp::spawn().await;
    for (query, variables, expected) in [
        ("{ colour }", json!({}), "Unknown field \"colour\" on type \"Query\""),
        ("{ quality { summary } }", json!({}), "Field \"summary\" of type \"QualitySummary\" must"),
        (
            "{ quality(colour: 1) { __typename } }",
            json!({}),
            "Unknown argument \"colour\" on field",
        ),
        ("{ stats { trend(days: \"7\") { date } } }", json!({}), "`days` is \"7\", expected Int"),
        ("{ quality { audit { id } } }", json!({}), "Field \"audit\" argument \"id\" of type "),
        (
            "query ($days: Int) { stats { trend(days: $days) { date } } }",
            json!({ "days": "7" }),
            "`days` is \"7\", expected Int",
        ),
        (
            "query ($id: ID!) { quality { audit(id: $id) { id } } }",
            json!({}),
            "`variables.id` is missing, expected ID!",
        ),
        ("{ ...Gone }", json!({}), "Unknown fragment: \"Gone\""),
        ("{ quality", json!({}), "`query` is not a GraphQL document at line 1 column 10"),
        ("", json!({}), "`query` is "),
    ] {
        let answer = app.viewer().send(query, variables).await;
        let message = answer.body["errors"][0]["message"].as_str().unwrap_or_default();
        assert!(message.starts_with(expected), "{query}: {message}");
        assert_eq!((answer.status, answer.codes()[0]), (400, "BAD_USER_INPUT"), "{query}");
        assert_eq!(answer.body.get("data"), None, "{query}");
    }
}

#[tokio::test]
async fn of_several_operations_the_named_one_runs() {
    let app = TestApp::spawn().await;
    let query = "query A { a: __typename } query B { b: __typename }";
    let body = |name: Value| json!({ "query": query, "operationName": name });
    let chosen = app.viewer().post(&body(json!("B"))).await;
    assert_eq!(chosen.body, json!({ "data": { "b": "Query" } }));
    for (name, expected) in [
        (
            Value::Null,
            "`operationName` is missing, expected the name of an operation in the document (A, B)",
        ),
        (
            json!("C"),
            "`operationName` is \"C\", expected the name of an operation in the document (A, B)",
        ),
    ] {
        let answer = app.viewer().post(&body(name)).await;
        assert_eq!((answer.status, answer.codes()), (400, vec!["BAD_USER_INPUT"]));
        assert_eq!(answer.body["errors"][0]["message"], expected);
    }
}

#[tokio::test]
async fn graphiql_can_read_the_schema() {
    let app = TestApp::spawn().await;
    let schema = app.viewer().ask(INTROSPECTION).await;
    let names: Vec<_> = ["queryType", "mutationType", "subscriptionType"]
        .map(|root| &schema["__schema"][root]["name"])
        .to_vec();
    assert_eq!(names, ["Query", "Mutation", "Subscription"]);
}

#[tokio::test]
async fn a_bomb_of_fragments_is_refused_at_once() {
    let app = TestApp::spawn().await;
    let mut bomb = "{ ...F0 }".to_owned();
    for index in 0..30 {
        let next = index + 1;
        write!(bomb, " fragment F{index} on Query {{ ...F{next} ...F{next} }}").unwrap();
    }
    bomb.push_str(" fragment F30 on Query { __typename }");
    let started = Instant::now();
    let answer = app.viewer().send(&bomb, json!({})).await;
    // Executed, it would be a billion fields.
    assert!(started.elapsed().as_secs() < 2, "{:?}", started.elapsed());
    assert_eq!((answer.status, answer.codes()), (400, vec!["BAD_USER_INPUT"]), "{}", answer.body);
}

#[tokio::test]
async fn an_operation_over_a_limit_learns_the_limit_and_its_own_value() {
    let app = TestApp::spawn().await;
    let nested = |levels: usize| {
        let inner = "{ ofType ".repeat(levels - 4);
        let end = "{ name }".to_owned() + &" }".repeat(levels - 4);
        format!("{{ __schema {{ types {{ fields {{ type {inner}{end} }} }} }} }}")
    };
    let aliases: String = (0..101).fold(String::new(), |mut text, index| {
        write!(text, "a{index}: __typename ").unwrap();
        text
    });
    for (query, expected) in [
        (nested(21), "levels of fields, expected at most 20"),
        (
            format!("{{ quality {{ {aliases} }} }}"),
            "a document with 101 aliases, expected at most 100",
        ),
        (
            format!("{{ {} }}", "__typename ".repeat(101)),
            "a document with 101 fields at the root, expected at most 100",
        ),
        (format!("{{ __typename # {} \n }}", "x".repeat(70_000)), "bytes, expected at most 65536"),
    ] {
        let answer = app.viewer().send(&query, json!({})).await;
        let message = answer.body["errors"][0]["message"].as_str().unwrap_or_default();
        assert!(message.starts_with("`query` is ") && message.ends_with(expected), "{message}");
        assert_eq!((answer.status, answer.codes()), (400, vec!["BAD_USER_INPUT"]));
    }
}

#[tokio::test]
async fn text_that_no_database_keeps_is_refused_or_finds_nothing() {
    let app = TestApp::spawn().await;
    let range = "from: \"2026-03-10T00:00:00Z\" to: \"2026-03-11T00:00:00Z\"";
    let queries = [
        "{ stats(product: \"\\u0000\") { today { totalSessions } trend { sessions } } }".to_owned(),
        format!("{{ events(filter: {{ {range} name: \"\\u0000\" }}) {{ edges {{ cursor }} }} }}"),
        format!(
            "{{ events(filter: {{ {range} product: \"\\u0000\" }}) {{ edges {{ cursor }} }} }}"
        ),
        format!(
            "{{ events(filter: {{ {range} sessionId: \"\\u0000\" }}) {{ edges {{ cursor }} }} }}"
        ),
        // A cursor of a real instant and an id of one NUL: `1773115200000000/\0`.
        format!(
            "{{ events(filter: {{ {range} }} after: \"MTc3MzExNTIwMDAwMDAwMC8A\") {{ edges {{ cursor }} }} }}"
        ),
        "{ quality { audits(filter: { agentId: \"\\u0000\" }) { edges { cursor } } } }".to_owned(),
        "{ realtime(tenantId: \"\\u0000\") { overview { version } } }".to_owned(),
    ];
    for query in queries {
        let answer = app.operator().send(&query, json!({})).await;
        let codes = answer.codes();
        let fine = codes.is_empty() || ["BAD_USER_INPUT", "NOT_FOUND"].contains(&codes[0]);
        assert!(fine, "{query}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_refused_name_is_not_repeated_at_length() {
    let app = TestApp::spawn().await;
    let name = "x".repeat(20_000);
    let query = "query ($tenant: ID!) { quality(tenantId: $tenant) { __typename } }";
    for client in [app.viewer(), app.operator()] {
        let (code, message) = client.refusal(query, json!({ "tenant": name })).await;
        assert!(message.len() < 200, "{code}: {} bytes", message.len());
    }
}
