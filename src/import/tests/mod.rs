//! The import as a whole, against a server in memory.

mod fake;
mod replay;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::{Value as Json, json};
use tempfile::TempDir;

use self::fake::{FakeServer, error};
use crate::import::{
    error::ImportError, options::ImportOptions, retry::Backoff, run::run_with, summary::Summary,
};

/// A folder with the files of one import.
struct Desk {
    folder: TempDir,
    options: ImportOptions,
}

impl Desk {
    fn with(file: &str, content: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(file);
        fs::write(&path, content).unwrap();
        let rejects = Some(folder.path().join("rejects.ndjson"));
        let options = ImportOptions {
            files: vec![path],
            mapping: None,
            rejects,
            url: None,
            token_file: None,
            token: None,
        };
        Self { folder, options }
    }

    fn mapped(self, mapping: &str) -> Self {
        let path = self.folder.path().join("map.toml");
        fs::write(&path, mapping).unwrap();
        self.mapped_by(path)
    }

    fn mapped_by(mut self, path: PathBuf) -> Self {
        self.options.mapping = Some(path);
        self
    }

    async fn import(&self, server: &FakeServer) -> Result<Summary, ImportError> {
        let soon = Duration::from_millis(1);
        run_with(&self.options, server, Backoff { first: soon, longest: soon, tries: 3 }).await
    }

    fn rejects(&self) -> Vec<Json> {
        let path: &Path = self.options.rejects.as_ref().unwrap();
        let text = fs::read_to_string(path).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Line and reason of each reject.
    fn reasons(&self) -> Vec<(u64, String)> {
        let rejects = self.rejects();
        let reason = |reject: &Json| reject["reason"].as_str().unwrap().to_owned();
        rejects.iter().map(|reject| (reject["line"].as_u64().unwrap(), reason(reject))).collect()
    }
}

const CALLS: &str = r#"
[[event]]
name = "call.{Kind}"
product = "phone"
session_id = "{row_id}"
occurred_at = { column = "At", format = "unix" }

[[token_usage]]
tokens = { column = "Tokens" }
model = "{Kind}"
used_at = { column = "At", format = "unix" }
when = { column = "Tokens", empty = false }
"#;

#[tokio::test]
async fn the_same_import_again_stores_nothing_twice_and_equal_rows_stay_two() {
    let event = r#"{"name":"n","product":"p"}"#;
    let own = r#"{"id":"own","name":"n","product":"p"}"#;
    let desk = Desk::with("e.ndjson", &format!("{event}\n{event}\n\n{own}\n{own}"));
    let server = FakeServer::default();
    let first = desk.import(&server).await.unwrap();
    let stored = server.events();
    let second = desk.import(&server).await.unwrap();
    assert_eq!((first.rows, first.events_accepted, first.events_duplicate), (4, 3, 1));
    assert_eq!((second.rows, second.events_accepted, second.events_duplicate), (4, 0, 4));
    assert_eq!((stored.len(), server.events()), (3, stored));
    assert!(first.clean() && second.clean() && first.rejects.is_empty());
}

#[tokio::test]
async fn bad_rows_land_in_the_rejects_file_and_good_ones_are_stored() {
    let long = "n".repeat(51);
    let lines = [
        r#"{"id":"a","name":"n","product":"p"}"#,
        "not json",
        r#"{"id":"b","name":"n","product":"p","color":1}"#,
        &format!(r#"{{"id":"c","name":"{long}","product":"p"}}"#),
        r#"{"id":"a","name":"other","product":"p"}"#,
        r#"{"id":"d","name":"poison","product":"p"}"#,
        r#"{"id":"e","name":"n","product":"p"}"#,
    ];
    let desk = Desk::with("e.ndjson", &lines.join("\n"));
    let server = FakeServer::default();
    let summary = desk.import(&server).await.unwrap();
    assert_eq!(server.events().into_keys().collect::<Vec<_>>(), ["a", "e"]);
    let expected = Summary {
        rows: 7,
        rows_rejected: 2,
        events_accepted: 2,
        events_conflict: 1,
        events_rejected: 2,
        rejects: vec![desk.options.rejects.clone().unwrap()],
        ..Summary::default()
    };
    assert_eq!(summary, expected);
    assert!(!summary.clean());
    let mut reasons = desk.reasons();
    reasons.sort();
    assert_eq!(reasons.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 3, 4, 5, 6]);
    assert_eq!(reasons[2].1, format!("event `{long}`: too long"));
    assert_eq!(reasons[3].1, "event `other`: id is taken");
    assert_eq!(reasons[4].1, "event `poison`: no");
    assert_eq!(desk.rejects()[0]["row"], json!("not json"));
}

#[tokio::test]
async fn a_csv_row_is_stored_whole_or_rejected_whole() {
    let rows = "At,Kind,Tokens\n1,a,10\n2,b,\nsoon,c,5\n4,d,many\n5,e\n6,poison,7\n7,f,8\n";
    let desk = Desk::with("calls.csv", rows).mapped(CALLS);
    let server = FakeServer::default();
    let summary = desk.import(&server).await.unwrap();
    assert_eq!((summary.rows, summary.rows_rejected, summary.events_accepted), (7, 3, 4));
    // A request that fails in the middle stores its beginning: that row is known the second time.
    let usage = (summary.usage_recorded + summary.usage_known, summary.usage_rejected);
    assert_eq!((usage, server.usage().len()), ((2, 1), 2));
    let expected = [
        (4, "column `At` is \"soon\": expected seconds since 1970"),
        (5, "column `Tokens` is \"many\": expected an integer"),
        (6, "row has 2 cells: expected 3, as in the header"),
    ];
    let reasons = desk.reasons();
    let local = reasons.iter().map(|(line, reason)| (*line, reason.as_str())).take(3);
    assert_eq!(local.collect::<Vec<_>>(), expected);
    assert!(reasons[3].1.starts_with("token record `") && reasons[3].0 == 7);
    let row = json!({ "At": "6", "Kind": "poison", "Tokens": "7" });
    assert_eq!(desk.rejects()[3]["row"], row);
}

#[tokio::test]
async fn nothing_is_sent_when_a_file_or_the_mapping_is_wrong() {
    let lacking = Desk::with("calls.csv", "At,Kind\n1,a\n").mapped(CALLS);
    let wrong = Desk::with("calls.csv", "At,Kind,Tokens\n").mapped("[[event]]\ncolour = 1\n");
    let empty = Desk::with("calls.csv", "\n").mapped(CALLS);
    let mut missing = Desk::with("e.ndjson", r#"{"name":"n","product":"p"}"#);
    missing.options.files.push("no/such.ndjson".into());
    let mut over = Desk::with("e.ndjson", "");
    over.options.rejects = Some(over.options.files[0].clone());
    let cases = [
        (lacking, "has no column `Tokens`, which `token_usage[0].tokens.column` of the mapping"),
        (wrong, "`event[0].colour` is unknown: expected one of id, name"),
        (empty, "has no header line"),
        (missing, "cannot read no/such.ndjson: "),
        (over, "is also to be imported: expected another path"),
    ];
    for (desk, expected) in cases {
        let server = FakeServer::default();
        let message = desk.import(&server).await.unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
        assert!(server.requests().is_empty());
    }
}

#[tokio::test]
async fn a_busy_or_absent_server_is_tried_again_and_then_given_up() {
    let away = || {
        let (url, reason) = ("http://u/graphql".to_owned(), "Connection refused".to_owned());
        Err(ImportError::Unreachable { url, reason })
    };
    let event = r#"{"id":"a","name":"n","product":"p"}"#;
    let desk = Desk::with("e.ndjson", event);
    let server = FakeServer::failing(vec![away(), Ok(error("RATE_LIMITED"))]);
    assert_eq!(desk.import(&server).await.unwrap().events_accepted, 1);
    let server = FakeServer::failing(vec![away(), Ok(error("UNAVAILABLE")), away()]);
    let message = desk.import(&server).await.unwrap_err().to_string();
    assert_eq!(message, "gave up after 3 tries: cannot reach http://u/graphql: Connection refused");
}

#[tokio::test]
async fn a_caller_without_the_right_stops_the_import_at_once() {
    let desk = Desk::with("e.ndjson", r#"{"name":"n","product":"p"}"#);
    let server = FakeServer::failing(vec![Ok(error("FORBIDDEN"))]);
    let message = desk.import(&server).await.unwrap_err().to_string();
    assert_eq!(message, "server refused the import: no (FORBIDDEN)");
    assert!(server.requests().is_empty() && desk.rejects().is_empty());
}

#[tokio::test]
async fn requests_stay_within_the_limits_of_the_server() {
    use std::fmt::Write;
    let mut rows = "At,Kind,Tokens\r\n".to_owned();
    (0..2_500).for_each(|row| write!(rows, "{row},a,1\r\n").unwrap());
    let desk = Desk::with("calls.csv", &rows).mapped(CALLS);
    let server = FakeServer::default();
    let summary = desk.import(&server).await.unwrap();
    assert_eq!(
        (summary.events_accepted, summary.usage_recorded, summary.tokens),
        (2_500, 2_500, 2_500)
    );
    let requests = server.requests();
    let counted = |size: usize| requests.iter().filter(|&&items| items == size).count();
    assert_eq!((counted(1_000), counted(500), requests.len()), (4, 2, 6));
}
