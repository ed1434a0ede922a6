//! Holds the table of clauses to the tests there are, and renders it.

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

use super::clauses::PARTS;

/// A protocol.
pub(super) struct Part {
    pub(super) title: &'static str,
    pub(super) clauses: &'static [Clause],
}

/// What a protocol demands.
pub(super) struct Clause {
    pub(super) section: &'static str,
    /// As of RFC 2119; a dash where the text has no such word.
    pub(super) level: &'static str,
    pub(super) text: &'static str,
    pub(super) service: &'static str,
    /// The file and the name of the test.
    pub(super) test: (&'static str, &'static str),
}

/// The files of the suite, as the table names them; those under `lib` are tests of the handlers.
const SOURCES: [(&str, &str); 17] = [
    ("documents", include_str!("documents.rs")),
    ("http/accept", include_str!("http/accept.rs")),
    ("http/get", include_str!("http/get.rs")),
    ("http/media_types", include_str!("http/media_types.rs")),
    ("http/parameters", include_str!("http/parameters.rs")),
    ("http/post", include_str!("http/post.rs")),
    ("http/statuses", include_str!("http/statuses.rs")),
    ("http/url", include_str!("http/url.rs")),
    ("sse", include_str!("sse.rs")),
    ("ws", include_str!("ws.rs")),
    ("ws_close", include_str!("ws_close.rs")),
    ("lib/graphql", include_str!("../../../src/http/tests/graphql.rs")),
    ("lib/refusals", include_str!("../../../src/http/tests/refusals.rs")),
    ("lib/socket", include_str!("../../../src/http/tests/socket.rs")),
    ("lib/socket_limits", include_str!("../../../src/http/tests/socket_limits.rs")),
    ("lib/stream", include_str!("../../../src/http/tests/stream.rs")),
    ("lib/stream_limits", include_str!("../../../src/http/tests/stream_limits.rs")),
];

/// The tests in a file.
fn tests_in(source: &str) -> BTreeSet<&str> {
    let after = source.split("#[tokio::test]\nasync fn ").skip(1);
    after.filter_map(|rest| rest.split_once('(')).map(|(name, _)| name).collect()
}

#[test]
fn every_clause_has_its_test_and_every_test_its_clause() {
    let mut missing = Vec::new();
    let clauses: Vec<_> = PARTS.iter().flat_map(|part| part.clauses).collect();
    for clause in &clauses {
        let (file, name) = clause.test;
        let source = SOURCES.iter().find(|(known, _)| *known == file);
        if !source.is_some_and(|(_, source)| tests_in(source).contains(name)) {
            missing.push(format!("{file}: {name}"));
        }
    }
    assert_eq!(missing, Vec::<String>::new(), "clauses without a test");
    let known: BTreeSet<_> = clauses.iter().map(|clause| clause.test).collect();
    assert_eq!(known.len(), clauses.len(), "a test of two clauses");
    for (file, source) in SOURCES.iter().filter(|(file, _)| !file.starts_with("lib/")) {
        for name in tests_in(source) {
            assert!(known.contains(&(*file, name)), "{file}: {name} is of no clause");
        }
    }
}

const BEGIN: &str =
    "<!-- clauses: written by UPDATE_DOCS=1 cargo nextest run --test api clauses -->\n";

#[test]
fn the_page_lists_the_clauses() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/protocols.md");
    let kept = fs::read_to_string(&path).unwrap();
    let (words, _) = kept.split_once(BEGIN).expect("the mark where the clauses begin");
    let page = format!("{words}{BEGIN}{}", rendered());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    assert_eq!(kept, page, "docs/protocols.md: UPDATE_DOCS=1 writes it");
}

fn rendered() -> String {
    let mut page = String::new();
    for part in &PARTS {
        write!(
            page,
            "\n## {}\n\n| Section | | Clause | The service | Test |\n|---|---|---|---|---|\n",
            part.title
        )
        .expect("a text");
        for clause in part.clauses {
            let (file, name) = clause.test;
            let path = file.strip_prefix("lib/").map_or_else(
                || format!("tests/api/conformance/{file}.rs"),
                |file| format!("src/http/tests/{file}.rs"),
            );
            let test = format!("[`{name}`](../{path})");
            let Clause { section, level, text, service, .. } = clause;
            writeln!(page, "| {section} | {level} | {text} | {service} | {test} |")
                .expect("a text");
        }
    }
    page
}
