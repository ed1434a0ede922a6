//! Persisted documents: the appendix of GraphQL over HTTP, automatic persisted queries as Apollo's
//! clients ask for them, and a service that executes trusted documents only.

use std::fs;

use deskpulse::{
    auth::Role,
    config::Config,
    documents::{Digest, Manifest},
};
use serde_json::{Value, json};

use super::{
    request::{Ask, GRAPHQL, JSON, Reply, september_2026},
    ws::Socket,
};
use crate::harness::TestApp;

const QUERY: &str = "query S($id: ID!) { session(id: $id) { id } }";
const TRACK: &str =
    "mutation T($e: TrackEventInput!) { trackEvent(input: $e, durability: STORED) { status } }";

fn hash(query: &str) -> String {
    Digest::of(query).to_string()
}

fn persisted(query: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash(query) } })
}

/// The parameters of `QUERY`, by its digest.
fn by_hash() -> Value {
    json!({ "variables": { "id": "s" }, "extensions": persisted(QUERY) })
}

fn with_text() -> Value {
    let mut body = by_hash();
    body["query"] = json!(QUERY);
    body
}

async fn post(app: &TestApp, body: &Value) -> Reply {
    Ask::post(app, body).accept(GRAPHQL).send().await
}

fn found(reply: &Reply) {
    assert_eq!((reply.status, reply.json()), (200, json!({ "data": { "session": null } })));
}

/// A service that executes trusted documents only, `documents` among them.
async fn closed(documents: &[&str]) -> (TestApp, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("documents.json");
    let mut manifest = Manifest::default();
    for text in documents {
        manifest.add((*text).to_owned());
    }
    fs::write(&path, manifest.to_json().expect("JSON")).expect("a file");
    let app = TestApp::spawn_with(|config: &mut Config| {
        config.server.trusted_documents = Some(path);
        config.server.trusted_only = true;
    })
    .await;
    (app, folder)
}

// Apollo: a digest that is not known is answered `PersistedQueryNotFound`; the client sends the
// document with it, and from then on the digest will do.
#[tokio::test]
async fn a_document_that_was_given_once_is_known_by_its_digest() {
    let app = TestApp::spawn().await;
    for (accept, status) in [(GRAPHQL, 400), (JSON, 200)] {
        let reply = Ask::post(&app, &by_hash()).accept(accept).send().await;
        let error = json!({
            "message": "PersistedQueryNotFound",
            "extensions": { "code": "PERSISTED_QUERY_NOT_FOUND" },
        });
        assert_eq!((reply.status, reply.json()), (status, json!({ "errors": [error] })));
    }
    found(&post(&app, &with_text()).await);
    found(&post(&app, &by_hash()).await);
}

// Apollo: the same by GET, which caches can keep, and which mutates nothing.
#[tokio::test]
async fn a_digest_is_taken_by_get() {
    let app = TestApp::spawn().await;
    let extensions = persisted(QUERY).to_string();
    let parameters = [("variables", r#"{"id": "s"}"#), ("extensions", &extensions)];
    assert_eq!(Ask::get(&app, &parameters).send().await.code(), "PERSISTED_QUERY_NOT_FOUND");
    let all = [("query", QUERY), parameters[0], parameters[1]];
    found(&Ask::get(&app, &all).send().await);
    found(&Ask::get(&app, &parameters).send().await);
    let touch = "mutation { __typename }";
    let body = json!({ "query": touch, "extensions": persisted(touch) });
    assert_eq!(post(&app, &body).await.status, 200);
    let extensions = persisted(touch).to_string();
    let reply = Ask::get(&app, &[("extensions", &extensions)]).send().await;
    assert_eq!((reply.status, reply.header("allow")), (405, "POST"));
}

// The same on WebSockets and event streams.
#[tokio::test]
async fn a_digest_is_taken_by_sockets_and_streams() {
    let app = TestApp::spawn().await;
    let mut socket = Socket::ready(&app).await;
    let subscribe = |body: Value| json!({ "type": "subscribe", "id": "1", "payload": body });
    socket.say(&subscribe(by_hash())).await;
    let error = socket.hear().await;
    assert_eq!(error["payload"][0]["message"], "PersistedQueryNotFound");
    for body in [with_text(), by_hash()] {
        socket.say(&subscribe(body)).await;
        assert_eq!(socket.hear().await["payload"], json!({ "data": { "session": null } }));
        assert_eq!(socket.hear().await["type"], "complete");
    }
    let stream = Ask::post(&app, &by_hash()).accept("text/event-stream").send().await;
    assert!(stream.text.starts_with("event: next\ndata: {\"data\":{\"session\":null}}"));
}

// Apollo: a digest of another document is refused, and nothing is kept.
#[tokio::test]
async fn a_digest_of_another_document_is_refused() {
    let app = TestApp::spawn().await;
    let mut body = with_text();
    body["query"] = json!(format!("{QUERY} "));
    let reply = post(&app, &body).await;
    let expected = format!(
        "`extensions.persistedQuery.sha256Hash` is {}, expected the SHA-256 of `query`",
        hash(QUERY)
    );
    assert_eq!((reply.status, reply.message()), (400, expected));
    assert_eq!(post(&app, &by_hash()).await.code(), "PERSISTED_QUERY_NOT_FOUND");
    let mut wrong = by_hash();
    wrong["extensions"]["persistedQuery"]["version"] = json!(2);
    let expected = "`extensions.persistedQuery.version` is 2, expected 1";
    assert_eq!(post(&app, &wrong).await.message(), expected);
}

// A document that is refused is not kept either.
#[tokio::test]
async fn a_document_that_cannot_be_read_is_not_kept() {
    let app = TestApp::spawn().await;
    for query in ["{", "query A { __typename } query B { __typename }"] {
        let body = json!({ "query": query, "extensions": persisted(query) });
        assert_eq!(post(&app, &body).await.code(), "BAD_USER_INPUT");
        let again = post(&app, &json!({ "extensions": persisted(query) })).await;
        assert_eq!(again.code(), "PERSISTED_QUERY_NOT_FOUND", "{query}");
    }
}

// What one tenant gives, no other learns of.
#[tokio::test]
async fn a_document_is_known_within_its_tenant() {
    let app = TestApp::spawn().await;
    found(&post(&app, &with_text()).await);
    let elsewhere = app.caller("acme", Role::Viewer, "ann").post(&by_hash()).await;
    assert_eq!(elsewhere.codes(), ["PERSISTED_QUERY_NOT_FOUND"]);
}

// Apollo: a service that keeps none says so, and its clients stop asking.
#[tokio::test]
async fn without_room_for_documents_digests_are_not_supported() {
    let app = TestApp::spawn_with(|config| config.server.apq_cache_bytes = 0).await;
    assert_eq!(post(&app, &by_hash()).await.code(), "PERSISTED_QUERY_NOT_SUPPORTED");
    found(&post(&app, &with_text()).await);
    let reply = post(&app, &by_hash()).await;
    assert_eq!(reply.message(), "PersistedQueryNotSupported");
}

// A tracking mutation by its digest goes past the engine like any other, and counts once.
#[tokio::test]
async fn an_event_is_tracked_by_digest() {
    let app = TestApp::spawn().await;
    let product = app.product();
    let event = json!({ "e": { "id": "e-1", "name": "a", "product": "p" } });
    let mut body = json!({ "variables": event, "extensions": persisted(TRACK) });
    assert_eq!(product.post(&body).await.codes(), ["PERSISTED_QUERY_NOT_FOUND"]);
    body["query"] = json!(TRACK);
    let answer = product.post(&body).await;
    assert_eq!(answer.body, json!({ "data": { "trackEvent": { "status": "ACCEPTED" } } }));
    body.as_object_mut().unwrap().remove("query");
    let again = product.post(&body).await;
    assert_eq!(again.body, json!({ "data": { "trackEvent": { "status": "DUPLICATE" } } }));
}

// Appendix A: a document is asked for by `documentId`, `sha256:` and its digest; SHOULD be supported.
#[tokio::test]
async fn a_document_of_the_manifest_is_asked_for_by_its_id() {
    let (app, _folder) = closed(&[QUERY]).await;
    for id in [format!("sha256:{}", hash(QUERY)), hash(QUERY)] {
        let body = json!({ "documentId": id, "variables": { "id": "s" } });
        found(&post(&app, &body).await);
        let parameters = [("documentId", id.as_str()), ("variables", r#"{"id":"s"}"#)];
        found(&Ask::get(&app, &parameters).send().await);
        let mut socket = Socket::ready(&app).await;
        socket.say(&json!({ "type": "subscribe", "id": "1", "payload": body })).await;
        assert_eq!(socket.hear().await["payload"], json!({ "data": { "session": null } }));
    }
}

// Appendix A MUST: one that is not found is a well-formed answer with a single error.
#[tokio::test]
async fn an_unknown_document_is_a_single_error() {
    let (default, edition) = (TestApp::spawn().await, september_2026().await);
    let body = json!({ "documentId": format!("sha256:{}", hash(QUERY)) });
    for (app, status) in [(&default, 400), (&edition, 422)] {
        let reply = post(app, &body).await;
        assert_eq!((reply.status, reply.code().as_str()), (status, "NOT_FOUND"), "{}", reply.text);
        assert_eq!(reply.json()["errors"].as_array().map(Vec::len), Some(1));
    }
    let other = post(&default, &json!({ "documentId": "md5:00" })).await;
    let expected = "`documentId` is \"md5:00\", expected `sha256:` and 64 hexadecimal digits";
    assert_eq!(other.message(), expected);
}

// Appendix A MUST: a mutation by GET is a 405, named or not.
#[tokio::test]
async fn a_mutation_of_the_manifest_by_get_is_a_405() {
    let (app, _folder) = closed(&[TRACK]).await;
    let reply = Ask::get(&app, &[("documentId", &hash(TRACK))]).send().await;
    assert_eq!((reply.status, reply.header("allow")), (405, "POST"));
}

/// All ways to ask for a document, and what the code of the answer is: empty for none.
async fn codes(app: &TestApp, query: &str, variables: &Value) -> Vec<String> {
    let bodies = [
        json!({ "query": query, "variables": variables }),
        json!({ "documentId": hash(query), "variables": variables }),
        json!({ "extensions": persisted(query), "variables": variables }),
        json!({ "query": query, "extensions": persisted(query), "variables": variables }),
        json!({ "query": query, "documentId": hash(query), "variables": variables }),
    ];
    let mut codes = Vec::new();
    let token = format!("Bearer {}", app.token("default", Role::Operator, "olga"));
    for body in bodies {
        for accept in [GRAPHQL, JSON] {
            let ask = Ask::bare(app, "POST", "/graphql").header("content-type", JSON);
            let ask = ask.header("authorization", &token).accept(accept);
            codes.push(ask.body(body.to_string()).send().await.code());
        }
        let mut socket = Socket::ready(app).await;
        socket.say(&json!({ "type": "subscribe", "id": "1", "payload": body })).await;
        let payload = socket.hear().await["payload"].clone();
        codes.push(payload[0]["extensions"]["code"].as_str().unwrap_or_default().to_owned());
    }
    codes
}

// Trusted documents: those of the manifest are executed, by digest and by text; all else is refused,
// whichever way it comes.
#[tokio::test]
async fn only_trusted_documents_are_executed() {
    let (app, _folder) = closed(&[QUERY]).await;
    let known = codes(&app, QUERY, &json!({ "id": "s" })).await;
    assert!(known.iter().all(String::is_empty), "{known:?}");
    let spaced = json!({ "query": format!("\n{QUERY}\n"), "variables": { "id": "s" } });
    found(&post(&app, &spaced).await);
    let others = ["{ __typename }", "query S($id: ID!) { session(id: $id) { id  } }", "{", ""];
    for query in others {
        let refused = codes(&app, query, &json!({})).await;
        assert!(refused.iter().all(|code| code == "FORBIDDEN"), "{query:?}: {refused:?}");
    }
    let reply = post(&app, &json!({ "query": "{ __typename }" })).await;
    let expected = format!(
        "not allowed to execute document {}: only those of the manifest are trusted here",
        hash("{ __typename }")
    );
    assert_eq!((reply.status, reply.message()), (403, expected));
}

// Trusted documents: the precompiled path obeys too, before and after it knows a document.
#[tokio::test]
async fn an_untrusted_event_is_refused_and_not_tracked() {
    let (app, _folder) = closed(&[TRACK]).await;
    let product = app.product();
    let event = json!({ "e": { "name": "a", "product": "p" } });
    let other = TRACK.replace("status", "id status");
    for _ in 0..3 {
        let body = json!({ "query": TRACK, "variables": event });
        let answer = product.post(&body).await;
        assert_eq!(answer.body, json!({ "data": { "trackEvent": { "status": "ACCEPTED" } } }));
        let body = json!({ "query": other, "variables": event });
        let answer = product.post(&body).await;
        assert_eq!((answer.status, answer.codes()), (403, vec!["FORBIDDEN"]));
    }
    // The question itself is none of the manifest's.
    let id = deskpulse::tenant::TenantId::DEFAULT;
    app.flushed(id).await;
    let own = include_str!("../../../playground/src/queries/tracker.graphql");
    let status = deskpulse::documents::operations(own).unwrap();
    let status = status.iter().find(|text| text.contains("query IngestStatus")).unwrap();
    let books = app.operator().ask(status).await;
    assert_eq!(books["ingestStatus"]["accepted"], 3);
}

// Trusted documents: the playground and the clients that come with the service need no manifest.
#[tokio::test]
async fn our_own_clients_are_trusted() {
    let app = TestApp::spawn_with(|config| config.server.trusted_only = true).await;
    let files = [
        include_str!("../../../playground/src/queries/monitoring.graphql"),
        include_str!("../../../playground/src/queries/dashboard.graphql"),
        include_str!("../../../playground/src/queries/quality-audit.graphql"),
        include_str!("../../../playground/src/queries/billing-portal.graphql"),
        include_str!("../../../playground/src/queries/tracker.graphql"),
        include_str!("../../../playground/src/queries/live.graphql"),
        include_str!("../../../playground/src/queries/viewer.graphql"),
    ];
    let saved = files.iter().flat_map(|file| deskpulse::documents::operations(file).unwrap());
    // As a tab of the playground sends it.
    let mut sent: Vec<String> = saved.map(|text| format!("{text}\n")).collect();
    let single = [
        include_str!("../../../src/documents/introspection.graphql"),
        include_str!("../../../clients/python/src/deskpulse/track_events.graphql"),
    ];
    sent.extend(single.map(|text| text.trim().to_owned()));
    sent.extend(deskpulse::import::DOCUMENTS.map(str::to_owned));
    sent.extend(deskpulse::demo::DOCUMENTS.map(str::to_owned));
    for query in sent {
        let answer = app.operator().send(&query, json!({})).await;
        assert!(!answer.codes().contains(&"FORBIDDEN"), "{query}: {}", answer.body);
    }
}

// Without introspection, the schema is refused by name; `__typename` stays, and errors suggest nothing.
#[tokio::test]
async fn introspection_that_is_off_is_refused_by_name() {
    let app = TestApp::spawn_with(|config| config.server.introspection = false).await;
    for (query, field) in [
        ("{ __schema { queryType { name } } }", "__schema"),
        ("{ a: __type(name: \"Query\") { name } }", "__type"),
        ("{ ...F } fragment F on Query { __typename __schema { queryType { name } } }", "__schema"),
    ] {
        let reply = post(&app, &json!({ "query": query })).await;
        let expected =
            format!("not allowed to ask for `{field}`: introspection is switched off here");
        assert_eq!((reply.status, reply.message()), (403, expected), "{query}");
        assert_eq!(reply.code(), "FORBIDDEN");
        let mut socket = Socket::ready(&app).await;
        socket.subscribe("1", query).await;
        assert_eq!(socket.hear().await["payload"][0]["extensions"]["code"], "FORBIDDEN");
    }
    let typename = post(&app, &json!({ "query": "{ __typename }" })).await;
    assert_eq!(typename.json(), json!({ "data": { "__typename": "Query" } }));
    let query = json!({ "query": "{ sesion(id: \"s\") { id } }" });
    let reply = post(&app, &query).await;
    assert!(!reply.text.to_lowercase().contains("did you mean"), "{}", reply.text);
    let open = post(&TestApp::spawn().await, &query).await;
    assert!(open.text.contains("Did you mean"), "{}", open.text);
}
