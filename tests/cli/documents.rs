//! `documents`, and `serve` with what it printed.

use serde_json::{Value, json};

use crate::process::Desk;

const OPERATIONS: &str = "# Who is there.
query Agents { realtime { agents { ...Agent } } }

fragment Agent on Agent { agentId }

query Books { ingestStatus { accepted } }
";

/// The SHA-256 of `{ nothing }`.
const NOTHING: &str = "919c0b7aa452b0b2fb42688461501bb8b0c3ef3b9d05ce7b9afd4f28bbe96ceb";

fn desk() -> Desk {
    Desk::new().given("pages.graphql", OPERATIONS).given("one.graphql", "{ __typename }\n")
}

#[tokio::test]
async fn a_manifest_is_made_of_files_and_served() {
    let desk = desk();
    let text = desk.done(&["documents", "pages.graphql", "one.graphql"]);
    let manifest: Value = serde_json::from_str(&text).unwrap();
    let documents: Vec<_> = manifest.as_object().unwrap().values().collect();
    let agents = "# Who is there.\nquery Agents { realtime { agents { ...Agent } } }\n\n\
                  fragment Agent on Agent { agentId }";
    let books = "query Books { ingestStatus { accepted } }";
    assert_eq!(documents.len(), 3);
    for expected in [agents, books, "{ __typename }"] {
        assert!(documents.contains(&&json!(expected)), "{expected}: {text}");
    }
    let desk = desk.given("documents.json", &text).given(
        "desk.toml",
        "[server]\ntrusted_documents = \"documents.json\"\n[log]\nfilter = \"info\"",
    );
    let service = desk.serve_with(&["--config", "desk.toml", "--trusted-only"]);
    let known = service.ask(books, json!({})).await;
    assert_eq!(known, json!({ "data": { "ingestStatus": { "accepted": 0 } } }));
    let other = service.ask("{ ingestStatus { accepted } }", json!({})).await;
    assert_eq!(other["errors"][0]["extensions"]["code"], "FORBIDDEN", "{other}");
}

#[test]
fn a_file_that_is_not_valid_makes_no_manifest() {
    let desk = Desk::new()
        .given("broken.graphql", "query A {\n  a\n")
        .given("unknown.graphql", "{ nothing }");
    for (file, expected) in [
        ("broken.graphql", "broken.graphql: not a GraphQL document at line "),
        ("unknown.graphql", "unknown.graphql: Unknown field \"nothing\" on type \"Query\""),
        ("gone.graphql", "gone.graphql: No such file"),
    ] {
        let reason = desk.refused(&["documents", file]);
        assert!(reason.starts_with(expected), "{reason}");
    }
}

#[test]
fn a_wrong_manifest_stops_the_start_with_one_line() {
    let digest = "a".repeat(64);
    for (manifest, expected) in [
        ("7", "documents.json: not an object of documents ("),
        ("{\"a\": \"{ __typename }\"}", "documents.json: \"a\" is not the SHA-256 of a document, "),
        (
            &format!("{{\"{digest}\": \"{{ __typename }}\"}}"),
            &format!("documents.json: {digest} stands before a document whose SHA-256 is "),
        ),
        (
            &format!("{{\"{NOTHING}\": \"{{ nothing }}\"}}"),
            &format!("documents.json: document {NOTHING}: Unknown field \"nothing\" on type"),
        ),
    ] {
        let desk = Desk::new()
            .given("documents.json", manifest)
            .given("desk.toml", "[server]\ntrusted_documents = \"documents.json\"");
        let reason = desk.refused(&["--config", "desk.toml", "serve", "--listen", "127.0.0.1:0"]);
        let expected = format!("`server.trusted_documents` is {expected}");
        assert!(reason.starts_with(&expected), "{reason}");
    }
    let desk = Desk::new().given("desk.toml", "[server]\ntrusted_documents = \"gone.json\"");
    let reason = desk.refused(&["--config", "desk.toml", "serve", "--listen", "127.0.0.1:0"]);
    assert!(
        reason.starts_with("`server.trusted_documents` is gone.json (No such file"),
        "{reason}"
    );
}
