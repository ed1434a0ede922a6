//! The example mapping over the real hour of traffic, when its file is there.

use std::{
    collections::BTreeSet,
    env,
    path::{Path, PathBuf},
};

use serde_json::{Value as Json, json};

use crate::import::tests::{Desk, fake::FakeServer};

const FILE: &str = "azure-llm-inference-conv-2023.csv.gz";

/// `DESKPULSE_DATA` names the file or its folder; it is not part of the repository.
fn data_file() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let place = env::var_os("DESKPULSE_DATA").map_or_else(beside, PathBuf::from);
    [place.join(FILE), place].into_iter().find(|path| path.is_file())
}

fn given_replay(path: PathBuf) -> Desk {
    let mapping = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/azure-llm-inference.toml");
    let mut desk = Desk::with("unused", "").mapped_by(mapping);
    desk.options.files = vec![path];
    desk
}

#[tokio::test]
async fn an_hour_of_real_traffic_is_stored_once_with_all_its_tokens() {
    let Some(path) = data_file() else {
        println!("{FILE} is missing: 19,366 rows, 58,098 events, 26,450,535 tokens not checked");
        return;
    };
    let (desk, server) = (given_replay(path), FakeServer::default());
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
    let Some(path) = data_file() else {
        println!("{FILE} is missing: the three events of its first row not checked");
        return;
    };
    let server = FakeServer::default();
    given_replay(path).import(&server).await.unwrap();
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
