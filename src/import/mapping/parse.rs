//! Reads expressions from the mapping file.
//!
//! A string is a template, other plain values are constants, a table says the rest. All that can be
//! known without a row is checked here, so that a wrong mapping sends nothing.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use toml::Value as Toml;

use crate::import::mapping::{
    constant::constant,
    expression::{Expression, Origin},
    format::take_format,
    kind::{Kind, TimeRule, Wanted},
    section::{Problem, Section},
    template::Template,
    time::TimeFormat,
    view::ColumnUses,
};

const ORIGINS: [&str; 4] = ["column", "template", "sum", "constant"];
const TIME_KEYS: [&str; 3] = ["format", "zone", "offset_ms"];
const KEYS: [&str; 11] = [
    "column",
    "template",
    "sum",
    "constant",
    "type",
    "format",
    "zone",
    "offset_ms",
    "map",
    "default",
    "optional",
];
const TYPES: &str = "one of string, integer, number, boolean, json, time";

/// Reads the expression at `key`, for a field that demands `wanted`.
pub(super) fn expression(
    key: &str,
    value: Toml,
    wanted: Wanted,
    uses: &mut ColumnUses,
) -> Result<Expression, Problem> {
    if value.is_table() {
        return Table { section: Section::open(key, value, &KEYS)?, wanted, uses }.read();
    }
    let origin = match value {
        Toml::String(text) if wanted.is_text() || text.contains(['{', '}']) => {
            template(key, text, uses)?
        }
        value => Origin::Constant(constant(key, &value, wanted)?),
    };
    let rfc3339 = || TimeRule { format: TimeFormat::Rfc3339, offset_ms: None };
    let kind = plain_kind(wanted.type_name()).unwrap_or_else(|| Kind::Time(Box::new(rfc3339())));
    Ok(Expression { origin, kind, map: None, default: None, is_optional: false })
}

/// The table of an expression while it is read.
struct Table<'a> {
    section: Section,
    wanted: Wanted,
    uses: &'a mut ColumnUses,
}

impl Table<'_> {
    fn read(mut self) -> Result<Expression, Problem> {
        let origin = self.origin()?;
        let kind = self.kind(matches!(origin, Origin::Sum(_)))?;
        let map = self.map(&origin)?;
        let path = self.section.path("default");
        let default = self.section.take("default");
        let default = default.map(|value| constant(&path, &value, self.wanted)).transpose()?;
        let is_optional = self.section.take_flag("optional")?.unwrap_or(false);
        Ok(Expression { origin, kind, map, default, is_optional })
    }

    fn origin(&mut self) -> Result<Origin, Problem> {
        let section = &mut self.section;
        let given: Vec<_> = ORIGINS.into_iter().filter(|name| section.has(name)).collect();
        let &[name] = given.as_slice() else {
            let found = if given.is_empty() { "empty" } else { "ambiguous" };
            let expected = format!("one of {}", ORIGINS.join(", "));
            return Err(Problem { key: section.key.clone(), found: found.to_owned(), expected });
        };
        let path = section.path(name);
        if let Some(columns) = section.take_texts("sum")? {
            for column in &columns {
                self.uses.add(&path, column);
            }
            return Ok(Origin::Sum(columns));
        }
        if let Some(value) = section.take("constant") {
            return Ok(Origin::Constant(constant(&path, &value, self.wanted)?));
        }
        if let Some(text) = section.take_text("template")? {
            return template(&path, text, self.uses);
        }
        let column = section.take_text("column")?.unwrap_or_default();
        self.uses.add(&path, &column);
        Ok(Origin::Column(column))
    }

    fn kind(&mut self, is_sum: bool) -> Result<Kind, Problem> {
        let path = self.section.path("type");
        let given = self.section.take_text("type")?;
        let implied = match self.wanted {
            Wanted::Anything if is_sum => "integer",
            wanted => wanted.type_name(),
        };
        let name = given.as_deref().unwrap_or(implied);
        let problem =
            |expected: &str| Problem::new(&path, &Toml::String(name.to_owned()), expected);
        if given.is_some() && self.section.has("map") {
            return Err(problem("no type beside map, whose values have one"));
        }
        if is_sum && !matches!(name, "integer" | "number") {
            return Err(problem("integer or number, for a sum"));
        }
        if !self.wanted.allows(name) {
            return Err(problem(implied));
        }
        if name == "time" {
            return self.time();
        }
        match TIME_KEYS.into_iter().find(|name| self.section.has(name)) {
            Some(key) => {
                Err(Problem::misplaced(&self.section.path(key), "it beside type = \"time\""))
            }
            None => plain_kind(name).ok_or_else(|| problem(TYPES)),
        }
    }

    fn time(&mut self) -> Result<Kind, Problem> {
        let format = take_format(&mut self.section)?;
        let path = self.section.path("offset_ms");
        let offset = self.section.take("offset_ms");
        let offset = offset.map(|value| expression(&path, value, Wanted::Number, self.uses));
        Ok(Kind::Time(Box::new(TimeRule { format, offset_ms: offset.transpose()? })))
    }

    fn map(&mut self, origin: &Origin) -> Result<Option<BTreeMap<String, Json>>, Problem> {
        let path = self.section.path("map");
        let Some(value) = self.section.take("map") else { return Ok(None) };
        if !matches!(origin, Origin::Column(_) | Origin::Template(..)) {
            return Err(Problem::misplaced(&path, "it beside column or template"));
        }
        let wanted = self.wanted;
        Section::open_any(&path, value)?
            .entries()
            .map(|(path, key, value)| Ok((key, constant(&path, &value, wanted)?)))
            .collect::<Result<_, _>>()
            .map(Some)
    }
}

/// `None` for a time, which is more than its name.
fn plain_kind(name: &str) -> Option<Kind> {
    match name {
        "string" => Some(Kind::Text),
        "integer" => Some(Kind::Integer),
        "number" => Some(Kind::Number),
        "boolean" => Some(Kind::Boolean),
        "json" => Some(Kind::Json),
        _ => None,
    }
}

fn template(key: &str, text: String, uses: &mut ColumnUses) -> Result<Origin, Problem> {
    let Some(template) = Template::parse(&text) else {
        let expected = "each { to have a column and a } ({{ and }} stand for braces)";
        return Err(Problem::new(key, &Toml::String(text), expected));
    };
    for column in template.columns() {
        uses.add(key, column);
    }
    Ok(Origin::Template(template, text))
}
