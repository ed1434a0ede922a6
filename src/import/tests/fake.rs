//! A server in memory that keeps what it is sent, and its rules: ids count once, requests have limits.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Mutex,
};

use async_trait::async_trait;
use serde_json::{Value as Json, json};

use crate::import::{error::ImportError, target::Target};

#[derive(Debug, Default)]
pub(super) struct FakeServer {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    events: BTreeMap<String, Json>,
    usage: BTreeMap<String, Json>,
    /// Items of each request, in order.
    requests: Vec<usize>,
    failures: VecDeque<Result<Json, ImportError>>,
}

impl FakeServer {
    /// Answers the next requests with these instead.
    pub(super) fn failing(failures: Vec<Result<Json, ImportError>>) -> Self {
        let state = State { failures: failures.into(), ..State::default() };
        Self { state: Mutex::new(state) }
    }

    pub(super) fn events(&self) -> BTreeMap<String, Json> {
        self.state.lock().unwrap().events.clone()
    }

    pub(super) fn usage(&self) -> BTreeMap<String, Json> {
        self.state.lock().unwrap().usage.clone()
    }

    pub(super) fn requests(&self) -> Vec<usize> {
        self.state.lock().unwrap().requests.clone()
    }
}

/// A GraphQL error with a code.
pub(super) fn error(code: &str) -> Json {
    let extensions = json!({ "code": code, "retryAfterMs": 1 });
    json!({ "data": null, "errors": [{ "message": "no", "extensions": extensions }] })
}

#[async_trait]
impl Target for FakeServer {
    async fn execute(&self, query: &str, variables: Json) -> Result<Json, ImportError> {
        let mut state = self.state.lock().unwrap();
        if let Some(failure) = state.failures.pop_front() {
            return failure;
        }
        if let Some(events) = variables["events"].as_array() {
            assert!(query.contains("durability: STORED") && events.len() <= 1_000);
            return Ok(state.track(events));
        }
        let inputs = variables["usage"].as_array().unwrap();
        assert!(query.contains("recordTokenUsages(") && inputs.len() <= 1_000);
        Ok(state.record(inputs))
    }
}

impl State {
    fn track(&mut self, events: &[Json]) -> Json {
        self.requests.push(events.len());
        // As a value of a wrong type does.
        if events.iter().any(|event| event["name"] == "poison") {
            return error("BAD_USER_INPUT");
        }
        let results: Vec<_> = events.iter().map(|event| self.track_one(event)).collect();
        json!({ "data": { "trackEvents": results } })
    }

    fn track_one(&mut self, event: &Json) -> Json {
        let id = event["id"].as_str().unwrap().to_owned();
        let name = event["name"].as_str().unwrap();
        if name.len() > 50 || id.len() > 64 {
            return json!({ "status": "REJECTED", "reason": "too long" });
        }
        match self.events.get(&id) {
            Some(known) if known == event => json!({ "status": "DUPLICATE", "reason": null }),
            Some(_) => json!({ "status": "CONFLICT", "reason": "id is taken" }),
            None => {
                self.events.insert(id, event.clone());
                json!({ "status": "ACCEPTED", "reason": null })
            }
        }
    }

    fn record(&mut self, inputs: &[Json]) -> Json {
        self.requests.push(inputs.len());
        let results: Vec<_> = inputs.iter().map(|input| self.record_one(input)).collect();
        json!({ "data": { "recordTokenUsages": results } })
    }

    fn record_one(&mut self, input: &Json) -> Json {
        if input["model"] == "poison" {
            return json!({ "recorded": false, "reason": "poison" });
        }
        let id = input["requestId"].as_str().unwrap().to_owned();
        let is_new = self.usage.insert(id, input.clone()).is_none();
        json!({ "recorded": is_new, "reason": null })
    }
}
