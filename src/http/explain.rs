//! Adds to the engine's messages about arguments what they leave out: the field and the value.
//!
//! Only failed requests come here, so the document is parsed again rather than kept for all.

use async_graphql::{
    Name, Pos, ServerError, Value, Variables,
    parser::{
        self,
        types::{ExecutableDocument, Selection, SelectionSet},
    },
};
use serde_json::value::RawValue;

use super::params::Params;
use crate::graphql::codes;

/// Longest value repeated in a message.
const MAX_VALUE_CHARS: usize = 80;

/// Rewrites the messages of errors that point at an argument and have no code yet.
pub(super) fn explain(errors: &mut [ServerError], params: &Params) {
    if errors.iter().all(codes::has_code) {
        return;
    }
    let Ok(document) = parser::parse_query(&params.query) else { return };
    let variables = params.variables.as_deref().map_or("{}", RawValue::get);
    let variables: Variables = serde_json::from_str(variables).unwrap_or_default();
    let arguments = Arguments::of(&document, &variables);
    for error in errors.iter_mut().filter(|error| !codes::has_code(error)) {
        if let Some(place) = error.locations.first()
            && let Some(argument) = arguments.0.iter().find(|argument| argument.stands_at(*place))
        {
            improve(error, argument);
        }
    }
}

/// Says which field has which value and what is expected.
fn improve(error: &mut ServerError, argument: &Argument<'_>) {
    let message = &error.message;
    let (field, message) = if let Some(fault) =
        message.strip_prefix("Invalid value for argument \"")
        && let Some((path, reason)) = fault.split_once("\", ")
    {
        (path.to_owned(), validation_message(path, reason, argument))
    } else {
        let Some((path, message)) = coercion_message(message, argument) else { return };
        (path, message)
    };
    error.extensions.get_or_insert_default().set("field", field);
    error.message = message;
}

fn validation_message(path: &str, reason: &str, argument: &Argument<'_>) -> String {
    if let Some((name, kind)) = reason
        .strip_prefix("field \"")
        .and_then(|rest| rest.strip_suffix("\" is required but not provided"))
        .and_then(|rest| rest.split_once("\" of type \""))
    {
        return format!("`{path}.{name}` is missing, expected {kind}");
    }
    if let Some((name, kind)) = reason
        .strip_prefix("unknown field \"")
        .and_then(|rest| rest.strip_suffix('"'))
        .and_then(|rest| rest.split_once("\" of type \""))
    {
        return format!("`{path}.{name}` is given, but {kind} has no such field");
    }
    if let Some((kind, value)) = reason
        .strip_prefix("enumeration type \"")
        .and_then(|rest| rest.strip_suffix('"'))
        .and_then(|rest| rest.split_once("\" does not contain the value \""))
    {
        return format!("`{path}` is {value}, expected a value of the enum {kind}");
    }
    let shown = argument.at(path).map_or_else(|| "not valid".to_owned(), shorten);
    match reason.strip_prefix("expected type \"").and_then(|rest| rest.strip_suffix('"')) {
        Some(kind) => format!("`{path}` is {shown}, expected {kind}"),
        None => format!("`{path}` is {shown}: {reason}"),
    }
}

/// Path and text for a fault of coercion, which comes up in the middle of the execution.
fn coercion_message(message: &str, argument: &Argument<'_>) -> Option<(String, String)> {
    let message = message.split(" (occurred while parsing").next().unwrap_or_default();
    let (path, shown, expected) = if let Some((kind, found)) = message
        .strip_prefix("Expected input type \"")
        .and_then(|rest| rest.strip_suffix('.'))
        .and_then(|rest| rest.split_once("\", found "))
    {
        let (path, shown) = argument.find(&|value| value.to_string() == found);
        (path, shown, kind.to_owned())
    } else {
        let (_, reason) = message.strip_prefix("Failed to parse \"")?.split_once("\": ")?;
        if let Some((found, expected)) = reason.split_once(" is not valid, expected ") {
            let (path, shown) = argument.find(&|value| shorten(value) == found);
            (path, shown, expected.to_owned())
        } else if let Some(range) = reason.strip_prefix("Only integers from ") {
            let (path, shown) = argument.find(&is_beyond_int);
            (path, shown, format!("an integer from {}", range.trim_end_matches(" are accepted.")))
        } else {
            return Some((argument.name.to_owned(), format!("`{}`: {reason}", argument.name)));
        }
    };
    let message = format!("`{path}` is {shown}, expected {expected}");
    Some((path, message))
}

fn is_beyond_int(value: &Value) -> bool {
    let Value::Number(number) = value else { return false };
    number.as_i64().is_none_or(|number| i32::try_from(number).is_err())
}

fn shorten(value: &Value) -> String {
    let mut shown = value.to_string();
    if let Some((end, _)) = shown.char_indices().nth(MAX_VALUE_CHARS) {
        shown.truncate(end);
        shown.push('…');
    }
    shown
}

/// An argument somewhere in the document, its variables filled in.
struct Argument<'a> {
    name: &'a str,
    places: [Pos; 2],
    value: Option<Value>,
}

impl Argument<'_> {
    fn stands_at(&self, place: Pos) -> bool {
        self.places.contains(&place)
    }

    /// The value at a path such as `input.tags.0`, whose first part is the argument itself.
    fn at(&self, path: &str) -> Option<&Value> {
        path.split('.').skip(1).try_fold(self.value.as_ref()?, |value, part| match value {
            Value::List(items) => items.get(part.parse::<usize>().ok()?),
            Value::Object(fields) => fields.get(part),
            // A single value stands for a list of one.
            _ => Some(value),
        })
    }

    /// Path and text of the one value within that is to blame; of all of it when there are more.
    fn find(&self, is_culprit: &dyn Fn(&Value) -> bool) -> (String, String) {
        let Some(value) = &self.value else {
            return (self.name.to_owned(), "not valid".to_owned());
        };
        let mut found = Vec::new();
        collect_leaves(value, self.name.to_owned(), is_culprit, &mut found);
        match found.as_slice() {
            [(path, leaf)] => (path.clone(), shorten(leaf)),
            _ => (self.name.to_owned(), shorten(value)),
        }
    }
}

/// Gathers the values within `value` that are to blame, each with its path.
fn collect_leaves<'v>(
    value: &'v Value,
    path: String,
    is_culprit: &dyn Fn(&Value) -> bool,
    found: &mut Vec<(String, &'v Value)>,
) {
    if is_culprit(value) {
        return found.push((path, value));
    }
    match value {
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                collect_leaves(item, format!("{path}.{index}"), is_culprit, found);
            }
        }
        Value::Object(fields) => {
            for (name, item) in fields {
                collect_leaves(item, format!("{path}.{name}"), is_culprit, found);
            }
        }
        _ => {}
    }
}

/// All arguments of a document.
struct Arguments<'a>(Vec<Argument<'a>>);

impl<'a> Arguments<'a> {
    fn of(document: &'a ExecutableDocument, variables: &Variables) -> Self {
        let mut found = Self(Vec::new());
        for (_, operation) in document.operations.iter() {
            found.collect(&operation.node.selection_set.node, variables);
        }
        for fragment in document.fragments.values() {
            found.collect(&fragment.node.selection_set.node, variables);
        }
        found
    }

    /// Recurses as deep as the parser allows, which is not deep.
    fn collect(&mut self, set: &'a SelectionSet, variables: &Variables) {
        for item in &set.items {
            let directives = item.node.directives().iter();
            let of_directives = directives.flat_map(|directive| &directive.node.arguments);
            let of_field = match &item.node {
                Selection::Field(field) => field.node.arguments.as_slice(),
                _ => &[],
            };
            for (name, value) in of_directives.chain(of_field) {
                let known = |name: Name| variables.get(&name).cloned().ok_or(());
                let constant = value.node.clone().into_const_with(known).ok();
                let places = [name.pos, value.pos];
                self.0.push(Argument { name: name.node.as_str(), places, value: constant });
            }
            match &item.node {
                Selection::Field(field) => {
                    self.collect(&field.node.selection_set.node, variables);
                }
                Selection::InlineFragment(inline) => {
                    self.collect(&inline.node.selection_set.node, variables);
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(message: &str, column: usize) -> String {
        let variables = r#"{"v": {"score": "abc", "tags": ["a", 7]}}"#;
        let params = Params {
            query: "{a(input: $v, n: \"x\")}".to_owned(),
            variables: serde_json::from_str(variables).ok(),
            ..Params::default()
        };
        let mut errors = [ServerError::new(message, Some(Pos { line: 1, column }))];
        explain(&mut errors, &params);
        errors[0].message.clone()
    }

    #[test]
    fn a_message_names_field_value_and_expectation() {
        let cases = [
            (
                "Invalid value for argument \"input.score\", expected type \"Int\"",
                4,
                "`input.score` is \"abc\", expected Int",
            ),
            (
                "Invalid value for argument \"input.tags.1\", expected type \"String\"",
                4,
                "`input.tags.1` is 7, expected String",
            ),
            (
                "Invalid value for argument \"input\", field \"id\" of type \"ID!\" \
                 is required but not provided",
                4,
                "`input.id` is missing, expected ID!",
            ),
            (
                "Invalid value for argument \"input\", unknown field \"x\" of type \"In\"",
                4,
                "`input.x` is given, but In has no such field",
            ),
            (
                "Invalid value for argument \"input.score\", enumeration type \"Kind\" \
                 does not contain the value \"abc\"",
                4,
                "`input.score` is abc, expected a value of the enum Kind",
            ),
            (
                "Failed to parse \"Date\": \"x\" is not valid, expected a date",
                18,
                "`n` is \"x\", expected a date",
            ),
            ("Failed to parse \"Date\": too late", 18, "`n`: too late"),
            (
                "Expected input type \"Int\", found 7. (occurred while parsing \"In\")",
                11,
                "`input.tags.1` is 7, expected Int",
            ),
            ("Unknown field", 2, "Unknown field"),
        ];
        for (message, column, expected) in cases {
            assert_eq!(explained(message, column), expected);
        }
    }
}
