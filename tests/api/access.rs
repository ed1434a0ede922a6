//! Who may do what: every field of the schema's roots by role and tenant, and every credential.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use deskpulse::{
    auth::{Role, generate_key, issue_token, key_digest},
    clock::{Clock as _, SystemClock},
    config::ApiKey,
};
use serde_json::{Value, json};

use crate::harness::{Client, TestApp};

/// Questions: field, what is selected of it, roles that are answered. A field of `realtime`,
/// `stats`, `quality` or `billing` has a row of its own, since the right is checked there.
const QUESTIONS: [(&str, &str, &[Role]); 29] = [
    ("realtime.overview", "realtime { overview { version } }", READERS),
    ("realtime.channels", "realtime { channels { id } }", READERS),
    ("realtime.agents", "realtime { agents { agentId } }", READERS),
    ("realtime.queue", "realtime { queue { waiting } }", READERS),
    ("realtime.alerts", "realtime { alerts { sessionId } }", READERS),
    ("stats.today", "stats { today { totalSessions } }", READERS),
    ("stats.trend", "stats { trend { sessions } }", READERS),
    ("stats.satisfaction", "stats { satisfaction { distribution { value } } }", READERS),
    (
        "stats.period",
        "stats { period(from: \"2026-03-01\", to: \"2026-03-10\") { totalSessions } }",
        READERS,
    ),
    (
        "stats.agents",
        "stats { agents(from: \"2026-03-01\", to: \"2026-03-10\") { agentId } }",
        READERS,
    ),
    ("metricCatalogue", "metricCatalogue { id }", READERS),
    (
        "metrics",
        "metrics(ids: [\"queued\"], from: \"2026-03-01\", to: \"2026-03-10\") { timeZone }",
        READERS,
    ),
    (
        "explain",
        "explain(metric: \"queued\", from: \"2026-03-01\", to: \"2026-03-10\") { value }",
        READERS,
    ),
    (
        "verifyRollup",
        "verifyRollup(from: \"2026-03-01\", to: \"2026-03-10\") { asOf }",
        &[Role::Operator],
    ),
    (
        "restatements",
        "restatements(from: \"2026-03-01\", to: \"2026-03-10\") { edges { cursor } }",
        READERS,
    ),
    ("quality.summary", "quality { summary { passRate } }", READERS),
    ("quality.records", "quality { records { total } }", READERS),
    ("quality.audits", "quality { audits { edges { cursor } } }", READERS),
    ("quality.audit", "quality { audit(id: \"QA-001\") { id } }", READERS),
    ("billing.usage", "billing { usage { tokensUsed } }", READERS),
    ("billing.roi", "billing { roi { savedCost } }", READERS),
    ("billing.quota", "billing { quota { plan } }", READERS),
    ("billing.daily", "billing { daily { totalTokens } }", READERS),
    ("session", "session(id: \"s\") { id }", READERS),
    ("sessions", "sessions { edges { cursor } }", READERS),
    ("events", "events(filter: $filter) { edges { cursor } }", READERS),
    ("ingestStatus", "ingestStatus { accepted }", EVERYONE),
    ("quarantine", "quarantine { edges { cursor } }", &[Role::Operator]),
    ("__typename", "__typename", EVERYONE),
];

/// Changes: field, its arguments and selection, roles that may. All act in the own tenant.
const CHANGES: [(&str, &str, &[Role]); 10] = [
    ("trackEvent", "(input: { name: \"a\", product: \"p\" }) { status }", SENDERS),
    ("trackEvents", "(input: [{ name: \"a\", product: \"p\" }]) { status }", SENDERS),
    ("recordTokenUsage", "(input: { tokens: 1 }) { recorded }", SENDERS),
    ("recordTokenUsages", "(input: [{ tokens: 1 }]) { recorded }", SENDERS),
    ("updateAgentStatus", "(input: { agentId: \"li\", status: AWAY }) { status }", SENDERS),
    ("acknowledgeAlert", "(sessionId: \"none\") { sessionId }", READERS),
    (
        "createAudit",
        "(input: { sessionId: \"s\", score: 9, auditType: AUTO }) { id }",
        &[Role::Ingest, Role::Reviewer, Role::Operator],
    ),
    (
        "reviewAudit",
        "(input: { auditId: \"QA-999\", finalScore: 9 }) { id }",
        &[Role::Reviewer, Role::Operator],
    ),
    ("replayQuarantine", "(input: { product: \"p\" }) { accepted }", &[Role::Operator]),
    ("dropQuarantine", "(input: { product: \"p\" }) { dropped }", &[Role::Operator]),
];

const EVERYONE: &[Role] = &[Role::Ingest, Role::Viewer, Role::Reviewer, Role::Operator];
const READERS: &[Role] = &[Role::Viewer, Role::Reviewer, Role::Operator];
const SENDERS: &[Role] = &[Role::Ingest, Role::Operator];

/// Root fields that only hold others.
const HOLDERS: [&str; 4] = ["realtime", "stats", "quality", "billing"];

/// Code of the first error, or what stands for none.
async fn outcome(client: &Client, query: &str) -> String {
    let filter = json!({ "from": "2026-03-09T16:00:00Z", "to": "2026-03-10T16:00:00Z" });
    let answer = client.send(query, json!({ "filter": filter })).await;
    answer.codes().first().map_or_else(|| "answered".to_owned(), |code| (*code).to_owned())
}

/// A question, about another tenant when `tenant` is given.
fn question(selection: &str, tenant: Option<&str>) -> String {
    let variables = if selection.contains("$filter") { "($filter: EventFilter!)" } else { "" };
    let selection = match tenant {
        None => selection.to_owned(),
        Some(tenant) => {
            let end = selection.find([' ', '(']).unwrap_or(selection.len());
            let (field, rest) = selection.split_at(end);
            let rest = rest.strip_prefix('(').map_or_else(|| format!("){rest}"), str::to_owned);
            format!("{field}(tenantId: \"{tenant}\" {rest}")
        }
    };
    format!("query Q{variables} {{ {selection} }}")
}

/// Names of a type's fields, each with the name of its own type.
async fn fields(client: &Client, of: &str) -> BTreeMap<String, (String, BTreeSet<String>)> {
    let query = "query ($of: String!) { __type(name: $of) {
        fields { name args { name } type { name ofType { name } } }
    } }";
    let found = client.data(query, json!({ "of": of })).await;
    let fields = found["__type"]["fields"].as_array().expect("fields").clone();
    fields
        .iter()
        .map(|field| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let kind = &field["type"];
            let kind =
                kind["name"].as_str().map_or_else(|| text(&kind["ofType"]["name"]), str::to_owned);
            let args = field["args"].as_array().expect("arguments");
            (text(&field["name"]), (kind, args.iter().map(|arg| text(&arg["name"])).collect()))
        })
        .collect()
}

#[tokio::test]
async fn every_field_of_the_roots_has_a_row_in_the_table() {
    let app = TestApp::spawn().await;
    let viewer = app.viewer();
    let mut known = BTreeSet::new();
    for (name, (kind, args)) in fields(&viewer, "Query").await {
        assert!(args.contains("tenantId"), "{name} has no tenantId");
        if HOLDERS.contains(&name.as_str()) {
            known
                .extend(fields(&viewer, &kind).await.keys().map(|inner| format!("{name}.{inner}")));
        } else {
            known.insert(name);
        }
    }
    known.insert("__typename".to_owned());
    let rows: BTreeSet<_> = QUESTIONS.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(known, rows);
    let mut known = BTreeSet::new();
    for (name, (_, args)) in fields(&viewer, "Mutation").await {
        assert!(!args.contains("tenantId"), "{name} has a tenantId: test it with another tenant");
        known.insert(name);
    }
    let rows: BTreeSet<_> = CHANGES.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(known, rows);
}

#[tokio::test]
async fn a_question_is_answered_by_role_and_tenant() {
    let app = TestApp::spawn().await;
    for role in EVERYONE {
        let client = app.caller("default", *role, "sam");
        for (field, selection, allowed) in QUESTIONS {
            let expect =
                |what: &'static str| if allowed.contains(role) { what } else { "FORBIDDEN" };
            let own = outcome(&client, &question(selection, None)).await;
            assert_eq!(own, expect("answered"), "{field} as {role:?}");
            if field == "__typename" {
                continue;
            }
            let named = outcome(&client, &question(selection, Some("default"))).await;
            assert_eq!(named, expect("answered"), "{field} as {role:?}, own tenant by name");
            for (tenant, found) in [("acme", "answered"), ("nowhere", "NOT_FOUND")] {
                let foreign = outcome(&client, &question(selection, Some(tenant))).await;
                let expected = if *role == Role::Operator { found } else { "FORBIDDEN" };
                assert_eq!(foreign, expected, "{field} of {tenant} as {role:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_change_is_made_by_role_in_the_own_tenant_only() {
    let app = TestApp::spawn().await;
    for role in EVERYONE {
        let client = app.caller("default", *role, "sam");
        for (field, call, allowed) in CHANGES {
            let outcome = outcome(&client, &format!("mutation {{ {field}{call} }}")).await;
            // There is neither QA-999 nor the alert, which only those learn who may see them.
            let expected = match (allowed.contains(role), field) {
                (false, _) => "FORBIDDEN",
                (true, "reviewAudit" | "acknowledgeAlert") => "NOT_FOUND",
                (true, _) => "answered",
            };
            assert_eq!(outcome, expected, "{field} as {role:?}");
        }
    }
    app.flushed("default").await;
    let query = "query ($tenant: ID) {
        ingestStatus(tenantId: $tenant) { accepted }
        quality(tenantId: $tenant) { summary { auditedCount } }
        billing(tenantId: $tenant) { usage { tokensUsed } }
        realtime(tenantId: $tenant) { agents { agentId } }
    }";
    let elsewhere = app.operator().data(query, json!({ "tenant": "acme" })).await;
    assert_eq!(
        elsewhere,
        json!({
            "ingestStatus": { "accepted": 0 }, "quality": { "summary": { "auditedCount": 0 } },
            "billing": { "usage": { "tokensUsed": 0 } }, "realtime": { "agents": [] },
        })
    );
    let own = app.operator().data(query, json!({ "tenant": "default" })).await;
    assert_eq!(own["quality"]["summary"]["auditedCount"], 3);
}

#[tokio::test]
async fn nobody_learns_anything() {
    let app = TestApp::spawn().await;
    let questions = QUESTIONS.iter().map(|(_, selection, _)| question(selection, None));
    let changes = CHANGES.iter().map(|(field, call, _)| format!("mutation {{ {field}{call} }}"));
    let others = ["{ __schema { types { name } } }", "{ nonsense }", "{"].map(str::to_owned);
    for query in questions.chain(changes).chain(others) {
        let answer = app.nobody().send(&query, json!({})).await;
        assert_eq!((answer.status, answer.codes()), (401, vec!["UNAUTHENTICATED"]), "{query}");
        assert_eq!(answer.body.get("data"), None);
    }
}

fn api_key(name: &str, key: &str, tenant: &str, role: Role) -> ApiKey {
    ApiKey { name: name.to_owned(), digest: key_digest(key), tenant: tenant.to_owned(), role }
}

#[tokio::test]
async fn a_key_acts_with_its_role_in_its_tenant_under_its_name() {
    let (sender, reviewer) = (generate_key(), generate_key());
    let app = TestApp::spawn_with(|config| {
        config.auth.keys.push(api_key("chatbot", &sender, "acme", Role::Ingest));
        let mut shouted = api_key("review desk", &reviewer, "acme", Role::Reviewer);
        // Hexadecimal digits are the same in capitals.
        shouted.digest = shouted.digest.to_uppercase();
        config.auth.keys.push(shouted);
    })
    .await;
    let sender = app.bearer(&sender);
    let created = "mutation { createAudit(input: {
        sessionId: \"s\", score: 9, auditType: AUTO
    }) { id } }";
    assert_eq!(sender.ask(created).await["createAudit"]["id"], "QA-001");
    assert_eq!(
        sender.refusal("{ quality { summary { passRate } } }", json!({})).await.0,
        "FORBIDDEN"
    );
    let review = "mutation { reviewAudit(input: { auditId: \"QA-001\", finalScore: 80 }) {
        score reviewedBy
    } }";
    let answer = app.bearer(&reviewer).ask(review).await;
    assert_eq!(answer["reviewAudit"], json!({ "score": 80, "reviewedBy": "review desk" }));
    let elsewhere = app.viewer().ask("{ quality { summary { auditedCount } } }").await;
    assert_eq!(elsewhere["quality"]["summary"]["auditedCount"], 0);
}

/// A token of any header and claims, signed with `secret`'s HS256 when it is given.
fn forged(header: &Value, claims: &Value, signature: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{signature}", part(header), part(claims))
}

#[tokio::test]
async fn a_wrong_credential_is_refused_with_its_reason() {
    let app = TestApp::spawn().await;
    let secret = app.config.auth.jwt_secret.clone().unwrap();
    let other = "another secret, of 32 bytes or more".to_owned().into();
    let now = SystemClock.now().timestamp();
    let token = |secret: &_, subject: &str, expires_at| {
        issue_token(secret, "default", subject, Role::Operator, expires_at).unwrap()
    };
    let hour = TimeDelta::hours(1).num_seconds();
    let good = token(&secret, "olga", now + hour);
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let claims =
        json!({ "sub": "olga", "tenant": "default", "role": "operator", "exp": now + hour });
    let hs512 = {
        let header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS512);
        let key = jsonwebtoken::EncodingKey::from_secret(
            "a secret of the tests, 32 bytes or more".as_bytes(),
        );
        jsonwebtoken::encode(&header, &claims, &key).unwrap()
    };
    let mut swapped = claims.clone();
    swapped["tenant"] = json!("acme");
    let header = json!({ "typ": "JWT", "alg": "HS256" });
    for (credential, expected) in [
        (generate_key(), "unknown key"),
        ("dpk_".to_owned(), "unknown key"),
        (token(&secret, "olga", now - 120), "the token has expired"),
        (token(&other, "olga", now + hour), "the token's signature is wrong"),
        (forged(&header, &swapped, signature), "the token's signature is wrong"),
        (format!("{signed}."), "the token's signature is wrong"),
        (
            forged(&json!({ "typ": "JWT", "alg": "none" }), &claims, ""),
            "the token's header is not one of a signed token",
        ),
        (hs512, "the token's algorithm is not HS256"),
        (token(&secret, &"x".repeat(65), now + hour), "the subject is not 1 to 64 printable bytes"),
        (
            token(&secret, &"界".repeat(22), now + hour),
            "the subject is not 1 to 64 printable bytes",
        ),
        (token(&secret, "", now + hour), "the subject is not 1 to 64 printable bytes"),
        ("nonsense".to_owned(), "the token's header is not one of a signed token"),
    ] {
        let answer = app.bearer(&credential).send("{ __typename }", json!({})).await;
        let message = answer.body["errors"][0]["message"].as_str().unwrap_or_default();
        assert_eq!(message, expected, "{credential}");
        assert_eq!((answer.status, answer.codes()), (401, vec!["UNAUTHENTICATED"]));
    }
    app.bearer(&token(&secret, &"x".repeat(64), now + hour)).ask("{ __typename }").await;
}

#[tokio::test]
async fn a_token_of_a_tenant_that_is_not_configured_is_refused() {
    let app = TestApp::spawn().await;
    let answer = app.caller("gone", Role::Operator, "olga").send("{ __typename }", json!({})).await;
    let message = &answer.body["errors"][0]["message"];
    assert_eq!((answer.status, answer.codes()), (403, vec!["NOT_FOUND"]), "{message}");
    assert_eq!(message, "tenant `gone` not found");
}

#[tokio::test]
async fn without_a_secret_no_token_is_accepted() {
    let key = generate_key();
    let app = TestApp::spawn().await;
    let token = app.token("default", Role::Operator, "olga");
    let app = app
        .restart_with(|config| {
            config.auth.jwt_secret = None;
            config.auth.keys.push(api_key("desk", &key, "default", Role::Viewer));
        })
        .await;
    let answer = app.bearer(&token).send("{ __typename }", json!({})).await;
    assert_eq!(answer.status, 401);
    app.bearer(&key).ask("{ __typename }").await;
}
