//! `rebuild live` beside a service that runs.

use serde_json::json;

use crate::{
    process::Desk,
    redis::{Redis, connect, desk, wait_for},
};

#[tokio::test]
async fn the_state_in_redis_is_built_from_the_database() {
    let desk = desk();
    let _redis = Redis::start(&desk, &["--appendonly", "yes"]);
    let service = desk.serve();
    let start = json!({ "input": {
        "id": "1", "name": "session.start", "product": "bot", "sessionId": "s",
        "data": { "channel": "web", "visitor_id": "v" },
    } });
    let track = "mutation ($input: TrackEventInput!) {
        trackEvent(input: $input, durability: STORED) { status }
    }";
    let answer = service.ask(track, start).await;
    assert_eq!(answer["data"]["trackEvent"]["status"], "ACCEPTED", "{answer}");
    let mut redis = connect(&desk).expect("a connection");
    redis::cmd("FLUSHALL").exec(&mut redis).expect("an empty Redis");
    let said = desk.done(&["rebuild", "live"]);
    assert_eq!(said, "default: 1 sessions, 0 agents, 1 visits\n");
    // Whoever reads the keys of the seed finds it there as well.
    wait_for("the seed's key", || {
        let mut active = redis::cmd("HGET");
        active.arg("analytics:realtime:overview").arg("active_sessions");
        active.query::<Option<String>>(&mut redis).is_ok_and(|count| count.as_deref() == Some("1"))
    });
}

#[test]
fn without_redis_there_is_nothing_to_rebuild() {
    let reason = Desk::new().refused(&["rebuild", "live"]);
    let expected = "`REDIS_URL` is not set, expected a Redis: without it nothing is kept that \
                    could be rebuilt";
    assert_eq!(reason, expected);
    let reason = Desk::new().refused(&["rebuild", "live", "--tenant", "gone"]);
    assert_eq!(reason, "tenant `gone` not found");
}
