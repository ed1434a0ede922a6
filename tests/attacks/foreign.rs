//! Ids of another tenant, in every field that takes one: they are not there.

use async_graphql::parser::{
    parse_schema,
    types::{BaseType, Type, TypeKind, TypeSystemDefinition},
};
use chrono::TimeDelta;
use deskpulse::{
    auth::Role,
    clock::{Clock as _, SystemClock},
};
use entity::quarantine::{self, Origin};
use sea_orm::{EntityTrait as _, IntoActiveModel as _};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Attack, Service};

/// Every argument and every field of an input, with its type: `Query.session`, `id`, `ID`.
pub(crate) fn arguments() -> Vec<(String, String, String)> {
    let schema = parse_schema(include_str!("../../schema.graphql")).expect("a schema");
    let mut found = Vec::new();
    for definition in schema.definitions {
        let TypeSystemDefinition::Type(definition) = definition else { continue };
        let owner = definition.node.name.node.to_string();
        match definition.node.kind {
            TypeKind::Object(object) => {
                for field in object.fields {
                    let path = format!("{owner}.{}", field.node.name.node);
                    for argument in field.node.arguments {
                        let name = argument.node.name.node.to_string();
                        found.push((path.clone(), name, base(&argument.node.ty.node)));
                    }
                }
            }
            TypeKind::InputObject(input) => {
                for field in input.fields {
                    let name = field.node.name.node.to_string();
                    found.push((owner.clone(), name, base(&field.node.ty.node)));
                }
            }
            _ => {}
        }
    }
    found
}

fn base(ty: &Type) -> String {
    match &ty.base {
        BaseType::Named(name) => name.to_string(),
        BaseType::List(inner) => base(inner),
    }
}

/// Ids that name something new or are free text: no row is looked up by them.
const OWN: [(&str, &str); 15] = [
    ("TrackEventInput", "id"),
    ("TrackEventInput", "sessionId"),
    ("AgentStatusInput", "agentId"),
    ("CreateAuditInput", "sessionId"),
    ("CreateAuditInput", "agentId"),
    ("CreateAuditInput", "scorecard"),
    ("ScoreAuditInput", "sessionId"),
    ("ScoreAuditInput", "agentId"),
    ("ScoreAuditInput", "scorecard"),
    ("AuditAnswerInput", "category"),
    ("AuditFindingInput", "eventId"),
    ("TokenUsageInput", "requestId"),
    ("TokenUsageInput", "sessionId"),
    ("Mutation.reserveTokens", "key"),
    ("SessionFilter", "visitorId"),
];

/// What tenant `default` has, and tenant `acme` asks for.
#[derive(Clone, Default)]
struct Owned {
    audit: String,
    reservation: String,
    quarantined: String,
}

/// What is expected of a question.
enum Expected {
    NotFound,
    /// This, at this pointer.
    Nothing(&'static str, Value),
}

struct Question {
    /// The arguments that it is about.
    about: &'static [(&'static str, &'static str)],
    role: Role,
    query: &'static str,
    values: Value,
    expected: Expected,
}

fn question(
    about: &'static [(&'static str, &'static str)],
    role: Role,
    query: &'static str,
    values: Value,
    expected: Expected,
) -> Question {
    Question { about, role, query, values, expected }
}

fn questions(owned: &Owned) -> Vec<Question> {
    let mut all = readings(owned);
    all.extend(changes_of_audits(owned));
    all.extend(other_changes(owned));
    all
}

/// Questions that change nothing.
fn readings(owned: &Owned) -> Vec<Question> {
    use Expected::Nothing;
    use Role::Viewer;
    vec![
        question(
            &[("Query.session", "id")],
            Viewer,
            "{ session(id: \"s\") { id } }",
            json!({}),
            Nothing("/data/session", Value::Null),
        ),
        question(
            &[("SessionFilter", "agentId")],
            Viewer,
            "{ sessions(filter: { agentId: \"li\" }) { edges { cursor } } }",
            json!({}),
            Nothing("/data/sessions/edges", json!([])),
        ),
        question(
            &[("EventFilter", "sessionId")],
            Viewer,
            "query($from: DateTime!, $to: DateTime!) { \
             events(filter: { from: $from, to: $to, sessionId: \"s\" }) { edges { cursor } } }",
            this_day(),
            Nothing("/data/events/edges", json!([])),
        ),
        question(
            &[("AuditFilter", "agentId"), ("AuditFilter", "sessionId")],
            Viewer,
            "{ quality { audits(filter: { agentId: \"li\", sessionId: \"s\" }) { edges { cursor } } } }",
            json!({}),
            Nothing("/data/quality/audits/edges", json!([])),
        ),
        question(
            &[("MetricFilter", "agentIds")],
            Viewer,
            "query($from: Date!) { metrics(ids: [\"total_sessions\"], from: $from, to: $from, \
             filter: { agentIds: [\"li\"] }) { series { total { value } } } }",
            json!({ "from": "2026-01-01" }),
            Nothing("/data/metrics/series/0/total/value", json!(0.0)),
        ),
        question(
            &[("Quality.audit", "id")],
            Viewer,
            "query($id: ID!) { quality { audit(id: $id) { id } } }",
            json!({ "id": owned.audit }),
            Nothing("/data/quality/audit", Value::Null),
        ),
        question(
            &[("Billing.ledger", "requestId")],
            Viewer,
            "{ billing { ledger(requestId: \"call\") { tokens } } }",
            json!({}),
            Nothing("/data/billing/ledger", json!([])),
        ),
    ]
}

fn changes_of_audits(owned: &Owned) -> Vec<Question> {
    use Expected::NotFound;
    use Role::{Reviewer, Viewer};
    let audit = json!({ "id": owned.audit });
    vec![
        question(
            &[("Mutation.acknowledgeAlert", "sessionId")],
            Reviewer,
            "mutation { acknowledgeAlert(sessionId: \"s\") { sessionId } }",
            json!({}),
            NotFound,
        ),
        question(
            &[("ReviewAuditInput", "auditId")],
            Reviewer,
            "mutation($id: ID!) { reviewAudit(input: { auditId: $id, finalScore: 90 }) { id } }",
            audit.clone(),
            NotFound,
        ),
        question(
            &[("Mutation.claimAudit", "auditId")],
            Reviewer,
            "mutation($id: ID!) { claimAudit(auditId: $id) { id } }",
            audit.clone(),
            NotFound,
        ),
        question(
            &[("Mutation.releaseAudit", "auditId")],
            Reviewer,
            "mutation($id: ID!) { releaseAudit(auditId: $id) { id } }",
            audit.clone(),
            NotFound,
        ),
        question(
            &[("Mutation.disputeAudit", "auditId")],
            Viewer,
            "mutation($id: ID!) { disputeAudit(auditId: $id, comment: \"no\") { id } }",
            audit.clone(),
            NotFound,
        ),
        question(
            &[("RuleOnDisputeInput", "auditId")],
            Reviewer,
            "mutation($id: ID!) { ruleOnDispute(input: { auditId: $id, ruling: REJECTED, \
             comment: \"no\" }) { id } }",
            audit,
            NotFound,
        ),
    ]
}

fn other_changes(owned: &Owned) -> Vec<Question> {
    use Expected::{NotFound, Nothing};
    use Role::{Ingest, Operator};
    let reservation = json!({ "id": owned.reservation });
    let quarantined = json!({ "ids": [owned.quarantined] });
    vec![
        question(
            &[("Mutation.settleReservation", "id")],
            Ingest,
            "mutation($id: ID!) { settleReservation(id: $id, tokens: 1) { changed } }",
            reservation.clone(),
            NotFound,
        ),
        question(
            &[("Mutation.releaseReservation", "id")],
            Ingest,
            "mutation($id: ID!) { releaseReservation(id: $id) { changed } }",
            reservation,
            NotFound,
        ),
        question(
            &[("CorrectTokenUsageInput", "requestId")],
            Operator,
            "mutation { correctTokenUsage(input: { requestId: \"call\", inputTokens: 1, \
             outputTokens: 1 }) { corrected } }",
            json!({}),
            NotFound,
        ),
        question(
            &[("ReplayQuarantineInput", "ids")],
            Operator,
            "mutation($ids: [ID!]!) { replayQuarantine(input: { ids: $ids }) { accepted kept } }",
            quarantined.clone(),
            Nothing("/data/replayQuarantine/accepted", json!(0)),
        ),
        question(
            &[("DropQuarantineInput", "ids")],
            Operator,
            "mutation($ids: [ID!]!) { dropQuarantine(input: { ids: $ids }) { dropped } }",
            quarantined,
            Nothing("/data/dropQuarantine/dropped", json!(0)),
        ),
    ]
}

#[test]
fn every_field_that_takes_an_id_is_asked_for_a_foreign_one() {
    let owned = Owned::default();
    let asked: Vec<_> = questions(&owned).iter().flat_map(|question| question.about).collect();
    for (owner, name, ty) in arguments() {
        // Whose tenant it is, the tests of rights go into.
        if ty != "ID" || name == "tenantId" {
            continue;
        }
        let is_it = |known: &&(&str, &str)| known.0 == owner && known.1 == name;
        let is_known = asked.iter().any(&is_it) || OWN.iter().any(|own| is_it(&own));
        assert!(is_known, "{owner}.{name} takes an id, and no question asks for a foreign one");
    }
}

/// A day before and after the present.
fn this_day() -> Value {
    let now = SystemClock.now();
    let day = TimeDelta::days(1);
    json!({ "from": (now - day).to_rfc3339(), "to": (now + day).to_rfc3339() })
}

async fn given(service: &Service) -> Owned {
    let ask = async |role: Role, query: &str, values: Value| {
        let answer = service.ask("default", role, query, values).await;
        assert!(answer.body["errors"].is_null(), "{query}: {answer:?}");
        answer.body["data"].clone()
    };
    let events = json!([
        { "id": "a", "name": "session.start", "product": "bot", "sessionId": "s" },
        { "id": "b", "name": "session.queue", "product": "bot", "sessionId": "s" },
        { "id": "c", "name": "session.assign", "product": "bot", "sessionId": "t",
          "data": { "agent_id": "li" } },
    ]);
    let track = "mutation($e: [TrackEventInput!]!) { trackEvents(input: $e, durability: STORED) { status } }";
    ask(Role::Ingest, track, json!({ "e": events })).await;
    let usage =
        "mutation { recordTokenUsage(input: { requestId: \"call\", tokens: 10 }) { recorded } }";
    ask(Role::Ingest, usage, json!({})).await;
    let create = "mutation { createAudit(input: { sessionId: \"s\", agentId: \"li\", score: 10, \
                  auditType: AUTO }) { id } }";
    let audit = ask(Role::Ingest, create, json!({})).await;
    let reserve = "mutation { reserveTokens(tokens: 10, ttlSecs: 600) { reservation { id } } }";
    let reserved = ask(Role::Ingest, reserve, json!({})).await;
    let id = |value: &Value| value.as_str().expect("an id").to_owned();
    Owned {
        audit: id(&audit["createAudit"]["id"]),
        reservation: id(&reserved["reserveTokens"]["reservation"]["id"]),
        quarantined: quarantined(service).await,
    }
}

/// Puts an event into the quarantine of tenant `default`, as the store does with what it cannot take.
async fn quarantined(service: &Service) -> String {
    let (quarantine_id, now) = (Uuid::new_v4(), SystemClock.now());
    let row = quarantine::Model {
        tenant_id: "default".to_owned(),
        quarantine_id,
        product: "bot".to_owned(),
        event_id: None,
        payload: "garbage".to_owned(),
        payload_cut: false,
        reason: "not an event in JSON".to_owned(),
        origin: Origin::Buffer,
        received_at: now,
        created_at: now,
    };
    let insert = quarantine::Entity::insert(row.into_active_model());
    insert.exec_without_returning(service.db().await.pool()).await.expect("a row");
    quarantine_id.to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ids_of_another_tenant() {
    let service = Service::start().await;
    let owned = given(&service).await;
    let theirs = owned.clone();
    let attack = Attack { name: "foreign ids", attackers: 2, most_mib: 150 };
    attack
        .repeat(&service, move |service: Service| {
            let owned = theirs.clone();
            async move {
                for question in questions(&owned) {
                    let Question { role, query, values, expected, .. } = question;
                    let answer = service.ask("acme", role, query, values).await;
                    match expected {
                        Expected::NotFound => {
                            assert_eq!(answer.code(), "NOT_FOUND", "{query}: {answer:?}");
                        }
                        Expected::Nothing(pointer, nothing) => {
                            let found = answer.body.pointer(pointer);
                            assert_eq!(found, Some(&nothing), "{query}: {answer:?}");
                        }
                    }
                }
            }
        })
        .await;
    // What was tried has changed nothing.
    let mine = "query($id: ID!) { quality { audit(id: $id) { status } } }";
    let values = json!({ "id": owned.audit });
    let audit = service.ask("default", Role::Viewer, mine, values).await;
    assert_eq!(audit.body["data"]["quality"]["audit"]["status"], "PENDING_REVIEW", "{audit:?}");
    let kept = "{ quarantine { edges { node { id } } } }";
    let kept = service.ask("default", Role::Operator, kept, json!({})).await;
    let node = &kept.body["data"]["quarantine"]["edges"][0]["node"];
    assert_eq!(node["id"], owned.quarantined, "{kept:?}");
}
