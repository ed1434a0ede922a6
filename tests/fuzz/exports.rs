//! The address of an export.

use axum::http::Method;
use deskpulse::auth::Role;
use proptest::{prelude::*, strategy::BoxedStrategy};
use serde_json::{Value, json};

use crate::{
    mutate::{Text, mutated},
    run,
    seeds::{events, sendable},
    service::{Service, bearer},
};

const SEEDS: [&str; 7] = [
    "metrics.csv?ids=total_sessions&ids=service_level&from=2026-03-01&to=2026-03-31&grain=WEEK&\
     by=CHANNEL&channels=app&channels=&compare=true",
    "metrics.ndjson?ids=avg_response_time&from=2026-03-10&to=2026-03-10&grain=HOUR&by=AGENT&by=QUEUE&\
     agentIds=li&queues=vip&models=gpt-4o-mini&products=shop",
    "sessions.csv?from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z&outcome=ABANDONED",
    "sessions.ndjson?product=shop&channel=app&queue=vip&agentId=li&visitorId=v&ended=true&floor=WAITING",
    "events.csv?from=2026-03-09T00:00:00%2B08:00&to=2026-03-12T00:00:00Z&tenant=acme",
    "events.ndjson?from=2026-03-01T00:00:00Z&to=2026-03-31T00:00:00Z&name=page.view&sessionId=s-1",
    "audits.csv?status=PENDING&auditType=AUTO&agentId=li&minScore=0&maxScore=100&type=x&customer=%E6%9D%8E",
];

pub(crate) struct Target {
    service: Service,
}

impl run::Target for Target {
    type Input = Text;

    const NAME: &str = "exports";
    const OUTCOMES: &[&str] = &["200 ok", "400 BAD_USER_INPUT", "404 "];

    async fn open() -> Self {
        let service = Service::open().await;
        let events: Vec<Value> =
            events().iter().map(|event| serde_json::from_str(event).expect("JSON")).collect();
        let track = "mutation ($input: [TrackEventInput!]!) {
            trackEvents(input: $input, durability: STORED) { status }
        }";
        service.ask("default", track, &json!({ "input": events })).await;
        Self { service }
    }

    fn inputs(&self) -> BoxedStrategy<Text> {
        mutated(&SEEDS.map(str::to_owned)).boxed()
    }

    async fn offer(&self, input: &Text) -> Result<String, String> {
        let address = format!("/export/{}", sendable(&input.0));
        let token = bearer("default", Role::Operator);
        let headers: [(&str, &[u8]); 1] = [("authorization", token.as_bytes())];
        match self.service.send(Method::GET, &address, &headers, Vec::new()).await {
            Some(answer) => answer?.judge(&input.of_address()),
            None => Ok("unsendable".to_owned()),
        }
    }

    async fn close(self) -> Result<(), String> {
        self.service.close().await;
        Ok(())
    }
}
