//! Trusted documents: those that a service started with `--trusted-only` executes, and no others.
//!
//! A [`Manifest`] is a file of documents by the SHA-256 of their text; [`Trusted`] holds one beside
//! the documents of our own clients (`own`). [`operations()`] cuts a file of operations into the
//! documents that a client sends. Why: `docs/adr/0035-trusted-documents.md`.

mod digest;
mod manifest;
mod operations;
mod own;

use std::{collections::HashMap, fmt, sync::Arc};

use async_graphql::parser::parse_query;

#[cfg(test)]
pub(crate) use self::own::documents as own_documents;
pub use self::{digest::Digest, manifest::Manifest, operations::operations};
use crate::{
    config::ServerConfig,
    error::{Error, Result},
    graphql::{Checker, guard, introspection},
};

/// The documents that may be asked for by their digest.
#[derive(Clone, Default)]
pub struct Trusted {
    by_digest: Arc<HashMap<Digest, Arc<str>>>,
}

impl fmt::Debug for Trusted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Trusted").field("len", &self.by_digest.len()).finish()
    }
}

impl Trusted {
    /// Takes our own clients' documents and those of the configured manifest.
    ///
    /// # Errors
    /// [`Error::BadInput`] for a manifest that cannot be read, or has a document that would never be
    /// executed.
    pub async fn load(server: &ServerConfig) -> Result<Self> {
        let mut by_digest = HashMap::new();
        for text in own::documents() {
            by_digest.insert(Digest::of(&text), text.into());
        }
        if let Some(path) = &server.trusted_documents {
            let field = "server.trusted_documents";
            let text = std::fs::read_to_string(path).map_err(|cause| {
                Error::bad_input(field, format_args!("{} ({cause})", path.display()), "a manifest")
            })?;
            let refused = |reason: String| {
                let value = format!("{}: {reason}", path.display());
                let expected = "documents by the SHA-256 of their text, each valid here";
                Error::BadInput { field: field.to_owned(), value, expected: expected.to_owned() }
            };
            let manifest = Manifest::parse(&text).map_err(refused)?;
            let checker = Checker::new();
            for (digest, text) in manifest.documents {
                let fault = |reason| refused(format!("document {digest}: {reason}"));
                check(&checker, &text, server).await.map_err(fault)?;
                by_digest.insert(digest, text.into());
            }
        }
        Ok(Self { by_digest: Arc::new(by_digest) })
    }

    /// The text of a document.
    pub fn find(&self, digest: Digest) -> Option<&Arc<str>> {
        self.by_digest.get(&digest)
    }

    /// Whether a text is one of the documents, to the letter but for white space around it.
    pub fn has(&self, text: &str) -> bool {
        let known = |text: &str| self.by_digest.contains_key(&Digest::of(text));
        known(text) || known(text.trim())
    }
}

/// Looks whether a document would be executed.
///
/// # Errors
/// Why not, whoever asked for it.
pub async fn check(checker: &Checker, text: &str, server: &ServerConfig) -> Result<(), String> {
    // The engine would take for ever over some documents that the guard refuses.
    let document = parse_query(text).map_err(|_| "not a GraphQL document".to_owned())?;
    for (_, operation) in document.operations.iter() {
        guard::check(&document, &operation.node, server).map_err(|error| error.to_string())?;
    }
    introspection::check(&document, server).map_err(|error| error.to_string())?;
    checker.check(text).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn our_own_documents_are_valid_here() {
        let (server, checker) = (ServerConfig::default(), Checker::new());
        let documents: Vec<_> = own::documents().collect();
        assert!(documents.len() > 30, "{}", documents.len());
        for text in documents {
            assert_eq!(check(&checker, &text, &server).await, Ok(()), "{text}");
        }
    }

    #[tokio::test]
    async fn a_document_that_would_never_run_is_refused_with_its_reason() {
        let (server, checker) = (ServerConfig::default(), Checker::new());
        for (text, expected) in [
            ("{", "not a GraphQL document"),
            ("{ nothing }", "Unknown field \"nothing\" on type \"Query\""),
            ("query A { __typename } query B { nothing }", "Unknown field \"nothing\""),
            ("mutation { trackEvent { id } }", "Field \"trackEvent\" argument \"input\""),
            ("{ ...F } fragment F on Query { ...F }", "`query` is a document whose fragment `F`"),
            ("subscription { nothing }", "Unknown field \"nothing\" on type \"Subscription\""),
        ] {
            let reason = check(&checker, text, &server).await.unwrap_err();
            assert!(reason.starts_with(expected), "{text}: {reason}");
        }
        for text in ["query ($id: ID!) { session(id: $id) { id } }", "{ __typename }"] {
            assert_eq!(check(&checker, text, &server).await, Ok(()), "{text}");
        }
    }

    #[tokio::test]
    async fn a_document_is_known_by_its_digest_and_by_its_text() {
        let trusted = Trusted::load(&ServerConfig::default()).await.unwrap();
        let text = own::documents().next().unwrap();
        assert_eq!(&**trusted.find(Digest::of(&text)).unwrap(), text);
        assert!(trusted.has(&text) && trusted.has(&format!("\n{text}\n")));
        assert!(!trusted.has(&format!("{text} #")) && !trusted.has("{ __typename }"));
    }
}
