//! The example mapping over an hour of real traffic (`tests/data/README.md`).

use std::{collections::BTreeSet, path::Path};

use serde_json::{Value as Json, json};

use crate::import::tests::{Desk, fake::FakeServer};

fn given_replay() -> Desk {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mapping = root.join("examples/azure-llm-inference.toml");
    let mut desk = Desk::with("unused", "").mapped_by(mapping);
    desk.options.files = vec![root.join("tests/data/azure-llm-inference-conv-2023.csv.gz")];
    desk
}

#[tokio::test]
async fn an_hour_of_real_traffic_is_stored_once_with_all_its_tokens() {
    let (desk, server) = (given_replay(), FakeServer::default());
    let first = desk.import(&server).await.unwrap();
    let (events, usage) = (server.events(), server.usage());
    assert_eq!((first.rows, first.events_accepted, first.usage_recorded), (19_366, 58_098, 19_366));
    assert_eq!(first.tokens, 26_450_535);
    assert!(first.clean());

    let second = desk.import(&server).await.unwrap();
    assert_eq!((second.events_duplicate, second.usage_known, second.tokens), (58_098, 19_366, 0));
    assert_eq!((&server.events(), &server.usage()), (&events, &usage));

    let sum = |key: &str| usage.values().map(|record| record[key].as_u64().unwrap()).sum::<u64>();
    let sums = [sum("inputTokens"), sum("outputTokens"), sum("tokens")];
    assert_eq!(sums, [22_361_870, 4_088_665, 26_450_535]);

    let times: BTreeSet<_> = events.values().map(|event| event["occurredAt"].to_string()).collect();
    assert_eq!(times.len(), 19_366);
    assert_eq!(times.first().unwrap(), "\"2023-11-16T18:15:46.680590Z\"");
    assert_eq!(times.last().unwrap(), "\"2023-11-16T19:14:08.402527Z\"");
}

#[tokio::test]
async fn a_call_becomes_a_session_that_the_ai_resolved() {
    let server = FakeServer::default();
    given_replay().import(&server).await.unwrap();
    let session = server.events().into_values().find(first_row).unwrap();
    let of_session = |event: &Json| event["sessionId"] == session["sessionId"];
    let facts = |event: Json| (event["name"].clone(), event["data"].clone());
    let events: Vec<_> = server.events().into_values().filter(of_session).map(facts).collect();
    let expected = [
        (json!("session.start"), json!({ "channel": "api", "channel_name": "API" })),
        (json!("message.ai"), json!({ "model": "gpt-4o-mini", "tokens": 374 + 44 })),
        (json!("session.end"), json!({ "by": "ai", "resolved": true })),
    ];
    assert_eq!(events, expected);
}

fn first_row(event: &Json) -> bool {
    event["occurredAt"] == "2023-11-16T18:15:46.680590Z"
}
