//! The argument `after` of every paged field. A cursor holds the key of a row; whatever it is made to
//! hold, it shows nothing of another tenant.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::{prelude::*, sample::select, strategy::BoxedStrategy};
use serde_json::{Value, json};

use crate::{
    mutate::{Text, mutated},
    run, seeds,
    service::Service,
};

/// A paged field, and where its cursors stand in the answer.
struct Field {
    query: &'static str,
    info: &'static str,
}

const FIELDS: [Field; 7] = [
    Field {
        query: "query ($after: String) { events(
            filter: { from: \"2026-02-20T00:00:00Z\", to: \"2026-03-20T00:00:00Z\" },
            first: 2, after: $after
        ) { edges { node { id name } } pageInfo { endCursor } } }",
        info: "/data/events/pageInfo/endCursor",
    },
    Field {
        query: "query ($after: String) { sessions(first: 2, after: $after) {
            edges { node { id channelName } } pageInfo { endCursor } } }",
        info: "/data/sessions/pageInfo/endCursor",
    },
    Field {
        query: "query ($after: String) { session(id: \"s-1\") { events(first: 2, after: $after) {
            edges { node { id } } pageInfo { endCursor } } } }",
        info: "/data/session/events/pageInfo/endCursor",
    },
    Field {
        query: "query ($after: String) { quality { audits(first: 2, after: $after) {
            edges { node { id customer } } pageInfo { endCursor } } } }",
        info: "/data/quality/audits/pageInfo/endCursor",
    },
    Field {
        query: "query ($after: String) { explain(
            metric: \"total_sessions\", from: \"2026-03-04\", to: \"2026-03-10\"
        ) { rows(first: 2, after: $after) {
            edges { node { id at } } pageInfo { endCursor } } } }",
        info: "/data/explain/rows/pageInfo/endCursor",
    },
    Field {
        query: "query ($after: String) { restatements(
            from: \"2026-02-20\", to: \"2026-03-10\", first: 2, after: $after
        ) { edges { node { date measure } } pageInfo { endCursor } } }",
        info: "/data/restatements/pageInfo/endCursor",
    },
    Field {
        query: "query ($after: String) { quarantine(first: 2, after: $after) {
            edges { node { id } } pageInfo { endCursor } } }",
        info: "/data/quarantine/pageInfo/endCursor",
    },
];

/// What stands in all that is of the other tenant.
const FOREIGN: &str = "of-acme";

pub(crate) struct Target {
    service: Service,
    /// Real ones, of both tenants.
    cursors: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Input {
    field: usize,
    cursor: Text,
}

impl run::Target for Target {
    type Input = Input;

    const NAME: &str = "cursors";
    const OUTCOMES: &[&str] = &["200 ok", "200 BAD_USER_INPUT"];

    async fn open() -> Self {
        let service = Service::open().await;
        let mut cursors = Vec::new();
        for (tenant, name) in [("default", "own"), ("acme", FOREIGN)] {
            given_rows(&service, tenant, name).await;
            for field in &FIELDS {
                let page = service.ask(tenant, field.query, &json!({})).await;
                assert!(page["errors"].is_null(), "{}: {page}", field.query);
                cursors.extend(page.pointer(field.info).and_then(Value::as_str).map(str::to_owned));
            }
        }
        assert!(cursors.len() >= 10, "{cursors:?}");
        Self { service, cursors }
    }

    fn inputs(&self) -> BoxedStrategy<Input> {
        let decoded = self.cursors.iter().map(|cursor| {
            let bytes = URL_SAFE_NO_PAD.decode(cursor).expect("base64");
            String::from_utf8(bytes).expect("text")
        });
        let decoded: Vec<_> = decoded.collect();
        let within = mutated(&decoded).prop_map(|text| Text(URL_SAFE_NO_PAD.encode(text.0).into()));
        let cursor = prop_oneof![3 => within, 1 => mutated(&self.cursors)];
        (select((0..FIELDS.len()).collect::<Vec<_>>()), cursor)
            .prop_map(|(field, cursor)| Input { field, cursor })
            .boxed()
    }

    async fn offer(&self, input: &Input) -> Result<String, String> {
        let query = FIELDS[input.field].query;
        let body = json!({ "query": query, "variables": { "after": input.cursor.lossy() } });
        let answer = self.service.post("/graphql", &[], body.to_string().into_bytes()).await?;
        if answer.body.contains(FOREIGN) && !input.cursor.lossy().contains(FOREIGN) {
            return Err(format!("rows of another tenant: {answer:?}"));
        }
        answer.judge(&input.cursor.lossy())
    }

    async fn close(self) -> Result<(), String> {
        self.service.close().await;
        Ok(())
    }
}

/// Sessions, events and audits whose texts tell the tenant.
async fn given_rows(service: &Service, tenant: &str, name: &str) {
    let events: Vec<Value> = (0..6)
        .map(|index| {
            json!({
                "id": format!("{name}-{index}"), "name": "session.start", "product": "shop",
                "sessionId": format!("s-{}", index / 2), "occurredAt": "2026-03-09T03:00:00Z",
                "data": { "channel": "app", "channel_name": name },
            })
        })
        .collect();
    let track = "mutation ($input: [TrackEventInput!]!) {
        trackEvents(input: $input, durability: STORED) { status }
    }";
    let tracked = service.ask(tenant, track, &json!({ "input": events })).await;
    assert!(!tracked.to_string().contains("REJECTED"), "{tracked}");
    let create = seeds::operations().into_iter().find(|one| one.query.contains("createAudit("));
    let create = create.expect("an operation that creates audits");
    for index in 0..4 {
        let mut variables = create.variables.clone();
        variables["input"]["sessionId"] = json!(format!("s-{index}"));
        variables["input"]["customerName"] = json!(name);
        let created = service.ask(tenant, create.query, &variables).await;
        assert!(created["errors"].is_null(), "{created}");
    }
}

#[test]
fn every_paged_field_is_a_target() {
    let schema = include_str!("../../schema.graphql");
    assert_eq!(schema.matches(", after: String").count(), FIELDS.len());
}
