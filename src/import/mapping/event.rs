//! `[[event]]`: one event of a row.

use serde_json::{Map, Value as Json};
use toml::Value as Toml;

use crate::import::{
    ids,
    mapping::{
        condition::Condition,
        expression::Expression,
        kind::Wanted,
        parse::expression,
        section::{Problem, Section},
        view::{ColumnUses, RowView},
    },
};

const KEYS: [&str; 8] =
    ["id", "name", "product", "session_id", "occurred_at", "data", "data_json", "when"];
/// Without a time of its own an event would lie at the time of the import.
const REQUIRED: [(&str, &str, Wanted); 3] = [
    ("name", "name", Wanted::Text),
    ("product", "product", Wanted::Text),
    ("occurred_at", "occurredAt", Wanted::Time),
];
const OPTIONAL: [(&str, &str, Wanted); 3] = [
    ("id", "id", Wanted::Text),
    ("session_id", "sessionId", Wanted::Text),
    ("data_json", "data", Wanted::Json),
];

/// Makes one `TrackEventInput` of a row.
#[derive(Debug)]
pub(super) struct EventRule {
    fields: Vec<Field>,
    data: Vec<Field>,
    when: Vec<Condition>,
}

/// One key of the answer. `key` is its name in the mapping.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) is_required: bool,
    pub(super) value: Expression,
}

impl EventRule {
    pub(super) fn parse(key: &str, value: Toml, uses: &mut ColumnUses) -> Result<Self, Problem> {
        let mut section = Section::open(key, value, &KEYS)?;
        if section.has("data") && section.has("data_json") {
            let path = section.path("data_json");
            return Err(Problem::misplaced(&path, "either data or data_json"));
        }
        let mut fields = read_fields(&mut section, &REQUIRED, true, uses)?;
        fields.extend(read_fields(&mut section, &OPTIONAL, false, uses)?);
        let data = section.take("data").map(|data| read_data(&section.path("data"), data, uses));
        let when = section.take("when");
        let when = Condition::parse_all(&section.path("when"), when, uses)?;
        Ok(Self { fields, data: data.transpose()?.unwrap_or_default(), when })
    }

    /// Makes the event; `None` when `when` does not hold.
    pub(super) fn make(&self, row: &RowView<'_>, index: usize) -> Result<Option<Json>, String> {
        if !self.when.iter().all(|condition| condition.holds(row)) {
            return Ok(None);
        }
        let mut event = evaluate(&self.fields, row)?;
        if !self.data.is_empty() {
            event.insert("data".to_owned(), Json::Object(evaluate(&self.data, row)?));
        }
        event.entry("id").or_insert_with(|| ids::event_id(row.row_id, index).into());
        Ok(Some(Json::Object(event)))
    }
}

/// Reads the fields of `table`: key of the mapping, name in the input, what it demands.
pub(super) fn read_fields(
    section: &mut Section,
    table: &[(&str, &str, Wanted)],
    is_required: bool,
    uses: &mut ColumnUses,
) -> Result<Vec<Field>, Problem> {
    let mut fields = Vec::new();
    for &(key, name, wanted) in table {
        let path = section.path(key);
        match section.take(key) {
            Some(value) => fields.push(Field {
                key: key.to_owned(),
                name: name.to_owned(),
                is_required,
                value: expression(&path, value, wanted, uses)?,
            }),
            None if is_required => {
                return Err(Problem::missing(&path, "a template or a table with a column"));
            }
            None => {}
        }
    }
    Ok(fields)
}

fn read_data(key: &str, value: Toml, uses: &mut ColumnUses) -> Result<Vec<Field>, Problem> {
    Section::open_any(key, value)?
        .entries()
        .map(|(path, name, value)| {
            let value = expression(&path, value, Wanted::Anything, uses)?;
            Ok(Field { key: name.clone(), name, is_required: false, value })
        })
        .collect()
}

/// Makes an object of the fields that have a value.
pub(super) fn evaluate(fields: &[Field], row: &RowView<'_>) -> Result<Map<String, Json>, String> {
    let mut object = Map::new();
    for field in fields {
        match field.value.evaluate(row)? {
            Some(value) => drop(object.insert(field.name.clone(), value)),
            None if field.is_required => {
                return Err(format!("`{}` has no value: expected one in each row", field.key));
            }
            None => {}
        }
    }
    Ok(object)
}
