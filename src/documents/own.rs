//! The documents of the clients that come with the service, so that `--trusted-only` keeps them going.

use super::operations;
use crate::{demo, import};

/// The playground's saved queries, one file a page.
const SAVED_QUERIES: [&str; 7] = [
    include_str!("../../playground/src/queries/monitoring.graphql"),
    include_str!("../../playground/src/queries/dashboard.graphql"),
    include_str!("../../playground/src/queries/quality-audit.graphql"),
    include_str!("../../playground/src/queries/billing-portal.graphql"),
    include_str!("../../playground/src/queries/tracker.graphql"),
    include_str!("../../playground/src/queries/live.graphql"),
    include_str!("../../playground/src/queries/viewer.graphql"),
];

/// What the playground asks for the schema; a test of its own compares the two.
const INTROSPECTION: &str = include_str!("introspection.graphql");

/// What the Python client sends.
const PYTHON: &str = include_str!("../../clients/python/src/deskpulse/track_events.graphql");

/// Each document as its client sends it, without white space around it.
pub(crate) fn documents() -> impl Iterator<Item = String> {
    // A test reads them all, so that none is left out here.
    let saved = SAVED_QUERIES.iter().flat_map(|file| operations(file).unwrap_or_default());
    let others = [INTROSPECTION, PYTHON].into_iter();
    let others = others.chain(import::DOCUMENTS).chain(demo::DOCUMENTS);
    saved.chain(others.map(|text| text.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn every_saved_query_is_there() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("playground/src/queries");
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let files: Vec<_> =
            files.filter(|path| path.extension().is_some_and(|end| end == "graphql")).collect();
        assert_eq!(files.len(), SAVED_QUERIES.len());
        let known: Vec<_> = documents().collect();
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            let cut = operations(&text).unwrap();
            let named = text.lines().filter(|line| {
                ["query ", "mutation ", "subscription "].iter().any(|kind| line.starts_with(kind))
            });
            assert_eq!(cut.len(), named.count(), "{}", file.display());
            assert!(cut.iter().all(|document| known.contains(document)), "{}", file.display());
        }
    }
}
