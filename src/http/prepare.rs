//! From parameters to an operation that may be executed: length, syntax, choice, guard, variables.
//!
//! What depends on the document alone is done once ([`find`]), the rest for each [`request`].

use std::sync::Arc;

use async_graphql::{
    Request, ServerError, Variables,
    parser::{
        self,
        types::{ExecutableDocument, OperationDefinition, OperationType, Selection},
    },
};
use serde_json::value::RawValue;

use super::{
    documents::{Document, Documents},
    ingest::Plan,
    params::Params,
    shared,
};
use crate::{
    config::ServerConfig,
    error::{Error, Result},
    graphql::{
        codes, cost, guard, introspection, lists,
        tokens::{self, Measure},
        typename,
        validation::Validation,
    },
};

/// Marks the error of a document that could not be read, whose status may differ from that of one
/// that was.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unreadable;

/// Most names of operations listed in a message.
const MAX_NAMES: usize = 10;

/// Finds the document and the operation that `params` ask for, or reads and checks them.
///
/// # Errors
/// A request error: nothing was executed.
pub(super) fn find(
    params: &Params,
    limits: &ServerConfig,
    documents: &Documents,
) -> Result<Arc<Document>, ServerError> {
    check_length(&params.query, limits).map_err(codes::server_error)?;
    let name = params.operation_name.as_deref();
    if let Some(known) = documents.find(&params.query, name) {
        return Ok(known);
    }
    check_text(&params.query, limits).map_err(codes::server_error)?;
    let parsed = parser::parse_query(&params.query).map_err(|fault| syntax_error(&fault))?;
    let document = Arc::new(check(parsed, name, limits).map_err(codes::server_error)?);
    documents.insert(&params.query, name, &document);
    Ok(document)
}

/// Makes the engine's request of a document and the values in `params`.
///
/// # Errors
/// A request error: nothing was executed.
pub(super) fn request(
    document: &Document,
    params: &Params,
    limits: &ServerConfig,
) -> Result<Request, ServerError> {
    let variables = variables(document, params, limits).map_err(codes::server_error)?;
    let cost = document.cost.check(&variables, limits.max_cost).map_err(codes::server_error)?;
    let mut request = Request::new(params.query.clone()).variables(variables);
    request.operation_name.clone_from(&params.operation_name);
    request.extensions =
        typed("extensions", params.extensions.as_deref(), limits).map_err(codes::server_error)?;
    request.set_parsed_query(document.parsed.clone());
    Ok(request.data(Arc::clone(&document.validation)).data(cost))
}

/// The values of variables, if they are within the limits.
fn variables(document: &Document, params: &Params, limits: &ServerConfig) -> Result<Variables> {
    let most = limits.max_list_items;
    if document.cost.longest_list() > most {
        let given = format!("a document with a list of {} items", document.cost.longest_list());
        return Err(Error::bad_input("query", given, &format!("at most {most}")));
    }
    let values: Variables = typed("variables", params.variables.as_deref(), limits)?;
    lists::check(document.cost.variables(), &values, most)?;
    check_variables(&document.validation, &values)?;
    Ok(values)
}

/// Refuses a document that is too long to be looked at.
pub(super) fn check_length(query: &str, limits: &ServerConfig) -> Result<()> {
    if query.len() <= limits.max_document_bytes {
        return Ok(());
    }
    let value = format!("a document of {} bytes", query.len());
    let expected = format!("at most {}", limits.max_document_bytes);
    Err(Error::BadInput { field: "query".to_owned(), value, expected })
}

/// Refuses what would be costly to parse.
fn check_text(query: &str, limits: &ServerConfig) -> Result<()> {
    let Measure { tokens, nesting } = tokens::measure(query);
    let (value, most) = if tokens > limits.max_document_tokens {
        (format!("a document of {tokens} tokens"), limits.max_document_tokens)
    } else if nesting > tokens::MAX_BRACKETS {
        (format!("a document with {nesting} levels of brackets"), tokens::MAX_BRACKETS)
    } else {
        return Ok(());
    };
    let expected = format!("at most {most}");
    Err(Error::BadInput { field: "query".to_owned(), value, expected })
}

fn check(
    parsed: ExecutableDocument,
    name: Option<&str>,
    limits: &ServerConfig,
) -> Result<Document> {
    let operation = choose(&parsed, name)?;
    guard::check(&parsed, operation, limits)?;
    introspection::check(&parsed, limits)?;
    typename::check(&parsed)?;
    let kind = operation.ty;
    if kind == OperationType::Subscription {
        check_subscription(operation)?;
    }
    let validation = Arc::new(Validation::new(&parsed, operation));
    let cost = cost::Plan::new(&parsed, operation);
    let ingest = Plan::of(&parsed, operation).map(Arc::new);
    let is_shareable = shared::is_shareable(operation);
    Ok(Document { parsed, kind, validation, cost, ingest, is_shareable })
}

/// The parser's message without the picture of the source that it draws.
fn syntax_error(fault: &parser::Error) -> ServerError {
    let reason = match fault {
        parser::Error::Syntax { message, .. } => {
            let last = message.lines().last().unwrap_or_default();
            last.trim_start_matches([' ', '=']).to_owned()
        }
        parser::Error::RecursionLimitExceeded => "nested too deep".to_owned(),
        other => other.to_string(),
    };
    let locations: Vec<_> = fault.positions().collect();
    let place = locations.first().map_or_else(String::new, |place| {
        format!(" at line {} column {}", place.line, place.column)
    });
    let mut error = codes::server_error(Error::bad_input(
        "query",
        format_args!("not a GraphQL document{place} ({reason})"),
        "the syntax of https://spec.graphql.org",
    ));
    error.locations = locations;
    // Two operations of one name could be read: that is a rule of validation.
    let is_read = matches!(
        fault,
        parser::Error::MultipleOperations { .. }
            | parser::Error::OperationDuplicated { .. }
            | parser::Error::FragmentDuplicated { .. }
    );
    if !is_read {
        error.source = Some(Arc::new(Unreadable));
    }
    error
}

fn typed<T: serde::de::DeserializeOwned + Default>(
    name: &str,
    text: Option<&RawValue>,
    limits: &ServerConfig,
) -> Result<T> {
    let Some(text) = text.map(RawValue::get) else { return Ok(T::default()) };
    lists::check_values(name, text, limits.max_variable_values)?;
    serde_json::from_str(text).map_err(|cause| {
        Error::bad_input(name, format_args!("not readable ({cause})"), "an object of JSON values")
    })
}

/// The operation of that name, or the only one (`GetOperation()` of the specification).
fn choose<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Result<&'a OperationDefinition> {
    let mut operations = document.operations.iter();
    let found = match name {
        Some(name) => operations.find(|(known, _)| known.is_some_and(|known| known == name)),
        None => operations.next().filter(|_| operations.next().is_none()),
    };
    if let Some((_, operation)) = found {
        return Ok(&operation.node);
    }
    let mut names: Vec<_> = document.operations.iter().filter_map(|(known, _)| known).collect();
    names.sort();
    names.truncate(MAX_NAMES);
    let names = names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    let expected = if names.is_empty() {
        "none: the document's operation has no name".to_owned()
    } else {
        format!("the name of an operation in the document ({names})")
    };
    Err(match name {
        Some(name) => Error::bad_text("operationName", name, &expected),
        None => Error::bad_input("operationName", "missing", &expected),
    })
}

/// Refuses what the engine would only notice in the middle of the execution.
fn check_variables(validation: &Validation, variables: &Variables) -> Result<()> {
    for variable in validation.variables() {
        let value = match variables.get(&variable.name) {
            Some(async_graphql::Value::Null) => "null",
            None if !variable.has_default => "missing",
            _ => continue,
        };
        if !variable.nullable {
            let field = format!("variables.{}", variable.name);
            return Err(Error::bad_input(field, value, &variable.type_name));
        }
    }
    Ok(())
}

/// A subscription has one field; and the engine would pass over it inside a fragment.
fn check_subscription(operation: &OperationDefinition) -> Result<()> {
    match operation.selection_set.node.items.as_slice() {
        [only] if matches!(only.node, Selection::Field(_)) => Ok(()),
        items => {
            let value = format!("a subscription to {} fields or fragments", items.len());
            let expected = "one field, not inside a fragment".to_owned();
            Err(Error::BadInput { field: "query".to_owned(), value, expected })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(query: &str, name: Option<&str>, variables: &str) -> String {
        let params = Params {
            query: query.to_owned(),
            operation_name: name.map(str::to_owned),
            variables: serde_json::from_str(variables).ok(),
            ..Params::default()
        };
        let (documents, limits) = (Documents::new(1 << 20), ServerConfig::default());
        let refused = find(&params, &limits, &documents)
            .and_then(|document| request(&document, &params, &limits).map(|_| ()));
        refused.map_or_else(|error| error.message, |()| "ok".to_owned())
    }

    #[test]
    fn a_request_error_names_what_is_wrong() {
        let cases = [
            ("{a", None, "`query` is not a GraphQL document at line 1 column 3"),
            ("query A {a} query B {a}", None, "`operationName` is missing, expected the name"),
            ("query A {a} query B {a}", Some("C"), "`operationName` is \"C\", expected the name"),
            ("{a}", Some("A"), "`operationName` is \"A\", expected none"),
            ("query A {a}", None, "ok"),
            ("query($n: Int!) {a(n: $n)}", None, "`variables.n` is missing, expected Int!"),
            ("query($n: Int! = 1) {a(n: $n)}", None, "ok"),
            ("subscription {a b}", None, "`query` is a subscription to 2 fields"),
            ("subscription {...F} fragment F on S {a}", None, "`query` is a subscription to 1 "),
        ];
        for (query, name, expected) in cases {
            let message = fault(query, name, "{}");
            assert!(message.starts_with(expected), "{query}: {message}");
        }
        let null = fault("query($n: Int! = 1) {a(n: $n)}", None, r#"{"n": null}"#);
        assert_eq!(null, "`variables.n` is null, expected Int!");
    }

    #[test]
    fn a_syntax_error_does_not_echo_the_source() {
        let message = fault("query Secret { password(is: \"hunter2\" }", None, "{}");
        assert!(!message.contains("hunter2"), "{message}");
    }
}
