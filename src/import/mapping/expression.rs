//! The value of one field: a constant, a cell, a template or a sum, with its type.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::import::{
    mapping::{
        kind::{Failure, Kind, number},
        template::Template,
        view::RowView,
    },
    ndjson::shown,
};

/// How to make one field of an event from a row.
#[derive(Debug)]
pub(super) struct Expression {
    pub(super) origin: Origin,
    pub(super) kind: Kind,
    /// Text of the file to value of the event. With it, `kind` is not asked.
    pub(super) map: Option<BTreeMap<String, Json>>,
    /// For an empty cell, and for one that `map` does not list.
    pub(super) default: Option<Json>,
    /// An empty cell leaves the field out.
    pub(super) is_optional: bool,
}

#[derive(Debug)]
pub(super) enum Origin {
    Constant(Json),
    Column(String),
    Template(Template, String),
    Sum(Vec<String>),
}

impl Expression {
    /// Makes the value; `None` leaves the field out.
    ///
    /// # Errors
    /// The reason to reject the row, naming the column, its cell and what is expected.
    pub(super) fn evaluate(&self, row: &RowView<'_>) -> Result<Option<Json>, String> {
        match &self.origin {
            Origin::Constant(value) => Ok(Some(value.clone())),
            Origin::Sum(columns) => self.sum(columns, row),
            Origin::Column(column) => {
                self.read(&format!("column `{column}`"), row.cell(column), row)
            }
            Origin::Template(template, source) => match template.render(row) {
                Ok(text) => self.read(&format!("template `{source}`"), &text, row),
                Err(column) => self.read(&format!("column `{column}`"), "", row),
            },
        }
    }

    fn read(&self, label: &str, text: &str, row: &RowView<'_>) -> Result<Option<Json>, String> {
        if let Some(value) = self.map.as_ref().and_then(|map| map.get(text.trim())) {
            return Ok(Some(value.clone()));
        }
        if text.trim().is_empty() && self.may_be_empty() {
            return self.empty(label);
        }
        match (&self.map, &self.default) {
            (Some(_), Some(default)) => Ok(Some(default.clone())),
            (Some(map), None) => {
                let known = map.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
                Err(refused(label, text, &format!("one of {known}")))
            }
            (None, _) => self.kind.convert(text, row).map(Some).map_err(|failure| match failure {
                Failure::Expected(expected) => refused(label, text, &expected),
                Failure::Reason(reason) => reason,
            }),
        }
    }

    /// A template of constants alone may say nothing, as `product = ""` would; the server decides.
    fn may_be_empty(&self) -> bool {
        match &self.origin {
            Origin::Template(template, _) => template.columns().next().is_some(),
            _ => true,
        }
    }

    fn empty(&self, label: &str) -> Result<Option<Json>, String> {
        if self.is_optional {
            return Ok(None);
        }
        match &self.default {
            Some(default) => Ok(Some(default.clone())),
            None => Err(format!("{label} is empty: expected a value (`optional` allows none)")),
        }
    }

    fn sum(&self, columns: &[String], row: &RowView<'_>) -> Result<Option<Json>, String> {
        let mut total = Json::from(0);
        for column in columns {
            let (label, text) = (format!("column `{column}`"), row.cell(column).trim());
            if text.is_empty() {
                return self.empty(&label);
            }
            let is_integer = matches!(self.kind, Kind::Integer);
            let term = number(text).filter(|term| !is_integer || term.is_i64());
            let expected = if is_integer { "an integer" } else { "a number" };
            let term = term.ok_or_else(|| refused(&label, text, expected))?;
            total = add(&total, &term).ok_or_else(|| refused(&label, text, "a sum below 2^63"))?;
        }
        Ok(Some(total))
    }
}

fn add(left: &Json, right: &Json) -> Option<Json> {
    match (left.as_i64(), right.as_i64()) {
        (Some(left), Some(right)) => left.checked_add(right).map(Json::from),
        _ => number(&(left.as_f64()? + right.as_f64()?).to_string()),
    }
}

fn refused(label: &str, text: &str, expected: &str) -> String {
    format!("{label} is {}: expected {expected}", shown(&text.into()))
}
