//! Keys for one product, keys that end, credentials where none belong, and a provider that is away.

use chrono::TimeDelta;
use deskpulse::{
    auth::{Role, generate_key},
    clock::{Clock as _, SystemClock},
    config::{ApiKey, Config},
};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};

use crate::harness::{Client, TestApp};

/// The usual form, which goes past the engine.
const TRACK: &str = "mutation ($input: [TrackEventInput!]!) {
    trackEvents(input: $input, durability: STORED) { status }
}";
/// Any other, which the engine runs.
const TRACK_ONE: &str = "mutation ($product: String!) {
    trackEvent(input: { name: \"page.view\", product: $product }) { status }
}";

fn of_shop(key: &str) -> ApiKey {
    ApiKey { product: Some("shop".to_owned()), ..ApiKey::new("shop", key, "default", Role::Ingest) }
}

fn events(products: &[&str]) -> Value {
    let event = |product: &&str| json!({ "name": "page.view", "product": product });
    json!({ "input": products.iter().map(event).collect::<Vec<_>>() })
}

#[tokio::test]
async fn a_key_for_one_product_sends_nothing_of_another() {
    for is_precompiled in [true, false] {
        let key = generate_key();
        let app = TestApp::spawn_with(|config| {
            config.server.precompiled_ingest = is_precompiled;
            config.auth.keys.push(of_shop(&key));
        })
        .await;
        let shop = app.bearer(&key);
        shop.data(TRACK, events(&["shop", "shop"])).await;
        shop.data(TRACK_ONE, json!({ "product": "shop" })).await;
        let foreign = "not allowed to send events of product \"desk\": the key is for `shop` only";
        for (query, variables) in
            [(TRACK, events(&["shop", "desk"])), (TRACK_ONE, json!({ "product": "desk" }))]
        {
            let refusal = shop.refusal(query, variables).await;
            assert_eq!(refusal, ("FORBIDDEN".to_owned(), foreign.to_owned()));
        }
        // One that no event may have is another one too.
        assert_eq!(shop.refusal(TRACK, events(&[""])).await.0, "FORBIDDEN");
        // While an event moves it may be in two places.
        app.flushed("default").await;
        let books = app.viewer().ask("{ ingestStatus { accepted } }").await;
        assert_eq!(books["ingestStatus"]["accepted"], 3, "nothing of a refused call is kept");
    }
}

#[tokio::test]
async fn a_key_for_one_product_records_usage_and_does_nothing_that_names_no_product() {
    let key = generate_key();
    let app = TestApp::spawn_with(|config| config.auth.keys.push(of_shop(&key))).await;
    let shop = app.bearer(&key);
    shop.ask("mutation { recordTokenUsage(input: { tokens: 1 }) { recorded } }").await;
    let completion = json!({ "id": "r", "usage": { "total_tokens": 7 } });
    assert_eq!(shop.post_to("/intake/openai/default", &completion).await.status, 200);
    for query in [
        "mutation { updateAgentStatus(input: { agentId: \"li\", status: AWAY }) { status } }",
        "mutation { createAudit(input: { sessionId: \"s\", score: 9, auditType: AUTO }) { id } }",
        "mutation { scoreAudit(input: {
            sessionId: \"s\", scorecard: \"none\", answers: [], auditType: AUTO
        }) { id } }",
        "{ ingestStatus { accepted } }",
        "{ events(filter: { from: \"2026-03-09T00:00:00Z\", to: \"2026-03-10T00:00:00Z\" }) {
            edges { cursor }
        } }",
    ] {
        assert_eq!(shop.refusal(query, json!({})).await.0, "FORBIDDEN", "{query}");
    }
}

/// Marks of the quota are events of the service's own, whoever has reached them.
#[tokio::test]
async fn a_key_for_one_product_may_reach_a_mark_of_the_quota() {
    let key = generate_key();
    let app = TestApp::spawn_with(|config| {
        config.auth.keys.push(ApiKey { tenant: "acme".to_owned(), ..of_shop(&key) });
    })
    .await;
    let record = "mutation { recordTokenUsage(input: { tokens: 9000 }) { recorded } }";
    app.bearer(&key).ask(record).await;
    app.flushed("acme").await;
    let query = "{ events(filter: {
        from: \"2026-03-09T00:00:00Z\", to: \"2026-03-11T00:00:00Z\", name: \"quota.crossed\"
    }) { edges { node { product } } } }";
    let found = app.caller("acme", Role::Viewer, "ann").ask(query).await;
    assert!(found["events"]["edges"].as_array().is_some_and(|marks| !marks.is_empty()), "{found}");
}

#[tokio::test]
async fn credentials_in_an_address_are_never_read() {
    let app = TestApp::spawn().await;
    let token = app.token("default", Role::Operator, "olga");
    let query = "/graphql?query=%7B__typename%7D";
    let asked = async |path: &str, client: &Client| {
        let answer = client.get(path).await;
        (answer.status().as_u16(), answer.text().await.expect("a body"))
    };
    for name in ["token", "access_token", "api_key", "apiKey", "authorization", "Authorization"] {
        for value in [token.clone(), format!("Bearer%20{token}")] {
            for path in [format!("{query}&"), "/export/sessions.csv?".to_owned()] {
                let path = format!("{path}{name}={value}");
                let (status, body) = asked(&path, &app.nobody()).await;
                assert_eq!(status, 401, "{path}: {body}");
                assert!(!body.contains(&token), "{body}");
            }
        }
    }
    // Beside good ones they change nothing.
    assert_eq!(asked(&format!("{query}&token=wrong"), &app.bearer(&token)).await.0, 200);
    for user in [format!("{token}@"), format!("olga:{token}@"), format!("Bearer:{token}@")] {
        let url = app.url().replacen("http://", &format!("http://{user}"), 1);
        let answer = reqwest::get(format!("{url}{query}")).await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 401, "{user}");
    }
}

#[tokio::test]
async fn credentials_in_the_address_of_a_socket_are_never_read() {
    let app = TestApp::spawn().await;
    let token = app.token("default", Role::Operator, "olga");
    let url = app.url().replacen("http", "ws", 1);
    let mut request =
        format!("{url}/graphql/ws?access_token={token}").into_client_request().expect("a request");
    let protocol = "graphql-transport-ws".parse().expect("a value");
    request.headers_mut().insert("sec-websocket-protocol", protocol);
    let (mut socket, _) = connect_async(request).await.expect("a handshake");
    let init = json!({ "type": "connection_init", "payload": { "token": token } });
    socket.send(Message::text(init.to_string())).await.expect("an open socket");
    let Some(Ok(Message::Close(Some(frame)))) = socket.next().await else { panic!("no close") };
    assert_eq!(u16::from(frame.code), 4403);
    assert_eq!(frame.reason.as_str(), "Forbidden: no credentials");
}

#[tokio::test]
async fn a_key_that_ends_ends_its_streams() {
    let (key, ended) = (generate_key(), generate_key());
    let until = |key: &str, secs: i64| ApiKey {
        expires_at: Some(SystemClock.now() + TimeDelta::seconds(secs)),
        ..ApiKey::new("wall", key, "default", Role::Viewer)
    };
    let app = TestApp::spawn_with(|config| {
        config.auth.keys = vec![until(&key, 4), until(&ended, -1)];
    })
    .await;
    let refusal = app.bearer(&ended).refusal("{ __typename }", json!({})).await;
    assert_eq!(refusal, ("UNAUTHENTICATED".to_owned(), "the key has expired".to_owned()));
    let query = "subscription { realtimeOverview { version } }";
    let mut wall = app.subscribe_as(&key, query).await;
    wall.data().await;
    assert_eq!(wall.closed().await, (4403, "token expired".to_owned()));
}

#[tokio::test]
async fn as_long_as_no_key_of_the_provider_is_known_the_answer_is_to_try_again() {
    let away = |config: &mut Config| {
        // Nothing listens there.
        config.auth.jwks_url = Some("http://127.0.0.1:9/keys".to_owned());
        config.auth.audience = Some("deskpulse".to_owned());
    };
    let app = TestApp::spawn_with(away).await;
    let header = json!({ "alg": "ES256", "kid": "a" });
    let part = |value: &Value| {
        use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
        URL_SAFE_NO_PAD.encode(value.to_string())
    };
    let token = format!("{}.{}.{}", part(&header), part(&json!({})), part(&json!("x")));
    let answer = app.bearer(&token).send("{ __typename }", json!({})).await;
    assert_eq!((answer.status, answer.codes()), (503, vec!["UNAVAILABLE"]));
    assert_eq!(answer.body["errors"][0]["extensions"]["retryAfterMs"], 1_000);
    let export = app.bearer(&token).get("/export/sessions.csv").await;
    assert_eq!(export.status().as_u16(), 503);
    let mut socket = app.socket_as(&token).await;
    assert_eq!(socket.closed().await.0, 1013);
    // Other tokens are judged as ever, and the audience is asked of them too.
    let own = app.token("default", Role::Viewer, "ann");
    app.bearer(&own).ask("{ __typename }").await;
}
