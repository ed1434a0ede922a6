//! An event as a product sends it, and every figure that is made of what was stored.

use proptest::{prelude::*, strategy::BoxedStrategy};
use serde_json::json;

use crate::{
    mutate::{Text, mutated},
    run,
    seeds::{self, events},
    service::Service,
};

const TRACK: &str = "mutation ($input: TrackEventInput!) {
    trackEvent(input: $input, durability: STORED) { id status reason }
}";
const BOOKS: &str = "{ ingestStatus { accepted stored duplicate conflict rejected pending } }";

pub(crate) struct Target {
    service: Service,
}

impl run::Target for Target {
    type Input = Text;

    const NAME: &str = "event data";
    const OUTCOMES: &[&str] = &["200 ok ACCEPTED", "200 ok REJECTED", "200 ok CONFLICT", "400 "];

    async fn open() -> Self {
        Self { service: Service::open().await }
    }

    fn inputs(&self) -> BoxedStrategy<Text> {
        let in_sessions = |event: String| {
            ["s-1", "s-2", "s-3"].map(|session| event.replace("\"s-1\"", &format!("\"{session}\"")))
        };
        let named: Vec<_> = events().into_iter().flat_map(in_sessions).collect();
        // Without an id each is new, where the others meet the first of their name.
        let nameless: Vec<_> = named.iter().map(|event| without_id(event)).collect();
        prop_oneof![1 => mutated(&named), 2 => mutated(&nameless)].boxed()
    }

    async fn offer(&self, input: &Text) -> Result<String, String> {
        let query = serde_json::to_string(TRACK).expect("text");
        let head = format!("{{\"query\":{query},\"variables\":{{\"input\":");
        let body = [head.as_bytes(), &input.0, b"}}"].concat();
        let answer = self.service.post("/graphql", &[], body).await?;
        let outcome = answer.judge(&input.lossy())?;
        let status = ["ACCEPTED", "DUPLICATE", "CONFLICT", "REJECTED"]
            .into_iter()
            .find(|status| answer.body.contains(&format!("\"status\":\"{status}\"")));
        Ok(status.map_or(outcome.clone(), |status| format!("{outcome} {status}")))
    }

    /// All that was stored is counted, shown and proved without a failure.
    async fn close(self) -> Result<(), String> {
        let service = self.service;
        service.flushed().await;
        let books = service.ask("default", BOOKS, &json!({})).await;
        let books = &books["data"]["ingestStatus"];
        let count = |name: &str| books[name].as_i64().unwrap_or_default();
        let kept = ["stored", "duplicate", "conflict", "rejected", "pending"].map(count);
        if count("accepted") != kept.iter().sum::<i64>() {
            return Err(format!("the books do not add up: {books}"));
        }
        let rolled_up = service.app.services.rollup.run_within(std::time::Duration::from_secs(30));
        rolled_up.await.map_err(|error| format!("no roll-up: {error:?}"))?;
        for operation in seeds::operations() {
            if operation.kind == "query" {
                let answer = service.ask("default", operation.query, &operation.variables).await;
                if answer["errors"].is_array() {
                    return Err(format!("{}: {answer}", operation.query));
                }
            }
        }
        service.close().await;
        Ok(())
    }
}

fn without_id(event: &str) -> String {
    let mut event: serde_json::Value = serde_json::from_str(event).expect("JSON");
    event.as_object_mut().expect("an object").shift_remove("id");
    event.to_string()
}
