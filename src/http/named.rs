//! How a request names a document that it need not carry: by the SHA-256 of its text.
//!
//! Two forms mean the same: `documentId` of GraphQL over HTTP (persisted documents), and
//! `extensions.persistedQuery`, as Apollo's clients send it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::{
    documents::Digest,
    error::{Error, Result},
};

/// Where Apollo's clients put it.
const EXTENSION: &str = "persistedQuery";

/// A digest in a request, and the form it came in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// By `documentId`: somebody else has given the document.
    ById(Digest),
    /// By `extensions.persistedQuery`: the client gives the document when it is not known yet.
    ByHash(Digest),
}

/// A digest that was in extensions, and what else is.
type Taken = (Named, Option<Box<RawValue>>);

/// `extensions.persistedQuery`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PersistedQuery<'a> {
    #[serde(borrow)]
    version: Option<&'a RawValue>,
    #[serde(borrow)]
    sha256_hash: Option<&'a RawValue>,
}

impl Named {
    pub(super) fn digest(&self) -> Digest {
        match self {
            Self::ById(digest) | Self::ByHash(digest) => *digest,
        }
    }

    /// The parameter it came in.
    pub(super) fn field(&self) -> &'static str {
        match self {
            Self::ById(_) => "documentId",
            Self::ByHash(_) => "extensions.persistedQuery.sha256Hash",
        }
    }

    /// Reads a `documentId`.
    ///
    /// # Errors
    /// [`Error::BadInput`] for another way of naming than SHA-256.
    pub(super) fn by_id(id: &str) -> Result<Self> {
        let expected = "`sha256:` and 64 hexadecimal digits";
        let digest = Digest::parse(id);
        digest.map(Self::ById).ok_or_else(|| Error::bad_text("documentId", id, expected))
    }

    /// Takes the digest out of `extensions`; what is left is `None` when that was all.
    ///
    /// # Errors
    /// [`Error::BadInput`] for another version than 1, or what is no digest.
    pub(super) fn in_extensions(extensions: &RawValue) -> Result<Option<Taken>> {
        if !extensions.get().contains(EXTENSION) {
            return Ok(None);
        }
        let mut entries: BTreeMap<String, Box<RawValue>> = serde_json::from_str(extensions.get())
            .map_err(|cause| {
            Error::bad_input("extensions", format_args!("not readable ({cause})"), "an object")
        })?;
        let Some(entry) = entries.remove(EXTENSION).filter(|entry| entry.get() != "null") else {
            return Ok(None);
        };
        let named = Self::ByHash(persisted_query(&entry)?);
        let rest = if entries.is_empty() { None } else { to_raw_value(&entries).ok() };
        Ok(Some((named, rest)))
    }
}

fn persisted_query(entry: &RawValue) -> Result<Digest> {
    let field = |name: &str| format!("extensions.{EXTENSION}{name}");
    let given: PersistedQuery<'_> = serde_json::from_str(entry.get()).map_err(|_| {
        Error::bad_input(field(""), entry.get(), "an object with `version` and `sha256Hash`")
    })?;
    let shown = |raw: Option<&RawValue>| raw.map_or("missing", RawValue::get).to_owned();
    if given.version.map(RawValue::get) != Some("1") {
        return Err(Error::bad_input(field(".version"), shown(given.version), "1"));
    }
    let hash = given.sha256_hash.and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
    hash.as_deref().and_then(Digest::parse).ok_or_else(|| {
        let expected = "64 hexadecimal digits";
        Error::bad_input(field(".sha256Hash"), shown(given.sha256_hash), expected)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "query($id:ID!){user(id:$id){name}}";
    const HASH: &str = "71f7dc5758652baac68e4a10c50be732b741c892ade2883a99358f52b555286b";

    fn named(extensions: &str) -> Result<Option<(Named, Option<String>)>> {
        let extensions: Box<RawValue> = serde_json::from_str(extensions).unwrap();
        let found = Named::in_extensions(&extensions)?;
        Ok(found.map(|(named, rest)| (named, rest.map(|rest| rest.get().to_owned()))))
    }

    #[test]
    fn a_persisted_query_is_taken_out_of_the_extensions() {
        let entry = format!(r#""persistedQuery": {{"version": 1, "sha256Hash": "{HASH}"}}"#);
        let expected = || Named::ByHash(Digest::of(TEXT));
        assert_eq!(named(&format!("{{{entry}}}")).unwrap(), Some((expected(), None)));
        let with_more = named(&format!(r#"{{"a": [1], {entry}}}"#)).unwrap();
        assert_eq!(with_more, Some((expected(), Some(r#"{"a":[1]}"#.to_owned()))));
        for none in ["{}", r#"{"a": "persistedQuery"}"#, r#"{"persistedQuery": null}"#] {
            assert_eq!(named(none).unwrap(), None, "{none}");
        }
    }

    #[test]
    fn a_wrong_persisted_query_is_named_with_its_value() {
        for (entry, expected) in [
            ("7", "`extensions.persistedQuery` is 7, expected an object with"),
            ("{}", "`extensions.persistedQuery.version` is missing, expected 1"),
            (r#"{"version": 2}"#, "`extensions.persistedQuery.version` is 2, expected 1"),
            (r#"{"version": 1}"#, "`extensions.persistedQuery.sha256Hash` is missing, expected 64"),
            (
                r#"{"version": 1, "sha256Hash": "00"}"#,
                "`extensions.persistedQuery.sha256Hash` is \"00\", expected 64 hexadecimal digits",
            ),
        ] {
            let error = named(&format!(r#"{{"persistedQuery": {entry}}}"#)).unwrap_err();
            assert!(error.to_string().starts_with(expected), "{error}");
        }
    }
}
