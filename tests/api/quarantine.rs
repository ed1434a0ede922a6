//! What could not be stored, and what operators do about it.

use chrono::TimeDelta;
use deskpulse::{auth::Role, tracker::quarantine};
use redis::AsyncCommands as _;
use sea_orm::{ConnectionTrait as _, DbBackend};
use serde_json::{Value, json};

use crate::harness::{AnyRedis, Client, TestApp, eventually};

const LIST: &str = "query ($tenant: ID, $product: String, $first: Int, $after: String) {
    quarantine(tenantId: $tenant, product: $product, first: $first, after: $after) {
        edges { node {
            id product eventId payload payloadCut reason origin receivedAt quarantinedAt
        } }
        pageInfo { hasNextPage endCursor }
    }
}";
const REPLAY: &str = "mutation ($input: ReplayQuarantineInput!) {
    replayQuarantine(input: $input) { accepted kept }
}";
const DROP: &str = "mutation ($input: DropQuarantineInput!) {
    dropQuarantine(input: $input) { dropped }
}";
const BOOKS: &str = "{ ingestStatus { accepted stored duplicate conflict rejected pending } }";

async fn rows(client: &Client, variables: Value) -> Vec<Value> {
    let page = client.data(LIST, variables).await;
    let edges = page["quarantine"]["edges"].as_array().expect("edges").clone();
    edges.into_iter().map(|edge| edge["node"].clone()).collect()
}

/// The rows, once there are so many.
async fn rows_once(app: &TestApp, tenant: &str, count: usize) -> Vec<Value> {
    eventually("rows in the quarantine", async || {
        let rows = rows(&app.operator(), json!({ "tenant": tenant })).await;
        (rows.len() == count).then_some(rows)
    })
    .await
}

async fn replay(client: &Client, input: Value) -> Value {
    client.data(REPLAY, json!({ "input": input })).await["replayQuarantine"].clone()
}

async fn drop_rows(client: &Client, input: Value) -> Value {
    client.data(DROP, json!({ "input": input })).await["dropQuarantine"]["dropped"].clone()
}

/// Pushes into the list of a tenant, as products do.
async fn push(app: &TestApp, redis: &AnyRedis, tenant: &str, elements: &[&[u8]]) {
    let prefix = app.prefix();
    let list = match tenant {
        "default" => format!("{prefix}:event_buffer"),
        other => format!("{prefix}:{{{other}}}:event_buffer"),
    };
    let mut connection = redis.connect().await;
    for element in elements {
        let _: i64 = connection.lpush(&list, *element).await.expect("a push");
    }
}

fn element(id: &str, product: &str, created_at: &str) -> Vec<u8> {
    let event = json!({
        "event_id": id, "event_name": "page.view", "event_data": { "page": "/" },
        "product": product, "created_at": created_at,
    });
    event.to_string().into()
}

/// Eleven minutes after the present of the tests, which no event may name.
const AHEAD: &str = "2026-03-10T04:11:00";

#[tokio::test]
async fn garbage_in_the_buffer_is_kept_as_it_came_with_the_reason() {
    let redis = AnyRedis::start().await;
    let app = TestApp::spawn_on(&redis).await;
    let long = format!("{{\"event_name\":\"{}\"}}", "x".repeat(100_000));
    let garbage: [&[u8]; 5] =
        [b"garbage", b"garbage", b"\xff\x00{", long.as_bytes(), &element("e1", "bot", AHEAD)];
    push(&app, &redis, "default", &garbage).await;
    let rows = rows_once(&app, "default", 5).await;
    let find = |start: &str| -> Vec<&Value> {
        let starts = |row: &&Value| row["payload"].as_str().unwrap().starts_with(start);
        rows.iter().filter(starts).collect()
    };
    let twins = find("garbage");
    assert_eq!(twins.len(), 2);
    assert_ne!(twins[0]["id"], twins[1]["id"]);
    assert_eq!(
        (&twins[0]["origin"], &twins[0]["product"], &twins[0]["eventId"], &twins[0]["payloadCut"]),
        (&json!("BUFFER"), &json!(""), &Value::Null, &json!(false))
    );
    let reason = twins[0]["reason"].as_str().unwrap();
    assert!(reason.starts_with("not an event in JSON: "), "{reason}");
    assert_eq!(find("\\xff\\u0000{").len(), 1, "{rows:?}");
    let cut = find("{\"event_name\":\"xxx")[0];
    assert_eq!(
        (&cut["payloadCut"], cut["payload"].as_str().unwrap().len()),
        (&json!(true), 73_728)
    );
    let ahead = find("{\"event_id\":\"e1\"")[0];
    assert_eq!((&ahead["eventId"], &ahead["product"]), (&json!("e1"), &json!("bot")));
    let reason = ahead["reason"].as_str().unwrap();
    assert!(reason.starts_with("`occurredAt` is 2026-03-10T04:11:00Z"), "{reason}");
    let books = app.viewer().ask(BOOKS).await["ingestStatus"].clone();
    assert_eq!((&books["accepted"], &books["rejected"]), (&json!(5), &json!(5)), "{books}");
}

#[tokio::test]
async fn what_is_accepted_on_a_replay_leaves_and_the_rest_stays_with_the_new_reason() {
    let redis = AnyRedis::start().await;
    let app = TestApp::spawn_on(&redis).await;
    let foreign = json!({
        "event_name": "session.start", "event_data": {}, "product": "bot", "tenant_id": "acme",
    })
    .to_string();
    let elements: [&[u8]; 5] = [
        &element("good", "bot", AHEAD),
        &element("taken", "bot", AHEAD),
        &element("other", "shop", AHEAD),
        b"garbage",
        foreign.as_bytes(),
    ];
    push(&app, &redis, "default", &elements).await;
    rows_once(&app, "default", 5).await;
    let known = json!({ "id": "taken", "name": "page.view", "product": "bot", "data": { "a": 1 } });
    app.product().track(&[known]).await;
    app.advance(TimeDelta::minutes(10));
    let operator = app.operator();
    assert_eq!(
        replay(&operator, json!({ "product": "bot" })).await,
        json!({ "accepted": 1, "kept": 2 })
    );
    let left = rows(&operator, json!({ "product": "bot" })).await;
    let reasons: Vec<_> = left.iter().map(|row| row["reason"].as_str().unwrap()).collect();
    let expected = ["`tenant_id` is \"acme\"", "this id is stored with another body"];
    for expected in expected {
        assert!(reasons.iter().any(|reason| reason.starts_with(expected)), "{reasons:?}");
    }
    let listed = app
        .viewer()
        .ask(
            "{ events(filter: { from: \"2026-03-10T00:00:00Z\", to: \"2026-03-11T00:00:00Z\" }) {
                edges { node { id occurredAt receivedAt } }
            } }",
        )
        .await;
    let good = json!({
        "id": "good", "occurredAt": "2026-03-10T04:11:00Z", "receivedAt": "2026-03-10T04:10:00Z",
    });
    let edges = listed["events"]["edges"].as_array().unwrap();
    assert!(edges.iter().any(|edge| edge["node"] == good), "{edges:?}");
    // The id of a row as `quarantine` shows it; one that is gone is passed over.
    let other = rows(&operator, json!({ "product": "shop" })).await[0]["id"].clone();
    let ids = json!({ "ids": [other, other, "00000000-0000-0000-0000-000000000000"] });
    assert_eq!(replay(&operator, ids.clone()).await, json!({ "accepted": 1, "kept": 0 }));
    assert_eq!(replay(&operator, ids).await, json!({ "accepted": 0, "kept": 0 }));
    // Garbage was no arrival of an event the second time; all others were.
    assert_eq!(
        replay(&operator, json!({ "product": "" })).await,
        json!({ "accepted": 0, "kept": 1 })
    );
    let books = app.viewer().ask(BOOKS).await["ingestStatus"].clone();
    assert_eq!(
        books,
        json!({
            "accepted": 9, "stored": 3, "duplicate": 0, "conflict": 1, "rejected": 5, "pending": 0,
        })
    );
}

/// Lets the database refuse events of the name `poison`.
async fn poison(app: &TestApp) {
    let db = &app.app.services.db;
    let sql = match db.backend() {
        DbBackend::Postgres => {
            "ALTER TABLE analytics_events ADD CONSTRAINT poison CHECK (event_name <> 'poison')"
        }
        _ => {
            "CREATE TRIGGER poison BEFORE INSERT ON analytics_events
             WHEN NEW.event_name = 'poison' BEGIN SELECT RAISE(ABORT, 'poison'); END"
        }
    };
    db.pool().execute_unprepared(sql).await.expect("a constraint");
}

async fn cure(app: &TestApp) {
    let db = &app.app.services.db;
    let sql = match db.backend() {
        DbBackend::Postgres => "ALTER TABLE analytics_events DROP CONSTRAINT poison",
        _ => "DROP TRIGGER poison",
    };
    db.pool().execute_unprepared(sql).await.expect("no constraint");
}

#[tokio::test]
async fn an_event_that_the_database_refuses_is_kept_once_until_it_is_taken() {
    let app = TestApp::spawn().await;
    poison(&app).await;
    let event =
        |id: &str, name: &str| json!({ "id": id, "name": name, "product": "bot", "data": {} });
    let events = [event("a", "page.view"), event("b", "poison"), event("c", "page.view")];
    assert_eq!(app.product().track(&events).await, ["ACCEPTED", "REJECTED", "ACCEPTED"]);
    assert_eq!(app.product().track(&events).await, ["DUPLICATE", "REJECTED", "DUPLICATE"]);
    let operator = app.operator();
    for _ in 0..2 {
        let rows = rows(&operator, json!({})).await;
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert_eq!((&rows[0]["eventId"], &rows[0]["origin"]), (&json!("b"), &json!("DATABASE")));
        let reason = rows[0]["reason"].as_str().unwrap();
        assert!(reason.starts_with("the database refused it: "), "{reason}");
        assert!(reason.contains("poison"), "{reason}");
        let kept = json!({ "accepted": 0, "kept": 1 });
        assert_eq!(replay(&operator, json!({ "product": "bot" })).await, kept);
    }
    cure(&app).await;
    let taken = json!({ "accepted": 1, "kept": 0 });
    assert_eq!(replay(&operator, json!({ "product": "bot" })).await, taken);
    assert_eq!(rows(&operator, json!({})).await, Vec::<Value>::new());
    assert_eq!(app.product().track(&events[1..2]).await, ["DUPLICATE"]);
}

#[tokio::test]
async fn the_quarantine_of_a_tenant_is_its_own() {
    let redis = AnyRedis::start().await;
    let app = TestApp::spawn_on(&redis).await;
    push(&app, &redis, "acme", &[b"garbage"]).await;
    let foreign = rows_once(&app, "acme", 1).await[0]["id"].clone();
    let operator = app.operator();
    assert_eq!(rows(&operator, json!({})).await, Vec::<Value>::new());
    // Neither by id nor by product.
    for input in [json!({ "ids": [foreign] }), json!({ "product": "" })] {
        assert_eq!(drop_rows(&operator, input.clone()).await, 0);
        assert_eq!(replay(&operator, input).await, json!({ "accepted": 0, "kept": 0 }));
    }
    assert_eq!(rows_once(&app, "acme", 1).await[0]["id"], foreign);
    let viewer = app.caller("acme", Role::Viewer, "vera");
    for (query, input) in [(REPLAY, json!({ "ids": [foreign] })), (DROP, json!({ "product": "" }))]
    {
        let mut named = input.clone();
        named["tenantId"] = json!("acme");
        assert_eq!(viewer.refusal(query, json!({ "input": input })).await.0, "FORBIDDEN");
        let refusal = app.viewer().refusal(query, json!({ "input": named })).await;
        assert_eq!(refusal.0, "FORBIDDEN");
    }
    let input = json!({ "tenantId": "acme", "ids": [foreign] });
    assert_eq!(drop_rows(&operator, input).await, 1);
    rows_once(&app, "acme", 0).await;
}

#[tokio::test]
async fn pages_go_from_the_newest_to_the_oldest() {
    let redis = AnyRedis::start().await;
    let app = TestApp::spawn_on(&redis).await;
    for (count, text) in [(1, "first"), (2, "second"), (3, "third")] {
        push(&app, &redis, "default", &[text.as_bytes()]).await;
        rows_once(&app, "default", count).await;
        app.advance(TimeDelta::seconds(1));
    }
    let (operator, mut after, mut seen) = (app.operator(), Value::Null, Vec::new());
    loop {
        let page = operator.data(LIST, json!({ "first": 2, "after": after })).await;
        let page = &page["quarantine"];
        let nodes = page["edges"].as_array().unwrap();
        seen.extend(nodes.iter().map(|edge| edge["node"]["payload"].as_str().unwrap().to_owned()));
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(seen, ["third", "second", "first"]);
    for (variables, expected) in [
        (json!({ "first": 501 }), "`first` is 501, expected 1 to 500"),
        (json!({ "after": "x" }), "`after` is \"x\", expected a cursor of an earlier page"),
        (json!({ "product": "\0" }), "`product` is \"\\0\", expected "),
    ] {
        let (code, message) = operator.refusal(LIST, variables).await;
        assert!(code == "BAD_USER_INPUT" && message.starts_with(expected), "{code}: {message}");
    }
}

#[tokio::test]
async fn what_is_old_enough_is_purged() {
    let redis = AnyRedis::start().await;
    let app = TestApp::spawn_on(&redis).await;
    push(&app, &redis, "default", &[b"old"]).await;
    rows_once(&app, "default", 1).await;
    app.advance(TimeDelta::days(1));
    push(&app, &redis, "acme", &[b"new"]).await;
    rows_once(&app, "acme", 1).await;
    let transaction = app.app.services.db.write().await.unwrap();
    let before = crate::harness::NOW.parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    let before = before + TimeDelta::hours(1);
    assert_eq!(quarantine::purge(&*transaction, before).await.unwrap(), 1);
    transaction.commit().await.unwrap();
    rows_once(&app, "default", 0).await;
    rows_once(&app, "acme", 1).await;
}
