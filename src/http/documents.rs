//! Documents that were read and found good before, so that clients who repeat theirs pay once.
//!
//! Only what holds for every request is kept: neither faults, nor anything that depends on the
//! caller or on the values of variables. The texts themselves are compared, not their digests.

use std::{fmt, hash::Hash, sync::Arc};

use async_graphql::parser::types::{ExecutableDocument, OperationType};
use moka::{Equivalent, sync::Cache};

use super::ingest::Plan;
use crate::graphql::{cost, validation::Validation};

/// What a node of a parsed document takes at most; each stands for a token of the text or more.
const NODE_BYTES: usize = 256;
/// What a document takes beside its nodes, its place in the cache included.
const DOCUMENT_BYTES: usize = 512;

/// An operation within the limits, in its document.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) parsed: ExecutableDocument,
    pub(super) kind: OperationType,
    pub(super) validation: Arc<Validation>,
    pub(super) cost: cost::Plan,
    /// How it is run past the engine; none for most.
    pub(super) ingest: Option<Arc<Plan>>,
    /// Whether those who ask for it in the same words may share an execution.
    pub(super) is_shareable: bool,
}

/// The documents of all callers, the least used forgotten first.
#[derive(Clone)]
pub struct Documents(Cache<Key, Arc<Document>>);

impl fmt::Debug for Documents {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Documents").finish_non_exhaustive()
    }
}

/// A document's text and the operation in it that was asked for.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    text: Box<str>,
    operation: Option<Box<str>>,
}

/// The same, borrowed. Hashed as `Key` is.
#[derive(Hash)]
struct Asked<'a> {
    text: &'a str,
    operation: Option<&'a str>,
}

impl Equivalent<Key> for Asked<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        *self.text == *key.text && self.operation == key.operation.as_deref()
    }
}

impl Documents {
    /// Keeps documents of about `max_bytes` in all.
    pub fn new(max_bytes: usize) -> Self {
        let weigher = |key: &Key, _: &Arc<Document>| weight(&key.text);
        Self(Cache::builder().max_capacity(max_bytes as u64).weigher(weigher).build())
    }

    pub(super) fn find(&self, text: &str, operation: Option<&str>) -> Option<Arc<Document>> {
        self.0.get(&Asked { text, operation })
    }

    pub(super) fn insert(&self, text: &str, operation: Option<&str>, document: &Arc<Document>) {
        let key = Key { text: text.into(), operation: operation.map(Into::into) };
        self.0.insert(key, Arc::clone(document));
    }
}

/// Bytes that a document takes, rather too many: a node for each word and each sign.
fn weight(text: &str) -> u32 {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let bytes = text.as_bytes();
    let parts = bytes.chunk_by(|left, right| is_word(left) && is_word(right));
    let nodes = parts.filter(|part| !part[0].is_ascii_whitespace()).count();
    u32::try_from(DOCUMENT_BYTES + text.len() + nodes * NODE_BYTES).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::ServerConfig,
        http::{params::Params, prepare},
    };

    fn params(query: &str, name: Option<&str>) -> Params {
        let operation_name = name.map(str::to_owned);
        Params { query: query.to_owned(), operation_name, ..Params::default() }
    }

    fn find(documents: &Documents, query: &str, name: Option<&str>) -> Option<Arc<Document>> {
        prepare::find(&params(query, name), &ServerConfig::default(), documents).ok()
    }

    #[test]
    fn a_document_is_read_once_for_each_operation() {
        let documents = Documents::new(1 << 20);
        let text = "query A {a} mutation B {b}";
        let first = find(&documents, text, Some("A")).unwrap();
        assert!(Arc::ptr_eq(&first, &find(&documents, text, Some("A")).unwrap()));
        let other = find(&documents, text, Some("B")).unwrap();
        assert_eq!((first.kind, other.kind), (OperationType::Query, OperationType::Mutation));
        assert!(find(&documents, text, None).is_none());
        assert!(documents.find(text, None).is_none());
    }

    #[test]
    fn a_fault_is_not_kept() {
        let documents = Documents::new(1 << 20);
        for text in ["{a", "{a b} {c}", "subscription {a b}"] {
            assert!(find(&documents, text, None).is_none());
            assert!(documents.find(text, None).is_none(), "{text}");
        }
    }

    #[test]
    fn memory_is_bounded_by_what_documents_weigh() {
        let documents = Documents::new(100 * weight("{field0000}") as usize);
        for number in 0..1_000 {
            find(&documents, &format!("{{field{number:04}}}"), None).unwrap();
        }
        documents.0.run_pending_tasks();
        assert!((1..=100).contains(&documents.0.entry_count()));
        let none = Documents::new(0);
        find(&none, "{a}", None).unwrap();
        none.0.run_pending_tasks();
        assert_eq!(none.0.entry_count(), 0);
    }

    #[test]
    fn a_dense_document_weighs_more_than_its_text() {
        assert!(weight(&"a ".repeat(1_000)) > 1_000 * 256);
        assert!(weight(&"a_long_name_of_a_field ".repeat(10)) > 10 * 256);
    }
}
