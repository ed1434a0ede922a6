//! Who may do what: every field of the schema's roots by role and tenant, and every credential.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use deskpulse::{
    auth::{Role, generate_key, issue_token},
    clock::{Clock as _, SystemClock},
    config::ApiKey,
};
use serde_json::{Value, json};

use crate::harness::{Client, TestApp, eventually};

/// Questions: field, what is selected of it, roles that are answered. A field of `realtime`,
/// `stats`, `quality` or `billing` has a row of its own, since the right is checked there.
const QUESTIONS: [(&str, &str, &[Role]); 41] = [
    ("realtime.overview", "realtime { overview { version } }", READERS),
    ("realtime.channels", "realtime { channels { id } }", READERS),
    ("realtime.agents", "realtime { agents { agentId } }", READERS_AND_AGENTS),
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
        READERS_AND_AGENTS,
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
    ("quality.records", "quality { records { total } }", READERS_AND_AGENTS),
    ("quality.audits", "quality { audits { edges { cursor } } }", READERS_AND_AGENTS),
    ("quality.audit", "quality { audit(id: \"QA-001\") { id } }", READERS_AND_AGENTS),
    ("quality.nextAudit", "quality { nextAudit { id } }", REVIEWERS),
    ("quality.pending", "quality { pending { total } }", READERS),
    ("quality.agreement", "quality { agreement { pairs } }", READERS),
    ("quality.scorecards", "quality { scorecards { id } }", EVERYONE),
    (
        "quality.findingCounts",
        "quality { findingCounts(from: \"2026-03-01T00:00:00Z\", to: \"2026-03-02T00:00:00Z\") { code } }",
        READERS,
    ),
    ("quality.overturns", "quality { overturns { scoredBy } }", READERS),
    ("billing.usage", "billing { usage { tokensUsed } }", READERS),
    ("billing.roi", "billing { roi { savedCost } }", READERS),
    ("billing.quota", "billing { quota { plan } }", READERS),
    ("billing.forecast", "billing { forecast { runsOutOn } }", READERS),
    ("billing.daily", "billing { daily { totalTokens } }", READERS),
    (
        "billing.models",
        "billing { models(from: \"2026-03-01\", to: \"2026-03-10\") { totalTokens } }",
        READERS,
    ),
    ("billing.checkQuota", "billing { checkQuota(tokens: 1) { allowed } }", ALL_BUT_AGENTS),
    ("billing.quotaAlerts", "billing { quotaAlerts { percent } }", READERS),
    ("billing.ledger", "billing { ledger(requestId: \"r\") { kind } }", READERS),
    ("session", "session(id: \"s\") { id }", READERS_AND_AGENTS),
    ("sessions", "sessions { edges { cursor } }", READERS_AND_AGENTS),
    ("events", "events(filter: $filter) { edges { cursor } }", READERS),
    ("ingestStatus", "ingestStatus { accepted }", ALL_BUT_AGENTS),
    ("quarantine", "quarantine { edges { cursor } }", &[Role::Operator]),
    ("viewer", "viewer { subject }", EVERYONE),
    ("__typename", "__typename", EVERYONE),
];

/// Changes: field, its arguments and selection, roles that may. All act in the own tenant.
const CHANGES: [(&str, &str, &[Role]); 22] = [
    ("trackEvent", "(input: { name: \"a\", product: \"p\" }) { status }", SENDERS),
    ("trackEvents", "(input: [{ name: \"a\", product: \"p\" }]) { status }", SENDERS),
    ("recordTokenUsage", "(input: { tokens: 1 }) { recorded }", SENDERS),
    ("recordTokenUsages", "(input: [{ tokens: 1 }]) { recorded }", SENDERS),
    (
        "correctTokenUsage",
        "(input: { requestId: \"none\", inputTokens: 1, outputTokens: 1 }) { corrected }",
        &[Role::Operator],
    ),
    (
        "repriceUsage",
        "(from: \"2026-03-09\", to: \"2026-03-10\") { changedCalls }",
        &[Role::Operator],
    ),
    ("reserveTokens", "(tokens: 1, ttlSecs: 1) { granted }", SENDERS),
    ("settleReservation", "(id: \"none\", tokens: 1) { changed }", SENDERS),
    ("releaseReservation", "(id: \"none\") { changed }", SENDERS),
    (
        "updateAgentStatus",
        "(input: { agentId: \"li\", status: AWAY }) { status }",
        &[Role::Ingest, Role::Agent, Role::Operator],
    ),
    ("acknowledgeAlert", "(sessionId: \"none\") { sessionId }", READERS),
    (
        "createAudit",
        "(input: { sessionId: \"s\", score: 9, auditType: AUTO }) { id }",
        &[Role::Ingest, Role::Reviewer, Role::Operator],
    ),
    ("reviewAudit", "(input: { auditId: \"QA-999\", finalScore: 9 }) { id }", REVIEWERS),
    (
        "scoreAudit",
        "(input: { sessionId: \"s\", scorecard: \"none\", answers: [], auditType: AUTO }) { id }",
        &[Role::Ingest, Role::Reviewer, Role::Operator],
    ),
    ("claimAudit", "(auditId: \"QA-999\") { id }", REVIEWERS),
    ("releaseAudit", "(auditId: \"QA-999\") { id }", REVIEWERS),
    ("disputeAudit", "(auditId: \"QA-999\", comment: \"no\") { id }", READERS_AND_AGENTS),
    (
        "ruleOnDispute",
        "(input: { auditId: \"QA-999\", ruling: REJECTED, comment: \"no\" }) { id }",
        REVIEWERS,
    ),
    ("replayQuarantine", "(input: { product: \"p\" }) { accepted }", &[Role::Operator]),
    ("dropQuarantine", "(input: { product: \"p\" }) { dropped }", &[Role::Operator]),
    ("startDemo", "{ state }", &[Role::Operator]),
    ("removeDemo", "{ state }", &[Role::Operator]),
];

/// Subscriptions: field, selection, roles that are answered.
const SUBSCRIPTIONS: [(&str, &str, &[Role]); 6] = [
    ("realtimeOverview", "{ version }", READERS),
    ("realtimeChannels", "{ id }", READERS),
    ("realtimeAgents", "{ agentId }", READERS_AND_AGENTS),
    ("alerts", "{ sessionId }", READERS),
    ("eventStream", "{ id }", READERS),
    ("quotaAlerts", "{ percent }", READERS),
];

const EVERYONE: &[Role] =
    &[Role::Ingest, Role::Viewer, Role::Reviewer, Role::Agent, Role::Operator];
const ALL_BUT_AGENTS: &[Role] = &[Role::Ingest, Role::Viewer, Role::Reviewer, Role::Operator];
const READERS_AND_AGENTS: &[Role] = &[Role::Viewer, Role::Reviewer, Role::Agent, Role::Operator];
const READERS: &[Role] = &[Role::Viewer, Role::Reviewer, Role::Operator];
const REVIEWERS: &[Role] = &[Role::Reviewer, Role::Operator];
const SENDERS: &[Role] = &[Role::Ingest, Role::Operator];

/// Fields that are about the caller alone, in its own tenant.
const OWN: [&str; 2] = ["viewer", "__typename"];

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
        assert!(args.contains("tenantId") || OWN.contains(&&*name), "{name} has no tenantId");
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
    let mut known = BTreeSet::new();
    for (name, (_, args)) in fields(&viewer, "Subscription").await {
        assert!(args.contains("tenantId"), "{name} has no tenantId");
        known.insert(name);
    }
    let rows: BTreeSet<_> = SUBSCRIPTIONS.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(known, rows);
}

/// The code of the error that a subscription begins with, or what stands for a first answer.
async fn first_of(app: &TestApp, role: Role, query: &str) -> String {
    let mut wall = app.subscribe("default", role, query).await;
    let message = if query.contains("eventStream") {
        let event = json!([{ "name": "page.view", "product": "shop" }]);
        let tick = async || {
            app.product().track(event.as_array().expect("events")).await;
            let message = wall.message();
            tokio::time::timeout(std::time::Duration::from_millis(200), message).await.ok()
        };
        eventually("an answer", tick).await
    } else {
        wall.message().await
    };
    let code = message["payload"][0]["extensions"]["code"].as_str();
    match (message["type"].as_str(), message["payload"].get("errors")) {
        (Some("next"), None) => "answered".to_owned(),
        _ => code.unwrap_or_else(|| panic!("{message}")).to_owned(),
    }
}

#[tokio::test]
async fn a_subscription_is_answered_by_role_and_tenant() {
    let app = TestApp::spawn().await;
    for role in EVERYONE {
        for (field, selection, allowed) in SUBSCRIPTIONS {
            let expected = if allowed.contains(role) { "answered" } else { "FORBIDDEN" };
            let query =
                |argument: &str| format!("subscription {{ {field}{argument} {selection} }}");
            for argument in ["", "(tenantId: \"default\")"] {
                let found = first_of(&app, *role, &query(argument)).await;
                assert_eq!(found, expected, "{field}{argument} as {role:?}");
            }
            // Nothing happens there that `eventStream` could show to an operator.
            for tenant in ["acme", "nowhere"] {
                let found = match (*role, tenant) {
                    (Role::Operator, "acme") if field == "eventStream" => continue,
                    (Role::Operator, "acme") => "answered",
                    (Role::Operator, _) => "NOT_FOUND",
                    _ => "FORBIDDEN",
                };
                let foreign = query(&format!("(tenantId: \"{tenant}\")"));
                assert_eq!(first_of(&app, *role, &foreign).await, found, "{foreign} as {role:?}");
            }
        }
    }
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
            if OWN.contains(&field) {
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
            // There is none of what these name, which only those learn who may see it.
            let of_none = [
                "acknowledgeAlert",
                "scoreAudit",
                "correctTokenUsage",
                "settleReservation",
                "releaseReservation",
                // A service that asks for credentials offers none.
                "startDemo",
                "removeDemo",
            ];
            // To an agent others look absent.
            let is_of_other = *role == Role::Agent && field == "updateAgentStatus";
            let is_of_none = is_of_other || call.contains("QA-999") || of_none.contains(&field);
            let expected = match (allowed.contains(role), is_of_none) {
                (false, _) => "FORBIDDEN",
                (true, true) => "NOT_FOUND",
                (true, false) => "answered",
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

#[tokio::test]
async fn a_key_acts_with_its_role_in_its_tenant_under_its_name() {
    let (sender, reviewer) = (generate_key(), generate_key());
    let app = TestApp::spawn_with(|config| {
        config.auth.keys.push(ApiKey::new("chatbot", &sender, "acme", Role::Ingest));
        let mut shouted = ApiKey::new("review desk", &reviewer, "acme", Role::Reviewer);
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
            config.auth.keys.push(ApiKey::new("desk", &key, "default", Role::Viewer));
        })
        .await;
    let answer = app.bearer(&token).send("{ __typename }", json!({})).await;
    assert_eq!(answer.status, 401);
    app.bearer(&key).ask("{ __typename }").await;
}
