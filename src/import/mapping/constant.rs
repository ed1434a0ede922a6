//! Values that the mapping file itself gives.

use serde_json::{Map, Number, Value as Json};
use toml::Value as Toml;

use crate::import::mapping::{kind::Wanted, section::Problem};

/// The JSON of `value`, for a field that demands `wanted`.
pub(super) fn constant(key: &str, value: &Toml, wanted: Wanted) -> Result<Json, Problem> {
    let expected = match wanted {
        Wanted::Text => "a string",
        Wanted::Time => "an RFC 3339 instant like 2025-12-25T08:00:00Z",
        Wanted::Integer => "an integer",
        Wanted::Number => "a number",
        Wanted::Boolean => "true or false",
        Wanted::Json | Wanted::Anything => "a string, number, boolean, list or table",
    };
    let json = to_json(value).filter(|json| wanted.takes(json));
    json.ok_or_else(|| Problem::new(key, value, expected))
}

/// `None` for what JSON lacks: `nan`, `inf`, and TOML's own dates.
fn to_json(value: &Toml) -> Option<Json> {
    match value {
        Toml::String(text) => Some(text.as_str().into()),
        Toml::Integer(whole) => Some((*whole).into()),
        Toml::Float(number) => Number::from_f64(*number).map(Json::Number),
        Toml::Boolean(flag) => Some((*flag).into()),
        Toml::Array(values) => {
            values.iter().map(to_json).collect::<Option<Vec<_>>>().map(Json::Array)
        }
        Toml::Table(table) => table
            .iter()
            .map(|(key, value)| Some((key.clone(), to_json(value)?)))
            .collect::<Option<Map<_, _>>>()
            .map(Json::Object),
        Toml::Datetime(_) => None,
    }
}
