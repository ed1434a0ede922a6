//! Events in, raw events out, and the books between.

use chrono::TimeDelta;
use deskpulse::auth::Role;
use serde_json::{Value, json};

use super::harness::{NOW, TestApp};

const TRACK: &str = "mutation ($input: [TrackEventInput!]!, $durability: Durability) {
    trackEvents(input: $input, durability: $durability) { id status reason }
}";
const EVENTS: &str = "query ($filter: EventFilter!, $first: Int, $after: String, $tenant: ID) {
    events(filter: $filter, first: $first, after: $after, tenantId: $tenant) {
        edges { cursor node { id name product sessionId data occurredAt receivedAt } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
}";
const STATUS: &str = "{ ingestStatus {
    accepted stored duplicate conflict rejected pending oldestPendingSeconds
} }";

fn page_view(id: &str) -> Value {
    json!({ "id": id, "name": "page.view", "product": "shop", "data": { "page": "/" } })
}

fn whole_day() -> Value {
    json!({ "from": "2026-03-09T16:00:00Z", "to": "2026-03-10T16:00:00Z" })
}

#[tokio::test]
async fn an_event_comes_back_as_it_was_sent() {
    let app = TestApp::spawn().await;
    let event = json!({
        "id": "e-1", "name": "page.view", "product": "shop", "sessionId": "s-1",
        "data": { "z": 1, "a": [true, null, "文"], "n": 1.5 },
        "occurredAt": "2026-03-10T11:59:00.123456+08:00",
    });
    let result = app
        .product()
        .data(
            "mutation ($input: TrackEventInput!) {
                trackEvent(input: $input, durability: STORED) { id status reason }
            }",
            json!({ "input": event }),
        )
        .await;
    assert_eq!(result["trackEvent"], json!({ "id": "e-1", "status": "ACCEPTED", "reason": null }));
    let page = app.viewer().data(EVENTS, json!({ "filter": whole_day() })).await;
    assert_eq!(
        page["events"]["edges"][0]["node"],
        json!({
            "id": "e-1", "name": "page.view", "product": "shop", "sessionId": "s-1",
            "data": { "z": 1, "a": [true, null, "文"], "n": 1.5 },
            "occurredAt": "2026-03-10T03:59:00.123456Z", "receivedAt": NOW,
        })
    );
}

#[tokio::test]
async fn a_buffered_event_is_stored_soon() {
    let app = TestApp::spawn().await;
    let results = app.product().data(TRACK, json!({ "input": [page_view("b")] })).await;
    assert_eq!(results["trackEvents"][0]["status"], "ACCEPTED");
    app.flushed("default").await;
    let page = app.viewer().data(EVENTS, json!({ "filter": whole_day() })).await;
    assert_eq!(page["events"]["edges"][0]["node"]["id"], "b");
}

#[tokio::test]
async fn a_retry_is_a_duplicate_and_another_body_a_conflict() {
    let app = TestApp::spawn().await;
    let product = app.product();
    let mut other = page_view("a");
    other["data"] = json!({ "page": "/other" });
    let mut later = page_view("a");
    later["occurredAt"] = json!("2026-03-01T00:00:00Z");
    let first = product.track(&[page_view("a"), page_view("a"), other.clone()]).await;
    let again = product.track(&[page_view("a"), other, later, page_view("b")]).await;
    assert_eq!(first, ["ACCEPTED", "DUPLICATE", "CONFLICT"]);
    assert_eq!(again, ["DUPLICATE", "CONFLICT", "DUPLICATE", "ACCEPTED"]);
    let books = app.viewer().ask(STATUS).await;
    assert_eq!(
        books["ingestStatus"],
        json!({
            "accepted": 7, "stored": 2, "duplicate": 3, "conflict": 2, "rejected": 0,
            "pending": 0, "oldestPendingSeconds": null,
        })
    );
}

#[tokio::test]
async fn a_bad_event_is_rejected_and_its_neighbours_are_stored() {
    let app = TestApp::spawn().await;
    let bad = [
        (json!({ "name": "x".repeat(51) }), "`name`"),
        (json!({ "name": "" }), "`name`"),
        (json!({ "id": "x".repeat(65) }), "`id`"),
        (json!({ "product": "x".repeat(31) }), "`product`"),
        (json!({ "sessionId": "x".repeat(65) }), "`sessionId`"),
        (json!({ "data": "x".repeat(65_536) }), "`data`"),
        (json!({ "data": { "a": "\u{0}" } }), "`data`"),
        (json!({ "occurredAt": "2026-03-10T04:06:00Z" }), "`occurredAt`"),
        (json!({ "occurredAt": "yesterday" }), "`occurredAt`"),
        (json!({ "name": "session.start" }), "`sessionId`"),
        (json!({ "name": "rating.submit", "data": { "score": 6 } }), "`data.score`"),
    ];
    let mut input = vec![page_view("first")];
    for (index, (change, _)) in bad.iter().enumerate() {
        let mut event = page_view(&format!("bad-{index}"));
        event.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        input.push(event);
    }
    input.push(page_view("last"));
    let variables = json!({ "input": input, "durability": "STORED" });
    let results = app.product().data(TRACK, variables).await;
    let results = results["trackEvents"].as_array().unwrap();
    assert_eq!(results[0]["status"], "ACCEPTED");
    assert_eq!(results.last().unwrap()["status"], "ACCEPTED");
    for (result, (_, field)) in results[1..].iter().zip(&bad) {
        assert_eq!(result["status"], "REJECTED");
        let reason = result["reason"].as_str().unwrap();
        assert!(reason.starts_with(field) && reason.contains("expected"), "{reason}");
    }
    let books = app.viewer().ask(STATUS).await;
    assert_eq!(books["ingestStatus"]["stored"], 2);
    assert_eq!(books["ingestStatus"]["rejected"], bad.len());
}

#[tokio::test]
async fn a_call_takes_between_one_and_a_thousand_events() {
    let app = TestApp::spawn().await;
    let product = app.product();
    for count in [0, 1_001] {
        let input: Vec<_> = (0..count).map(|index| page_view(&index.to_string())).collect();
        let (code, message) = product.refusal(TRACK, json!({ "input": input })).await;
        assert_eq!(code, "BAD_USER_INPUT");
        assert!(message.contains("input") && message.contains("1 to 1000"), "{message}");
    }
    let books = app.viewer().ask(STATUS).await;
    assert_eq!(books["ingestStatus"]["accepted"], 0);
}

#[tokio::test]
async fn unknown_fields_and_wrong_types_are_named() {
    let app = TestApp::spawn().await;
    for (event, word) in [
        (json!({ "name": "a", "product": "p", "colour": "red" }), "colour"),
        (json!({ "name": 5, "product": "p" }), "name"),
        (json!({ "product": "p" }), "name"),
        (json!({ "name": "a", "product": "p", "occurredAt": 5 }), "occurredAt"),
    ] {
        let (code, message) = app.product().refusal(TRACK, json!({ "input": [event] })).await;
        assert_eq!(code, "BAD_USER_INPUT", "{message}");
        assert!(message.contains(word), "{message}");
    }
}

#[tokio::test]
async fn events_are_paged_newest_first() {
    let app = TestApp::spawn().await;
    let events: Vec<_> = (0..7)
        .map(|index| {
            let mut event = page_view(&format!("e{index}"));
            // Pairs of equal instants, so that the id has to break ties.
            event["occurredAt"] = json!(format!("2026-03-10T03:00:0{}Z", index / 2));
            event
        })
        .collect();
    app.product().track(&events).await;
    let mut seen = Vec::new();
    let mut after = Value::Null;
    loop {
        let variables = json!({ "filter": whole_day(), "first": 3, "after": after });
        let page = app.viewer().data(EVENTS, variables).await["events"].clone();
        let edges = page["edges"].as_array().unwrap().clone();
        seen.extend(edges.iter().map(|edge| edge["node"]["id"].as_str().unwrap().to_owned()));
        assert_eq!(page["pageInfo"]["hasPreviousPage"], !after.is_null());
        assert_eq!(page["pageInfo"]["endCursor"], edges.last().unwrap()["cursor"]);
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(seen, ["e6", "e5", "e4", "e3", "e2", "e1", "e0"]);
}

#[tokio::test]
async fn events_are_filtered_by_name_product_and_session() {
    let app = TestApp::spawn().await;
    let mut other = json!({ "id": "o", "name": "page.leave", "product": "blog" });
    other["sessionId"] = json!("s");
    app.product().track(&[page_view("p"), other]).await;
    for (key, value) in [("name", "page.leave"), ("product", "blog"), ("sessionId", "s")] {
        let mut filter = whole_day();
        filter[key] = json!(value);
        let page = app.viewer().data(EVENTS, json!({ "filter": filter })).await;
        let edges = page["events"]["edges"].as_array().unwrap();
        assert_eq!((edges.len(), &edges[0]["node"]["id"]), (1, &json!("o")), "{key}");
    }
}

#[tokio::test]
async fn a_bad_page_of_events_is_refused_by_name() {
    let app = TestApp::spawn().await;
    let day = whole_day();
    let range = |from: &str, to: &str| json!({ "filter": { "from": from, "to": to } });
    for (variables, word) in [
        (json!({ "filter": day, "first": 0 }), "first"),
        (json!({ "filter": day, "first": 501 }), "first"),
        (json!({ "filter": day, "after": "!!" }), "after"),
        (range("2026-01-01T00:00:00Z", "2026-02-02T00:00:00Z"), "31 days"),
        (range("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"), "filter.to"),
    ] {
        let (code, message) = app.viewer().refusal(EVENTS, variables).await;
        assert_eq!(code, "BAD_USER_INPUT");
        assert!(message.contains(word), "{message}");
    }
}

#[tokio::test]
async fn roles_decide_who_sends_and_who_reads() {
    let app = TestApp::spawn().await;
    let event = json!({ "input": [page_view("a")] });
    for client in [app.viewer(), app.reviewer()] {
        assert_eq!(client.refusal(TRACK, event.clone()).await.0, "FORBIDDEN");
    }
    let filter = json!({ "filter": whole_day() });
    assert_eq!(app.product().refusal(EVENTS, filter.clone()).await.0, "FORBIDDEN");
    let nobody = app.nobody().send(EVENTS, filter).await;
    assert_eq!((nobody.status, nobody.codes()), (401, vec!["UNAUTHENTICATED"]));
}

#[tokio::test]
async fn another_tenant_s_events_are_out_of_reach() {
    let app = TestApp::spawn().await;
    app.product().track(&[page_view("mine")]).await;
    let stranger = app.caller("acme", Role::Viewer, "stan");
    let page = stranger.data(EVENTS, json!({ "filter": whole_day() })).await;
    assert_eq!(page["events"]["edges"], json!([]));
    for tenant in ["default", "nowhere"] {
        let variables = json!({ "filter": whole_day(), "tenant": tenant });
        assert_eq!(stranger.refusal(EVENTS, variables).await.0, "FORBIDDEN");
        let status = "query ($tenant: ID) { ingestStatus(tenantId: $tenant) { stored } }";
        let refusal = stranger.refusal(status, json!({ "tenant": tenant })).await;
        assert_eq!(refusal.0, "FORBIDDEN");
    }
    let variables = json!({ "filter": whole_day(), "tenant": "nowhere" });
    let (code, message) = app.operator().refusal(EVENTS, variables).await;
    assert_eq!((code.as_str(), message.as_str()), ("NOT_FOUND", "tenant `nowhere` not found"));
}

#[tokio::test]
async fn the_same_id_belongs_to_each_tenant_apart() {
    let app = TestApp::spawn().await;
    let acme = app.caller("acme", Role::Ingest, "bot");
    assert_eq!(app.product().track(&[page_view("same")]).await, ["ACCEPTED"]);
    assert_eq!(acme.track(&[page_view("same")]).await, ["ACCEPTED"]);
}

#[tokio::test]
async fn the_books_balance_over_a_restart() {
    let app = TestApp::spawn().await;
    let mut bad = page_view("bad");
    bad["name"] = json!("");
    app.product().track(&[page_view("a"), bad, page_view("a")]).await;
    let before = app.viewer().ask(STATUS).await;
    let app = app.restart().await;
    assert_eq!(app.viewer().ask(STATUS).await, before);
    assert_eq!(before["ingestStatus"]["accepted"], 3);
}

#[tokio::test]
async fn old_rows_of_the_books_are_merged_and_their_sums_stay() {
    let app = TestApp::spawn().await;
    for id in ["a", "b", "c"] {
        app.product().track(&[page_view(id)]).await;
    }
    app.advance(TimeDelta::days(2));
    let tenant = deskpulse::tenant::TenantId::new("default");
    for _ in 0..2 {
        app.app.services.tracker.compact_books(&tenant).await.unwrap();
    }
    assert_eq!(app.viewer().ask(STATUS).await["ingestStatus"]["stored"], 3);
}
