//! Lists of audits by page and by cursor.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{AUDITS, RECORDS, audit, given_audit};
use crate::harness::{Client, TestApp};

/// 23 audits, pairs of them at the same instant.
async fn given_many_audits(app: &TestApp) {
    for index in 0..23 {
        given_audit(&app.product(), &audit(50 + index, "AUTO")).await;
        if index % 2 == 0 {
            app.advance(TimeDelta::seconds(1));
        }
    }
}

async fn ids_by_number(client: &Client, filter: &Value) -> Vec<Value> {
    let mut ids = Vec::new();
    for page in 1.. {
        let variables = json!({ "page": page, "size": 4, "filter": filter });
        let records = client.data(RECORDS, variables).await["quality"]["records"].clone();
        assert_eq!((&records["page"], &records["size"]), (&json!(page), &json!(4)));
        let items = records["items"].as_array().expect("items").clone();
        if items.is_empty() {
            assert_eq!(records["total"], ids.len());
            return ids;
        }
        ids.extend(items.iter().map(|item| item["id"].clone()));
    }
    unreachable!("pages end")
}

async fn ids_by_cursor(client: &Client, filter: &Value) -> Vec<Value> {
    let (mut ids, mut after) = (Vec::new(), Value::Null);
    loop {
        let variables = json!({ "first": 4, "after": after, "filter": filter });
        let page = client.data(AUDITS, variables).await["quality"]["audits"].clone();
        let (edges, info) = (page["edges"].as_array().expect("edges"), &page["pageInfo"]);
        assert_eq!(info["hasPreviousPage"], !after.is_null());
        assert_eq!(info["startCursor"], edges.first().map_or(Value::Null, |e| e["cursor"].clone()));
        assert_eq!(info["endCursor"], edges.last().map_or(Value::Null, |e| e["cursor"].clone()));
        ids.extend(edges.iter().map(|edge| edge["node"]["id"].clone()));
        if info["hasNextPage"] == false {
            return ids;
        }
        after = info["endCursor"].clone();
    }
}

#[tokio::test]
async fn pages_by_number_and_by_cursor_give_the_same_list() {
    let app = TestApp::spawn().await;
    given_many_audits(&app).await;
    let viewer = app.viewer();
    let newest_first: Vec<_> =
        (1..=23).rev().map(|number| json!(format!("QA-{number:03}"))).collect();
    for (filter, expected) in [
        (Value::Null, &newest_first[..]),
        (json!({ "status": "PASSED" }), &newest_first[..13]),
        (json!({ "status": "PENDING_REVIEW" }), &newest_first[13..]),
        (json!({ "minScore": 55, "maxScore": 64 }), &newest_first[8..18]),
        (json!({ "auditType": "AUTO", "sessionId": "s" }), &newest_first[..]),
        (json!({ "auditType": "MANUAL" }), &[]),
        (json!({ "agentId": "li" }), &[]),
        // The second audit came one second after the first, with the third.
        (
            json!({ "from": "2026-03-10T04:00:01Z", "to": "2026-03-10T04:00:02Z" }),
            &newest_first[20..22],
        ),
    ] {
        let numbered = ids_by_number(&viewer, &filter).await;
        assert_eq!(numbered, expected, "by number, {filter}");
        assert_eq!(ids_by_cursor(&viewer, &filter).await, numbered, "by cursor, {filter}");
    }
}

#[tokio::test]
async fn a_page_is_ten_records_or_fifty_audits_unless_told() {
    let app = TestApp::spawn().await;
    for _ in 0..51 {
        given_audit(&app.product(), &audit(90, "AUTO")).await;
    }
    for variables in [json!({}), json!({ "page": null, "size": null, "first": null })] {
        let records = app.viewer().data(RECORDS, variables.clone()).await;
        let records = &records["quality"]["records"];
        let audits = app.viewer().data(AUDITS, variables).await;
        let audits = &audits["quality"]["audits"];
        assert_eq!(
            (records["items"].as_array().unwrap().len(), &records["total"], &records["size"]),
            (10, &json!(51), &json!(10))
        );
        assert_eq!(audits["edges"].as_array().unwrap().len(), 50);
        assert_eq!(audits["pageInfo"]["hasNextPage"], true);
    }
}

#[tokio::test]
async fn a_bad_page_of_audits_is_refused_by_name() {
    let app = TestApp::spawn().await;
    let filter = |filter: Value| json!({ "filter": filter });
    let cursor = |plain: &str| json!({ "after": URL_SAFE_NO_PAD.encode(plain) });
    for (query, variables, expected) in [
        (RECORDS, json!({ "page": 0 }), "`page` is 0, expected 1 or more"),
        (RECORDS, json!({ "page": -1 }), "`page` is -1, expected 1 or more"),
        (RECORDS, json!({ "size": 0 }), "`size` is 0, expected 1 to 100"),
        (RECORDS, json!({ "size": 1_000 }), "`size` is 1000, expected 1 to 100"),
        (AUDITS, json!({ "first": 0 }), "`first` is 0, expected 1 to 500"),
        (AUDITS, json!({ "first": 501 }), "`first` is 501, expected 1 to 500"),
        (AUDITS, json!({ "after": "" }), "`after` is \"\", expected a cursor of an earlier page"),
        (AUDITS, json!({ "after": "!!" }), "`after` is \"!!\", expected a cursor of"),
        (AUDITS, cursor("1773115200000000/x"), "`after` is \""),
        // Instants that no database keeps.
        (AUDITS, cursor("-9223372036854775807/1"), "`after` is \""),
        (AUDITS, cursor("9223372036854775807/1"), "`after` is \""),
        (RECORDS, filter(json!({ "minScore": 101 })), "`minScore` is 101, expected 0 to 100"),
        (RECORDS, filter(json!({ "maxScore": -1 })), "`maxScore` is -1, expected 0 to 100"),
        (
            AUDITS,
            filter(json!({ "minScore": 60, "maxScore": 59 })),
            "`minScore` is 60, expected at most `maxScore`, 59",
        ),
        (
            AUDITS,
            filter(json!({ "from": "2026-03-10T04:00:00Z", "to": "2026-03-10T04:00:00Z" })),
            "`from` is 2026-03-10T04:00:00+00:00, expected an instant before `to`, 2026-03-10",
        ),
        (AUDITS, filter(json!({ "agentId": "x".repeat(65) })), "`agentId` is \"xxx"),
        (AUDITS, filter(json!({ "sessionId": "" })), "`sessionId` is \"\", expected 1 to 64"),
        (
            AUDITS,
            filter(json!({ "status": "OPEN" })),
            "`filter.status` is OPEN, expected a value of the enum AuditStatus",
        ),
        (AUDITS, filter(json!({ "from": "today" })), "`filter.from` is \"today\", expected "),
    ] {
        let (code, message) = app.viewer().refusal(query, variables).await;
        assert_eq!(code, "BAD_USER_INPUT", "{message}, expected {expected}");
        assert!(message.starts_with(expected), "{message}, expected {expected}");
    }
}
