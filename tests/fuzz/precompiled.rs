//! Two services that differ in the precompiled path alone: whatever comes, they say the same.

use deskpulse::{auth::Role, config::Config};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use proptest::{prelude::*, sample::select, strategy::BoxedStrategy};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    answer::Answer,
    mutate::{Text, mutated},
    run,
    seeds::events,
    service::{Service, bearer},
};

const MEDIA: [&str; 2] = ["application/graphql-response+json", "application/json"];
const DOCUMENTS: [&str; 3] = [
    "mutation Track($input: [TrackEventInput!]!, $durability: Durability) {
        trackEvents(input: $input, durability: $durability) { id status reason }
    }",
    "mutation ($i: [TrackEventInput!]!) { sent: trackEvents(input: $i) { status key: id } }",
    "mutation ($input: TrackEventInput!) {
        trackEvent(input: $input, durability: STORED) { __typename status id reason }
    }",
];
const EVENTS: &str = "query ($after: String) {
    events(
        filter: { from: \"2026-02-20T00:00:00Z\", to: \"2026-03-20T00:00:00Z\" },
        first: 500, after: $after
    ) {
        edges { node { id name product sessionId data occurredAt receivedAt } }
        pageInfo { hasNextPage endCursor }
    }
}";
const BOOKS: &str = "{ ingestStatus { stored duplicate conflict rejected pending } }";

pub(crate) struct Target {
    with: Service,
    without: Service,
    metrics: PrometheusHandle,
    _guard: metrics::LocalRecorderGuard<'static>,
}

#[derive(Clone, Debug)]
pub(crate) struct Input {
    media: &'static str,
    body: Text,
}

impl run::Target for Target {
    type Input = Input;

    const NAME: &str = "precompiled";
    const OUTCOMES: &[&str] = &["200 ok", "200 BAD_USER_INPUT", "400 BAD_USER_INPUT"];

    async fn open() -> Self {
        // For as long as the process: a guard keeps the recorder of its thread borrowed.
        let recorder = &*Box::leak(Box::new(PrometheusBuilder::new().build_recorder()));
        let (metrics, guard) = (recorder.handle(), metrics::set_default_local_recorder(recorder));
        let without = |config: &mut Config| config.server.precompiled_ingest = false;
        Self {
            with: Service::open().await,
            without: Service::open_with("", without).await,
            metrics,
            _guard: guard,
        }
    }

    fn inputs(&self) -> BoxedStrategy<Input> {
        let events: Vec<Value> =
            events().iter().map(|event| serde_json::from_str(event).expect("JSON")).collect();
        let body = |document: &str, variables: Value| {
            json!({ "query": document, "variables": variables }).to_string()
        };
        let seeds = events.chunks(3).flat_map(|events| {
            [
                body(DOCUMENTS[0], json!({ "input": events, "durability": "STORED" })),
                body(DOCUMENTS[1], json!({ "i": events })),
                body(DOCUMENTS[2], json!({ "input": events[0] })),
            ]
        });
        let seeds: Vec<_> = seeds.collect();
        (mutated(&seeds), select(&MEDIA[..]))
            .prop_map(|(body, media)| Input { media, body })
            .boxed()
    }

    async fn offer(&self, input: &Input) -> Result<String, String> {
        let token = bearer("default", Role::Ingest);
        let headers: [(&str, &[u8]); 2] =
            [("accept", input.media.as_bytes()), ("authorization", token.as_bytes())];
        let mut answers = Vec::new();
        for service in [&self.with, &self.without] {
            let answer = service.post("/graphql", &headers, input.body.0.clone()).await?;
            service.flushed().await;
            answers.push(Answer { body: without_chance(&answer.body), ..answer });
        }
        if answers[0] != answers[1] {
            return Err(format!("{:?} by the path, {:?} by the engine", answers[0], answers[1]));
        }
        answers[0].judge(&input.body.lossy())
    }

    /// Both hold the same in the end, and the path was taken by some but not by all.
    async fn close(self) -> Result<(), String> {
        let (by_path, by_engine) = (self.count("precompiled"), self.count("engine"));
        if by_path < 20 || by_engine < by_path + 2 {
            return Err(format!("{by_path} and {by_engine} calls compare too little"));
        }
        for query in [BOOKS, EVENTS] {
            let (with, without) = (all(&self.with, query).await, all(&self.without, query).await);
            if with != without {
                return Err(format!("{with:?} by the path, {without:?} by the engine"));
            }
        }
        self.with.close().await;
        self.without.close().await;
        Ok(())
    }
}

impl Target {
    /// Calls that went by `path`.
    fn count(&self, path: &str) -> usize {
        let name = format!("graphql_ingest_path_total{{path=\"{path}\"}} ");
        let text = self.metrics.render();
        let line = text.lines().find_map(|line| line.strip_prefix(&name));
        line.map_or(0, |count| count.parse().expect("a number"))
    }
}

/// The answer with all its pages, ids that the server made left out, in an order of their own.
async fn all(service: &Service, query: &str) -> Vec<String> {
    let (mut found, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = service.ask("default", query, &json!({ "after": after })).await;
        let events = &page["data"]["events"];
        let Some(edges) = events["edges"].as_array() else { return vec![page.to_string()] };
        found.extend(edges.iter().map(|edge| without_chance(&edge.to_string())));
        if events["pageInfo"]["hasNextPage"] != true {
            found.sort();
            return found;
        }
        after = events["pageInfo"]["endCursor"].clone();
    }
}

/// Ids made by the server are those of the text's strings that are UUIDs. What each run chooses anew is
/// left out with them.
fn without_chance(text: &str) -> String {
    let made = |part: &str| part.len() == 36 && Uuid::try_parse(part).is_ok();
    let parts = text.split('"').map(|part| match part {
        made_id if made(made_id) => "made",
        // Of several unknown fields the engine names any.
        unknown if unknown.contains("` is given, but ") => "unknown",
        other => other,
    });
    parts.collect::<Vec<_>>().join("\"")
}
