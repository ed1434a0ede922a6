//! Reads the parameters of a request: `query`, `operationName`, `variables`, `extensions`.
//!
//! A document may be named by its digest in place of `query`: by `documentId`, or in `extensions`.
//! Other parameters are ignored, as GraphQL over HTTP says; a wrong type is an error that names the
//! parameter. The same reading serves POST, GET and the payload of `subscribe`.

use axum::{extract::Query, http::Uri};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::named::Named;
use crate::error::{Error, Result};

/// A well-formed request. Maps are kept as text: they are read once more to explain an error.
#[derive(Debug, Default)]
pub(super) struct Params {
    /// The document; empty where only its digest came, until it was found.
    pub(super) query: String,
    /// The digest that the document is to have.
    pub(super) named: Option<Named>,
    pub(super) operation_name: Option<String>,
    /// A JSON object.
    pub(super) variables: Option<Box<RawValue>>,
    /// A JSON object.
    pub(super) extensions: Option<Box<RawValue>>,
}

/// The parameters in whatever types they came.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a JSON object")]
struct Envelope<'a> {
    #[serde(borrow)]
    query: Option<&'a RawValue>,
    #[serde(borrow)]
    document_id: Option<&'a RawValue>,
    #[serde(borrow)]
    operation_name: Option<&'a RawValue>,
    #[serde(borrow)]
    variables: Option<&'a RawValue>,
    #[serde(borrow)]
    extensions: Option<&'a RawValue>,
}

impl Params {
    /// Reads a JSON object.
    ///
    /// # Errors
    /// [`Error::BadInput`] for text that is no JSON, a list, or a parameter of the wrong type.
    pub(super) fn from_json(body: &[u8]) -> Result<Self> {
        let text = std::str::from_utf8(body)
            .map_err(|_| Error::bad_input("body", "not UTF-8", "JSON in UTF-8"))?;
        if text.trim_start().starts_with('[') {
            // Its items would be taken for the parameters in their order.
            return Err(Error::bad_input(
                "body",
                "a list",
                "one request: batches are not supported",
            ));
        }
        let envelope: Envelope<'_> =
            serde_json::from_str(text).map_err(|cause| body_fault(&cause))?;
        let query = string("query", envelope.query)?;
        let id = string("documentId", envelope.document_id)?;
        let params = Self {
            operation_name: string("operationName", envelope.operation_name)?.filter(is_given),
            variables: object("variables", envelope.variables)?,
            extensions: object("extensions", envelope.extensions)?,
            ..Self::default()
        };
        params.of_document(query, id)
    }

    /// Reads the query component of an address.
    ///
    /// # Errors
    /// [`Error::BadInput`] for a parameter that is there twice, or whose JSON is no object.
    pub(super) fn from_uri(uri: &Uri) -> Result<Self> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|_| Error::bad_input("url", "not readable", "percent-encoded UTF-8"))?;
        let query = only(&pairs, "query")?;
        let id = only(&pairs, "documentId")?.filter(is_given);
        let params = Self {
            operation_name: only(&pairs, "operationName")?.filter(is_given),
            variables: json("variables", only(&pairs, "variables")?)?,
            extensions: json("extensions", only(&pairs, "extensions")?)?,
            ..Self::default()
        };
        params.of_document(query, id)
    }

    /// Completes the parameters with what tells the document.
    fn of_document(mut self, query: Option<String>, id: Option<String>) -> Result<Self> {
        let persisted = match &self.extensions {
            Some(extensions) => Named::in_extensions(extensions)?,
            None => None,
        };
        if let Some((named, rest)) = persisted {
            self.named = Some(named);
            self.extensions = rest;
        }
        if let Some(id) = id {
            self.named = Some(Named::by_id(&id)?);
        }
        self.query = match query {
            Some(query) => query,
            None if self.named.is_some() => String::new(),
            None => return Err(no_query()),
        };
        Ok(self)
    }
}

/// An empty parameter is none (GraphQL over HTTP, GET); some clients also POST an empty name.
#[expect(clippy::ptr_arg, reason = "the shape `Option::filter` asks for")]
fn is_given(name: &String) -> bool {
    !name.is_empty()
}

fn no_query() -> Error {
    Error::bad_input("query", "missing", "a GraphQL document as a string")
}

fn body_fault(cause: &serde_json::Error) -> Error {
    let expected = "a JSON object such as {\"query\": \"{ __typename }\"}";
    if !cause.is_data() {
        return Error::bad_input("body", format!("not JSON ({cause})"), expected);
    }
    Error::bad_input("body", format!("not readable ({cause})"), expected)
}

fn string(name: &str, raw: Option<&RawValue>) -> Result<Option<String>> {
    raw.map(|raw| {
        serde_json::from_str(raw.get()).map_err(|_| Error::bad_input(name, raw.get(), "a string"))
    })
    .transpose()
}

fn object(name: &str, raw: Option<&RawValue>) -> Result<Option<Box<RawValue>>> {
    raw.map(|raw| {
        if raw.get().starts_with('{') {
            Ok(raw.to_owned())
        } else {
            Err(Error::bad_input(name, raw.get(), "an object"))
        }
    })
    .transpose()
}

/// Reads a parameter of an address that holds JSON; `null` is none, and so is an empty one.
fn json(name: &str, text: Option<String>) -> Result<Option<Box<RawValue>>> {
    let Some(text) = text.filter(is_given) else { return Ok(None) };
    let raw: Option<&RawValue> = serde_json::from_str(&text)
        .map_err(|_| Error::bad_text(name, &text, "an object as JSON text"))?;
    object(name, raw)
}

fn only(pairs: &[(String, String)], name: &str) -> Result<Option<String>> {
    let mut values = pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value);
    let first = values.next().cloned();
    match values.next() {
        Some(_) => Err(Error::bad_input(name, "given twice", "one value")),
        None => Ok(first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(body: &str) -> String {
        Params::from_json(body.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn a_wrong_type_is_named_with_its_value() {
        let cases = [
            (r#"{"query": 7}"#, "`query` is 7, expected a string"),
            (r#"{"qeury": "{a}"}"#, "`query` is missing, expected a GraphQL document as a string"),
            (r#"{"query": "", "variables": [7]}"#, "`variables` is [7], expected an object"),
            (r#"{"query": "", "extensions": "x"}"#, "`extensions` is \"x\", expected an object"),
            (r#"{"query": "", "operationName": {}}"#, "`operationName` is {}, expected a string"),
            (
                r#"["{a}", null, null, null, null]"#,
                "`body` is a list, expected one request: batches are not supported",
            ),
            (
                r#"[{"query": "{a}"}]"#,
                "`body` is a list, expected one request: batches are not supported",
            ),
            (
                r#" ["{a}", null, null, null]"#,
                "`body` is a list, expected one request: batches are not supported",
            ),
        ];
        for (body, expected) in cases {
            assert_eq!(fault(body), expected);
        }
        assert!(fault("{\"query\":").starts_with("`body` is not JSON"));
        assert!(fault("7").starts_with("`body` is not readable"));
        assert!(fault(r#"{"query": "", "query": ""}"#).contains("duplicate field"));
    }

    #[test]
    fn null_means_not_given_and_unknown_parameters_are_ignored() {
        let body = r#"{"query": "{a}", "operationName": null, "variables": null, "id": 1}"#;
        let params = Params::from_json(body.as_bytes()).unwrap();
        assert!(params.operation_name.is_none() && params.variables.is_none());
    }

    #[test]
    fn an_address_carries_maps_as_json() {
        let uri = Uri::from_static(
            "/graphql?query=%7Ba%7D&variables=%7B%22a%22:1%7D&operationName=&extensions=",
        );
        let params = Params::from_uri(&uri).unwrap();
        assert_eq!(params.query, "{a}");
        assert_eq!(params.variables.unwrap().get(), r#"{"a":1}"#);
        assert!(params.operation_name.is_none() && params.extensions.is_none());
        let twice = Uri::from_static("/graphql?query=a&query=b");
        assert!(Params::from_uri(&twice).is_err());
    }
}
