//! Reads the parameters of a request: `query`, `operationName`, `variables`, `extensions`.
//!
//! Other parameters are ignored, as GraphQL over HTTP says; a wrong type is an error that names the
//! parameter. The same reading serves POST, GET and the payload of `subscribe`.

use axum::{extract::Query, http::Uri};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::{Error, Result};

/// A well-formed request. Maps are kept as text: they are read once more to explain an error.
#[derive(Debug, Default)]
pub(super) struct Params {
    pub(super) query: String,
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
        let envelope: Envelope<'_> =
            serde_json::from_str(text).map_err(|cause| body_fault(text, &cause))?;
        Ok(Self {
            query: string("query", envelope.query)?.ok_or_else(no_query)?,
            operation_name: string("operationName", envelope.operation_name)?.filter(is_given),
            variables: object("variables", envelope.variables)?,
            extensions: object("extensions", envelope.extensions)?,
        })
    }

    /// Reads the query component of an address.
    ///
    /// # Errors
    /// [`Error::BadInput`] for a parameter that is there twice, or whose JSON is no object.
    pub(super) fn from_uri(uri: &Uri) -> Result<Self> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|_| Error::bad_input("url", "not readable", "percent-encoded UTF-8"))?;
        let mut params =
            Self { query: only(&pairs, "query")?.ok_or_else(no_query)?, ..Self::default() };
        params.operation_name = only(&pairs, "operationName")?.filter(is_given);
        params.variables = json("variables", only(&pairs, "variables")?)?;
        params.extensions = json("extensions", only(&pairs, "extensions")?)?;
        Ok(params)
    }
}

/// An empty `operationName` is none (GraphQL over HTTP, GET); some clients also POST one.
#[expect(clippy::ptr_arg, reason = "the shape `Option::filter` asks for")]
fn is_given(name: &String) -> bool {
    !name.is_empty()
}

fn no_query() -> Error {
    Error::bad_input("query", "missing", "a GraphQL document as a string")
}

fn body_fault(text: &str, cause: &serde_json::Error) -> Error {
    let expected = "a JSON object such as {\"query\": \"{ __typename }\"}";
    if !cause.is_data() {
        return Error::bad_input("body", format!("not JSON ({cause})"), expected);
    }
    if text.trim_start().starts_with('[') {
        return Error::bad_input("body", "a list", "one request: batches are not supported");
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

/// Reads a parameter of an address that holds JSON; `null` is none.
fn json(name: &str, text: Option<String>) -> Result<Option<Box<RawValue>>> {
    let Some(text) = text else { return Ok(None) };
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
                r#"[{"query": "{a}"}]"#,
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
        let uri =
            Uri::from_static("/graphql?query=%7Ba%7D&variables=%7B%22a%22:1%7D&operationName=");
        let params = Params::from_uri(&uri).unwrap();
        assert_eq!(params.query, "{a}");
        assert_eq!(params.variables.unwrap().get(), r#"{"a":1}"#);
        assert!(params.operation_name.is_none());
        let twice = Uri::from_static("/graphql?query=a&query=b");
        assert!(Params::from_uri(&twice).is_err());
    }
}
