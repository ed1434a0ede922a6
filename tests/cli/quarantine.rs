//! `quarantine` beside a service that runs on the embedded store.

use chrono::TimeDelta;
use deskpulse::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};

use crate::{
    process::Desk,
    redis::{Redis, connect, desk, wait_for},
};

fn push(desk: &Desk, element: &str) {
    let mut redis = connect(desk).expect("a connection");
    let push =
        redis::cmd("LPUSH").arg("analytics:event_buffer").arg(element).query::<()>(&mut redis);
    push.expect("a push");
}

fn listed(desk: &Desk) -> Vec<Value> {
    let out = desk.done(&["quarantine", "list", "--json"]);
    out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[tokio::test]
async fn what_is_quarantined_is_listed_replayed_and_dropped_beside_the_service() {
    let desk = desk();
    let _redis = Redis::start(&desk, &["--appendonly", "yes"]);
    let service = desk.serve();
    assert_eq!(desk.done(&["quarantine", "list"]), "");
    // An event may be five minutes ahead: this one is for a few seconds more.
    let soon = SystemClock.now() + TimeDelta::minutes(5) + TimeDelta::seconds(4);
    let early = json!({
        "event_id": "early", "event_name": "page.view", "product": "shop", "created_at": soon,
    });
    push(&desk, &early.to_string());
    push(&desk, "garbage");
    wait_for("both in the quarantine", || listed(&desk).len() == 2);
    let rows = listed(&desk);
    let early = rows.iter().find(|row| row["eventId"] == "early").expect("the early one");
    assert_eq!((&early["product"], &early["origin"]), (&json!("shop"), &json!("BUFFER")));
    let lines = desk.done(&["quarantine", "list", "--product", ""]);
    let columns: Vec<_> = lines.split("  ").collect();
    assert_eq!((lines.lines().count(), &columns[2..5]), (1, &["buffer", "-", "-"][..]), "{lines}");
    assert!(columns[5].starts_with("not an event in JSON: "), "{lines}");

    let again = desk.run(&["quarantine", "replay", "--product", ""]);
    assert_eq!((again.code, again.out.as_str()), (Some(1), "replayed: 0 accepted, 1 kept\n"));
    let id = early["id"].as_str().expect("an id");
    wait_for("the early event's time", || {
        let said = desk.run(&["quarantine", "replay", id, "--json"]);
        said.out == "{\"accepted\":1,\"kept\":0}\n"
    });
    let books = service.ask("{ ingestStatus { stored } }", json!({})).await;
    assert_eq!(books["data"]["ingestStatus"]["stored"], 1, "{books}");
    assert_eq!(desk.done(&["quarantine", "drop", "--product", ""]), "dropped: 1\n");
    assert_eq!(desk.done(&["quarantine", "drop", id]), "dropped: 0\n");
    assert_eq!(listed(&desk), Vec::<Value>::new());
}

#[test]
fn a_wrong_choice_is_named() {
    let desk = Desk::new();
    let reason = desk.refused(&["quarantine", "drop", "x"]);
    assert_eq!(reason, "`ids` is \"x\", expected an id of the quarantine");
    let reason = desk.refused(&["quarantine", "--tenant", "gone", "list"]);
    assert_eq!(reason, "tenant `gone` not found");
    // Said by the parser of the command line, with its own code.
    for arguments in [&["quarantine", "drop"][..], &["quarantine", "drop", "x", "--product", "p"]] {
        assert_eq!(desk.run(arguments).code, Some(2), "{arguments:?}");
    }
}
