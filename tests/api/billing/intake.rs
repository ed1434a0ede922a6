//! What providers send.

use deskpulse::{
    auth::{Role, generate_key},
    config::ApiKey,
};
use serde_json::{Value, json};

use super::{daily, ledger};
use crate::harness::{NOW, TestApp};

#[tokio::test]
async fn a_callback_of_a_provider_is_recorded_once() {
    let app = TestApp::spawn().await;
    let chat = json!({ "event": "conversation.chat.completed", "data": {
        "id": "r", "conversation_id": "s", "status": "completed", "completed_at": 1_773_028_800,
        "usage": { "token_count": 1_500, "input_count": 1_000, "output_count": 500 },
    } });
    let completion = json!({
        "id": "r", "object": "chat.completion", "created": 1_773_028_800, "model": "gpt-4o-mini",
        "usage": { "prompt_tokens": 1_000, "completion_tokens": 500, "total_tokens": 1_500,
            "prompt_tokens_details": { "cached_tokens": 400 } },
    });
    for recorded in [true, false] {
        for (path, body) in [
            ("/intake/coze/default?model=gpt-4o-mini", &chat),
            ("/intake/openai/default", &completion),
        ] {
            let answer = app.product().post_to(path, body).await;
            let expected = json!({ "recorded": recorded, "estimatedCost": "0.00045" });
            assert_eq!((answer.status, answer.body), (200, expected), "{path}");
        }
    }
    assert_eq!(
        daily(&app.viewer(), 2, Value::Null).await[0],
        json!({
            "date": "2026-03-09", "totalTokens": 3_000, "totalApiCalls": 2,
            "estimatedCost": "0.0009",
        })
    );
    let rows = ledger(&app.viewer(), "r", json!("openai")).await;
    assert_eq!(
        (&rows[0]["inputTokens"], &rows[0]["cachedInputTokens"]),
        (&json!(600), &json!(400))
    );
}

#[tokio::test]
async fn an_intake_is_for_who_may_record_in_that_tenant() {
    let app = TestApp::spawn().await;
    let completion = json!({ "id": "r", "usage": { "total_tokens": 7 } });
    let other = json!({ "id": "r", "usage": { "total_tokens": 8 } });
    for (client, path, body, status, code) in [
        (app.nobody(), "/intake/openai/default", &completion, 401, "UNAUTHENTICATED"),
        (app.viewer(), "/intake/openai/default", &completion, 403, "FORBIDDEN"),
        (app.product(), "/intake/openai/acme", &completion, 403, "FORBIDDEN"),
        (app.operator(), "/intake/openai/nowhere", &completion, 404, "NOT_FOUND"),
        (app.product(), "/intake/openai/default", &json!({}), 400, "BAD_USER_INPUT"),
        (app.product(), "/intake/openai/default", &json!("x"), 400, "BAD_USER_INPUT"),
    ] {
        let answer = client.post_to(path, body).await;
        assert_eq!((answer.status, answer.codes()), (status, vec![code]), "{path} {body}");
    }
    let operator = app.operator().post_to("/intake/openai/acme", &completion).await;
    assert_eq!(operator.body, json!({ "recorded": true, "estimatedCost": null }));
    let conflict = app.operator().post_to("/intake/openai/acme", &other).await;
    assert_eq!((conflict.status, conflict.codes()), (409, vec!["CONFLICT"]));
    assert_eq!(daily(&app.viewer(), 1, Value::Null).await[0]["totalApiCalls"], 0);
}

/// What Coze puts beside a body, and without a key or token.
fn signed(body: &str, secret: &str, at: &str) -> [(&'static str, String); 3] {
    use sha1::{Digest as _, Sha1};
    let at: chrono::DateTime<chrono::Utc> = at.parse().expect("an instant");
    let timestamp = at.timestamp().to_string();
    let signature = Sha1::digest(format!("{timestamp}nonce{secret}{body}"));
    [
        ("x-coze-timestamp", timestamp),
        ("x-coze-nonce", "nonce".to_owned()),
        ("x-coze-signature", hex::encode(signature)),
    ]
}

#[tokio::test]
async fn a_callback_that_coze_has_signed_is_billed_once_to_its_tenant() {
    let app = TestApp::spawn_with(|config| {
        let tenant = config.tenants.get_mut("acme").expect("the tenant");
        let tenant = std::sync::Arc::make_mut(tenant);
        tenant.coze.token = Some("the secret of acme".into());
        tenant.coze.bots.insert("bot-7".to_owned(), "gpt-4o-mini".to_owned());
    })
    .await;
    let chat = json!({ "event": "conversation.chat.completed", "data": {
        "id": "chat-1", "bot_id": "bot-7", "conversation_id": "s", "status": "completed",
        "completed_at": 1_773_115_200,
        "usage": { "token_count": 1_500, "input_count": 1_000, "output_count": 500 },
    } });
    let body = chat.to_string();
    let send = async |path: &str, headers: &[(&'static str, String)]| {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        app.nobody().post_with(path, body.clone(), &headers).await
    };
    let good = signed(&body, "the secret of acme", NOW);
    for recorded in [true, false] {
        let answer = send("/intake/coze/acme", &good).await;
        let expected = json!({ "recorded": recorded, "estimatedCost": "0.00045" });
        assert_eq!((answer.status, answer.body), (200, expected));
    }
    let late = signed(&body, "the secret of acme", "2026-03-10T04:06:00Z");
    let foreign = signed(&body, "another secret", NOW);
    for (path, headers) in [
        ("/intake/coze/acme", &late[..]),
        ("/intake/coze/acme", &foreign[..]),
        ("/intake/coze/acme", &good[..2]),
        ("/intake/coze/default", &good[..]),
        ("/intake/coze/nowhere", &good[..]),
        ("/intake/openai/acme", &good[..]),
    ] {
        let answer = send(path, headers).await;
        assert_eq!((answer.status, answer.codes()), (401, vec!["UNAUTHENTICATED"]), "{path}");
        assert!(!answer.body.to_string().contains("secret of"), "{path}");
    }
    let day = daily(&app.caller("acme", Role::Viewer, "ann"), 2, Value::Null).await;
    let calls: i64 =
        day.as_array().unwrap().iter().map(|day| day["totalApiCalls"].as_i64().unwrap()).sum();
    assert_eq!(calls, 1);
}

#[tokio::test]
async fn a_call_that_failed_or_told_no_usage_has_no_known_cost() {
    let key = generate_key();
    let app = TestApp::spawn_with(|config| {
        config.auth.keys.push(ApiKey::new("gateway", &key, "default", Role::Ingest));
    })
    .await;
    let gateway = app.bearer(&key);
    let chat = json!({ "event": "conversation.chat.failed", "data": {
        "id": "c", "conversation_id": "s", "status": "failed", "failed_at": 1_773_028_800,
        "last_error": { "code": 4_000, "msg": "…" },
    } });
    let stream = json!({
        "id": "o", "object": "chat.completion", "created": 1_773_028_800, "model": "gpt-4o-mini",
        "choices": [], "usage": null,
    });
    for (path, body) in [("/intake/coze/default", &chat), ("/intake/openai/default", &stream)] {
        let answer = gateway.post_to(path, body).await;
        let expected = json!({ "recorded": true, "estimatedCost": null });
        assert_eq!((answer.status, answer.body), (200, expected), "{path}");
    }
    for (id, provider, status) in [("c", "coze", "FAILED"), ("o", "openai", "COMPLETED")] {
        let row = ledger(&app.viewer(), id, json!(provider)).await[0].clone();
        let found = (&row["status"], &row["usageKnown"], &row["tokens"], &row["cost"]);
        assert_eq!(found, (&json!(status), &json!(false), &json!(0), &Value::Null), "{provider}");
    }
    let query = "{ billing { daily(days: 2) { totalApiCalls unpricedCalls estimatedCost } } }";
    let day = app.viewer().ask(query).await["billing"]["daily"][0].clone();
    assert_eq!(day, json!({ "totalApiCalls": 2, "unpricedCalls": 2, "estimatedCost": null }));
}
