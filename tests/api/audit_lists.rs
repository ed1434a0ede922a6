//! Lists of audits from the picture in memory, as callers of one and of several replicas see them.

use deskpulse::{auth::Role, config::Config, tenant::TenantId};
use serde_json::{Value, json};

use crate::harness::{Client, TestApp, eventually};

const CREATE: &str = "mutation ($input: CreateAuditInput!) { createAudit(input: $input) { id } }";
const REVIEW: &str = "mutation ($input: ReviewAuditInput!) { reviewAudit(input: $input) { id } }";
const CLAIM: &str = "mutation ($id: ID!) { claimAudit(auditId: $id) { claimedBy } }";
const PAGE: &str = "query ($page: Int, $size: Int, $filter: AuditFilter, $sort: AuditSort) {
    quality {
        records(page: $page, size: $size, filter: $filter, sort: $sort) { total items { id } }
    }
}";
const NUMBERS: &str = "{ quality {
    summary { passed decided pendingReview auditedCount }
    pending { total claimed oldestAt ages { underHours count } }
    agreement { pairs withinTen rate kappa }
} }";
const AFTER: &str = "query ($after: String, $filter: AuditFilter) { quality {
    audits(first: 3, after: $after, filter: $filter) {
        edges { node { id } } pageInfo { endCursor hasNextPage }
    }
} }";

fn at_once(config: &mut Config) {
    config.quality.index_min_audits = 0;
}

async fn given_audit(client: &Client, score: i32, customer: &str, agent: &str) -> String {
    let input = json!({
        "sessionId": "s", "score": score, "auditType": "AUTO", "customerName": customer,
        "agentId": agent, "sessionType": if score > 60 { "returns" } else { "delivery" },
    });
    let data = client.data(CREATE, json!({ "input": input })).await;
    data["createAudit"]["id"].as_str().expect("an id").to_owned()
}

/// Asks until the replica answers from a picture.
async fn given_picture(app: &TestApp) {
    eventually("a picture", async || {
        app.viewer().ask(NUMBERS).await;
        app.app.services.quality.pictured(&TenantId::new("default")).map(|_| ())
    })
    .await;
}

/// Total and ids of a page.
async fn page(app: &TestApp, variables: Value) -> (i64, Vec<String>) {
    let records = app.viewer().data(PAGE, variables).await["quality"]["records"].clone();
    let items = records["items"].as_array().expect("items").clone();
    let ids = items.iter().map(|item| item["id"].as_str().expect("an id").to_owned());
    (records["total"].as_i64().expect("a total"), ids.collect())
}

async fn walk(app: &TestApp, filter: &Value) -> Vec<String> {
    let (mut ids, mut after) = (Vec::new(), Value::Null);
    loop {
        let variables = json!({ "after": after, "filter": filter });
        let audits = app.viewer().data(AFTER, variables).await["quality"]["audits"].clone();
        let edges = audits["edges"].as_array().expect("edges").clone();
        ids.extend(edges.iter().map(|edge| edge["node"]["id"].as_str().expect("id").to_owned()));
        after = audits["pageInfo"]["endCursor"].clone();
        if audits["pageInfo"]["hasNextPage"] == false {
            return ids;
        }
    }
}

#[tokio::test]
async fn a_picture_and_the_database_give_the_same_pages_and_numbers() {
    let app = TestApp::spawn_with(at_once).await;
    let names = ["Anna Smith", "SMITHSON", "赵小明", "100%_sure", "a\\b", "Ärzte"];
    for index in 0..30 {
        let (name, agent) = (names[index % names.len()], ["li", "wu"][index % 2]);
        let score = i32::try_from(index * 37 % 101).expect("a score");
        let id = given_audit(&app.product(), score, name, agent).await;
        if index % 5 == 0 && score < 60 {
            let verdict = json!({ "auditId": id, "finalScore": 65 });
            app.reviewer().data(REVIEW, json!({ "input": verdict })).await;
        }
        // A clock that is set back now and then.
        app.advance(chrono::TimeDelta::seconds(if index % 7 == 3 { -20 } else { 3 }));
    }
    let plain = app.replica_with(|config| config.quality.index_memory_mb = 0).await;
    given_picture(&app).await;
    let filters = [
        Value::Null,
        json!({ "status": "PENDING_REVIEW" }),
        json!({ "auditType": "MANUAL" }),
        json!({ "agentId": "li", "minScore": 20, "maxScore": 80 }),
        json!({ "type": "returns" }),
        json!({ "type": "nothing" }),
        json!({ "customer": "smith" }),
        json!({ "customer": "%" }),
        json!({ "customer": "_" }),
        json!({ "customer": "\\" }),
        json!({ "customer": "小", "status": "PASSED" }),
        json!({ "customer": "ä" }),
        json!({ "sessionId": "s", "maxScore": 50 }),
        json!({ "from": "2026-03-10T04:00:10Z", "to": "2026-03-10T04:00:30Z" }),
    ];
    for filter in filters {
        for sort in ["NEWEST", "OLDEST", "HIGHEST_SCORE", "LOWEST_SCORE"] {
            for number in [1, 2, 5, 9] {
                let asked = json!({ "page": number, "size": 4, "filter": filter, "sort": sort });
                let expected = page(&plain, asked.clone()).await;
                assert_eq!(page(&app, asked.clone()).await, expected, "{asked}");
            }
        }
        assert_eq!(walk(&app, &filter).await, walk(&plain, &filter).await, "{filter}");
    }
    assert_eq!(app.viewer().ask(NUMBERS).await, plain.viewer().ask(NUMBERS).await);
    assert_eq!(plain.app.services.quality.pictured(&TenantId::new("default")), None);
    plain.halt(std::time::Duration::from_secs(10)).await;
}

#[tokio::test]
async fn what_one_replica_writes_the_other_lists_at_once() {
    let app = TestApp::spawn_with(at_once).await;
    let other = app.replica().await;
    given_audit(&app.product(), 40, "Li", "li").await;
    given_picture(&app).await;
    given_picture(&other).await;
    let waiting = json!({ "filter": { "status": "PENDING_REVIEW" }, "size": 100 });
    for round in 2..=12 {
        let (here, there) = if round % 2 == 0 { (&app, &other) } else { (&other, &app) };
        let id = given_audit(&here.product(), 40, "Li", "li").await;
        let (total, ids) = page(there, waiting.clone()).await;
        assert_eq!((total, ids.first()), (2, Some(&id)), "round {round}");
        let verdict = json!({ "auditId": ids[1], "finalScore": 90 });
        here.reviewer().data(REVIEW, json!({ "input": verdict })).await;
        assert_eq!(page(there, waiting.clone()).await, (1, vec![id]), "round {round}");
        let summary = there.viewer().ask(NUMBERS).await["quality"]["summary"].clone();
        let expected = json!({ "passed": round - 1, "decided": round - 1, "pendingReview": 1, "auditedCount": round });
        assert_eq!(summary, expected);
    }
    other.halt(std::time::Duration::from_secs(10)).await;
}

#[tokio::test]
async fn after_a_restart_lists_are_as_before() {
    let app = TestApp::spawn_with(at_once).await;
    for score in [10, 70, 30] {
        given_audit(&app.product(), score, "Li", "li").await;
    }
    given_picture(&app).await;
    let asked = json!({ "sort": "LOWEST_SCORE", "filter": { "agentId": "li" } });
    let before = page(&app, asked.clone()).await;
    let app = app.restart().await;
    assert_eq!(page(&app, asked.clone()).await, before, "while the picture is made");
    given_picture(&app).await;
    assert_eq!(page(&app, asked).await, before);
}

#[tokio::test]
async fn another_tenant_s_picture_is_out_of_reach() {
    let app = TestApp::spawn_with(at_once).await;
    given_audit(&app.product(), 40, "Li", "li").await;
    given_picture(&app).await;
    let stranger = app.caller("acme", Role::Reviewer, "stan");
    let records = stranger.data(PAGE, json!({ "filter": { "agentId": "li" } })).await;
    assert_eq!(records["quality"]["records"], json!({ "total": 0, "items": [] }));
}

/// On PostgreSQL rows and the order of changes are guarded by locks of the server, on SQLite by the one writer.
#[tokio::test]
async fn of_many_who_claim_and_review_at_two_replicas_one_wins_each_audit() {
    let app = TestApp::spawn_with(at_once).await;
    let other = app.replica().await;
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(given_audit(&app.product(), 40, "Li", "li").await);
    }
    let reviewers: Vec<_> = (0..8)
        .map(|number| {
            let replica = if number % 2 == 0 { &app } else { &other };
            replica.caller("default", Role::Reviewer, &format!("reviewer-{number}"))
        })
        .collect();
    let tries = reviewers.iter().flat_map(|reviewer| {
        ids.iter().map(move |id| async move {
            let claimed = reviewer.send(CLAIM, json!({ "id": id })).await;
            let verdict = json!({ "auditId": id, "finalScore": 80, "version": 1 });
            let reviewed = reviewer.send(REVIEW, json!({ "input": verdict })).await;
            let codes: Vec<_> = claimed.codes().into_iter().chain(reviewed.codes()).collect();
            assert!(codes.iter().all(|code| *code == "CONFLICT"), "{codes:?}");
            (id, reviewed.codes().is_empty())
        })
    });
    let tries = futures_util::future::join_all(tries).await;
    for id in &ids {
        assert_eq!(tries.iter().filter(|(of, won)| of == &id && *won).count(), 1, "{id}");
        let audit = "query ($id: ID!) { quality { audit(id: $id) {
            version reviewedBy history { step by }
        } } }";
        let audit = app.viewer().data(audit, json!({ "id": id })).await["quality"]["audit"].clone();
        assert_eq!(audit["version"], 2);
        let steps = json!([
            { "step": "CREATED", "by": "bot" }, { "step": "REVIEWED", "by": audit["reviewedBy"] },
        ]);
        assert_eq!(audit["history"], steps);
    }
    other.halt(std::time::Duration::from_secs(10)).await;
}
