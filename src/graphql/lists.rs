//! Bounds what comes in arguments and variables: how many values in all, and the longest list.
//!
//! The count of values is taken from the text, before memory is made for them. A list is looked for
//! where the type says so: within a scalar such as `JSON` it is a value like any other, and has the
//! bounds of its field.

use async_graphql::{
    Name, Value, Variables,
    parser::types::{BaseType, Type},
};

use super::types::{Types, name_of};
use crate::error::{Error, Result};

/// Counts the values in JSON that has been found well-formed: each but the first follows a comma or
/// begins in a list or object.
pub fn count_values(json: &str) -> usize {
    let (mut rest, mut count) = (json.as_bytes(), 1);
    while let Some(quote) = memchr::memchr(b'"', rest) {
        count += signs(&rest[..quote]);
        rest = after_string(&rest[quote + 1..]);
    }
    count + signs(rest)
}

/// In pieces of which a byte holds the count: that many more are counted at once.
fn signs(text: &[u8]) -> usize {
    let is_sign = |byte: &u8| u8::from(matches!(byte, b',' | b'[' | b'{'));
    text.chunks(240).map(|piece| usize::from(piece.iter().map(is_sign).sum::<u8>())).sum()
}

/// What follows the string that has begun.
fn after_string(mut text: &[u8]) -> &[u8] {
    while let Some(found) = memchr::memchr2(b'"', b'\\', text) {
        let is_end = text[found] == b'"';
        text = text.get(found + if is_end { 1 } else { 2 }..).unwrap_or_default();
        if is_end {
            return text;
        }
    }
    &[]
}

/// Refuses JSON with more than `most` values.
///
/// # Errors
/// [`Error::BadInput`] that names the parameter.
pub fn check_values(field: &str, json: &str, most: usize) -> Result<()> {
    let count = count_values(json);
    if count <= most {
        return Ok(());
    }
    Err(Error::bad_input(field, format_args!("{count} values"), &format!("at most {most} in all")))
}

/// Refuses variables of these types with a list of more than `most` items.
///
/// # Errors
/// [`Error::BadInput`] that names the way to the list.
pub fn check<'a>(
    types: impl Iterator<Item = (&'a Name, &'a Type)>,
    values: &Variables,
    most: usize,
) -> Result<()> {
    for (name, ty) in types {
        if let Some(value) = values.get(name) {
            Path { parent: None, name: "variables" }.check_field(name, ty, value, most)?;
        }
    }
    Ok(())
}

/// The way to a value, written only where it has to be shown.
#[derive(Clone, Copy)]
struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    name: &'a str,
}

impl Path<'_> {
    fn check_field(&self, name: &str, ty: &Type, value: &Value, most: usize) -> Result<()> {
        Path { parent: Some(self), name }.check(ty, value, most)
    }

    fn check(&self, ty: &Type, value: &Value, most: usize) -> Result<()> {
        match (&ty.base, value) {
            (BaseType::List(_), Value::List(items)) if items.len() > most => {
                let given = format!("a list of {} items", items.len());
                Err(Error::bad_input(self.written(), given, &format!("at most {most}")))
            }
            (BaseType::List(item), Value::List(items)) if holds_lists(item) => {
                items.iter().try_for_each(|value| self.check(item, value, most))
            }
            (BaseType::List(item), Value::Object(_)) => self.check(item, value, most),
            (BaseType::Named(name), Value::Object(fields)) => {
                let Some(known) = Types::of_schema().input(name) else { return Ok(()) };
                fields.iter().try_for_each(|(name, value)| match known.get(name.as_str()) {
                    Some(ty) => self.check_field(name, ty, value, most),
                    None => Ok(()),
                })
            }
            _ => Ok(()),
        }
    }

    fn written(&self) -> String {
        match self.parent {
            Some(parent) => format!("{}.{}", parent.written(), self.name),
            None => self.name.to_owned(),
        }
    }
}

/// Whether a value of the type may hold a list.
fn holds_lists(ty: &Type) -> bool {
    match &ty.base {
        BaseType::List(_) => true,
        BaseType::Named(_) => Types::of_schema().input(name_of(ty)).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_value_is_counted_and_no_text_is() {
        fn count(value: &serde_json::Value) -> usize {
            match value {
                serde_json::Value::Array(items) => 1 + items.iter().map(count).sum::<usize>(),
                serde_json::Value::Object(fields) => 1 + fields.values().map(count).sum::<usize>(),
                _ => 1,
            }
        }
        for value in [
            json!({ "a": 1 }),
            json!({ "a": [1, 2, [3]], "b": { "c": "x,[{\"\\" }, "d": "\\\\\"," }),
            json!([{ "a": [[1]] }, "]["]),
            json!(vec![vec![1]; 700]),
        ] {
            assert_eq!(count_values(&value.to_string()), count(&value), "{value}");
        }
        // An empty list or object counts for one value too many.
        assert_eq!(count_values("{}"), 2);
    }

    fn refusal(ty: &str, value: &serde_json::Value) -> Option<String> {
        let values = Variables::from_json(json!({ "n": value }));
        let (name, ty) = (Name::new("n"), Type::new(ty).unwrap());
        check([(&name, &ty)].into_iter(), &values, 3).err().map(|error| error.to_string())
    }

    #[test]
    fn a_list_is_found_where_its_type_says_so() {
        let long = json!([1, 2, 3, 4]);
        let over = |path: &str| Some(format!("`{path}` is a list of 4 items, expected at most 3"));
        for (ty, value, expected) in [
            ("[Int!]", long.clone(), over("variables.n")),
            ("[Int!]", json!([1, 2, 3]), None),
            ("[[Int!]!]!", json!([[1], long]), over("variables.n")),
            ("MetricFilter", json!({ "channels": long }), over("variables.n.channels")),
            ("CreateAuditInput!", json!({ "findings": long }), over("variables.n.findings")),
            ("MetricFilter", json!({ "channels": "one", "unknown": long }), None),
            // A value of the scalar JSON, which has bounds of its own.
            ("[TrackEventInput!]!", json!([{ "data": { "a": long } }]), None),
            ("Unknown", json!({ "a": long }), None),
        ] {
            assert_eq!(refusal(ty, &value), expected, "{ty}");
        }
    }
}
