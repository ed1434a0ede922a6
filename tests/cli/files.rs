//! `import` of files, straight into the stores of the configuration.

use serde_json::{Value, json};

use crate::process::Desk;

const EVENTS: &str = "{\"name\":\"session.start\",\"product\":\"bot\",\"sessionId\":\"a\"}
{\"name\":\"page.view\",\"product\":\"shop\"}
{\"name\":\"page.view\",\"product\":\"shop\"}
";
const MAPPING: &str = "[[event]]
name = \"page.view\"
product = \"shop\"
occurred_at = { column = \"When\", format = \"%Y-%m-%d %H:%M:%S\", zone = \"Asia/Shanghai\" }
";

/// The summary that `import` prints: rows, events.
fn summary(rows: [u64; 2], events: [u64; 3]) -> String {
    format!(
        "rows           {} read, {} rejected, 0 without events\n\
         events         {} accepted, {} duplicate, 0 conflict, {} rejected\n\
         token records  0 recorded (0 tokens), 0 known, 0 rejected\n",
        rows[0], rows[1], events[0], events[1], events[2]
    )
}

async fn stored(desk: &Desk) -> Value {
    let answer = desk.serve().ask("{ ingestStatus { stored } }", json!({})).await;
    answer["data"]["ingestStatus"]["stored"].clone()
}

#[tokio::test]
async fn a_file_imported_again_brings_nothing_new() {
    let desk = Desk::new().given("events.ndjson", EVENTS);
    let import = ["import", "events.ndjson", "--data-dir", "data"];
    // Two equal lines are two events.
    assert_eq!(desk.done(&import), summary([3, 0], [3, 0, 0]));
    assert_eq!(desk.done(&import), summary([3, 0], [0, 3, 0]));
    assert!(desk.path().join("data").is_dir());
    assert!(!desk.path().join("deskpulse-data").exists());
    let desk = desk.with("DESKPULSE_DATA_DIR", "data");
    assert_eq!(stored(&desk).await, 3);
}

#[tokio::test]
async fn a_bad_line_goes_to_the_rejects_and_the_others_are_stored() {
    let bad = "{\"name\":\"page.view\"}
no JSON
{\"name\":\"rating.submit\",\"product\":\"bot\",\"sessionId\":\"a\",\"data\":{\"score\":6}}
";
    let desk = Desk::new().given("events.ndjson", &format!("{EVENTS}{bad}"));
    let said = desk.run(&["import", "events.ndjson"]);
    let expected =
        format!("{}rejects        events.ndjson.rejects.ndjson\n", summary([6, 2], [3, 0, 1]));
    assert_eq!((said.code, said.out), (Some(1), expected), "{}", said.err);
    let rejects = desk.read("events.ndjson.rejects.ndjson");
    let rejects: Vec<Value> =
        rejects.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let found: Vec<_> = rejects.iter().map(|reject| (&reject["line"], &reject["reason"])).collect();
    for ((line, reason), (number, expected)) in found.iter().zip([
        (4, "`product` is missing: expected a string"),
        (5, "line is not JSON"),
        (6, "`data.score` is 6, expected "),
    ]) {
        let reason = reason.as_str().unwrap();
        assert!(**line == json!(number) && reason.contains(expected), "{line}: {reason}");
    }
    assert_eq!(found.len(), 3);
    assert_eq!(stored(&desk).await, 3);
}

#[tokio::test]
async fn a_table_is_imported_through_its_mapping() {
    let desk = Desk::new()
        .given("views.csv", "When,Page\n2026-01-01 08:00:00,/\nyesterday,/\n")
        .given("map.toml", MAPPING);
    let said = desk.run(&["import", "--mapping", "map.toml", "views.csv"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.out.starts_with(&summary([2, 1], [1, 0, 0])), "{said:?}");
    let events = desk
        .serve()
        .ask(
            "{ events(filter: { from: \"2026-01-01T00:00:00Z\", to: \"2026-01-01T00:00:01Z\" }) {
                edges { node { name product occurredAt } }
            } }",
            json!({}),
        )
        .await;
    assert_eq!(
        events["data"]["events"]["edges"],
        json!([{ "node": {
            "name": "page.view", "product": "shop", "occurredAt": "2026-01-01T00:00:00Z",
        } }])
    );
}

#[test]
fn a_mapping_that_cannot_hold_is_refused_before_anything_is_sent() {
    for (mapping, csv, expected) in [
        (
            MAPPING,
            "Time,Page\n2026-01-01 08:00:00,/\n",
            "views.csv has no column `When`, which `event[0].occurred_at.column` of the mapping \
             names: expected one of Time, Page",
        ),
        ("[[event]]\nname = \"a\"\ncolour = 1\n", "a\n1\n", "map.toml"),
        ("[[event", "a\n1\n", "map.toml"),
    ] {
        let desk = Desk::new().given("views.csv", csv).given("map.toml", mapping);
        let reason = desk.refused_with(2, &["import", "--mapping", "map.toml", "views.csv"]);
        assert!(reason.contains(expected), "{reason}");
    }
    let reason = Desk::new().refused_with(2, &["import", "gone.ndjson"]);
    assert!(reason.starts_with("cannot read gone.ndjson: "), "{reason}");
}
