//! What a field costs, in terms of its arguments.

use async_graphql::{Name, Value, Variables};
use chrono::NaiveDate;

use crate::graphql::types::Field;

/// What reading a store once costs; a selected leaf, and an item of a list, cost 1.
pub(super) const READ: u64 = 100;

/// What a field makes the stores do: `own`, and `day` for each day of its span; and its selection is
/// paid for each item of its `size`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Price {
    pub(super) own: u64,
    pub(super) span: Span,
    pub(super) day: u64,
    pub(super) size: Size,
}

/// The days that a field is about. More than `most` are refused by the field itself, with a better
/// message, and not counted here.
#[derive(Clone, Copy, Debug)]
pub(super) enum Span {
    None,
    /// `from` and `to`, both included.
    Range {
        most: u64,
    },
    /// `days`.
    Back {
        most: u64,
    },
}

/// How often the selection of a field is answered.
#[derive(Clone, Copy, Debug)]
pub(super) enum Size {
    One,
    /// A list without an argument that says how long it gets.
    About(u64),
    /// As many as an argument says.
    Page {
        argument: &'static str,
        most: u64,
    },
    /// For each day of the span.
    EachDay,
    /// For each item of an argument.
    Given(&'static str),
    /// For each figure of `metrics`.
    Figures,
}

/// What an argument is, as far as a document says.
#[derive(Clone, Debug)]
pub(super) enum Given {
    Value(Value),
    Variable(Name),
    /// A list with variables in it.
    Items(usize),
}

/// The arguments of a field.
#[derive(Debug)]
pub(super) struct Arguments<'s> {
    pub(super) field: Option<&'s Field>,
    pub(super) given: Vec<(Name, Given)>,
}

/// The values of variables, and the defaults that the operation declares.
#[derive(Clone, Copy)]
pub(super) struct Values<'a> {
    pub(super) given: &'a Variables,
    pub(super) defaults: &'a [(Name, Value)],
}

/// The value of an argument.
enum Read<'a> {
    Value(&'a Value),
    Items(usize),
}

impl Arguments<'_> {
    pub(super) fn have_variables(&self) -> bool {
        self.given.iter().any(|(_, given)| matches!(given, Given::Variable(_)))
    }

    /// None for null too: either way the default of the field holds, or there is none.
    fn read<'a>(&'a self, name: &str, values: Values<'a>) -> Option<Read<'a>> {
        let given = self.given.iter().find(|(known, _)| known == name);
        let found = match given.map(|(_, given)| given) {
            Some(Given::Items(count)) => return Some(Read::Items(*count)),
            Some(Given::Value(value)) => Some(value),
            Some(Given::Variable(name)) => values.find(name),
            None => None,
        };
        let found = found.filter(|value| **value != Value::Null);
        let default = || self.field?.arguments.get(name)?.as_ref();
        found.or_else(default).map(Read::Value)
    }

    fn number(&self, name: &str, values: Values<'_>) -> Option<i64> {
        match self.read(name, values)? {
            Read::Value(Value::Number(number)) => number.as_i64(),
            _ => None,
        }
    }

    fn text(&self, name: &str, values: Values<'_>) -> Option<String> {
        match self.read(name, values)? {
            Read::Value(Value::String(text)) => Some(text.clone()),
            Read::Value(Value::Enum(name)) => Some(name.to_string()),
            _ => None,
        }
    }

    fn is_true(&self, name: &str, values: Values<'_>) -> bool {
        matches!(self.read(name, values), Some(Read::Value(Value::Boolean(true))))
    }

    fn items(&self, name: &str, values: Values<'_>) -> u64 {
        match self.read(name, values) {
            None => 0,
            Some(Read::Items(count)) => count as u64,
            Some(Read::Value(Value::List(items))) => items.len() as u64,
            Some(Read::Value(_)) => 1,
        }
    }
}

impl<'a> Values<'a> {
    fn find(self, name: &Name) -> Option<&'a Value> {
        let default = || self.defaults.iter().find(|(known, _)| known == name).map(|(_, it)| it);
        self.given.get(name).or_else(default)
    }
}

impl Price {
    /// What the field itself costs, and how often its selection is paid.
    pub(super) fn of(&self, arguments: &Arguments<'_>, values: Values<'_>) -> (u64, u64) {
        let days = self.span.days(arguments, values);
        let own = self.own.saturating_add(self.day.saturating_mul(days));
        (own, self.size.of(arguments, values, days))
    }
}

impl Span {
    fn days(self, arguments: &Arguments<'_>, values: Values<'_>) -> u64 {
        let (days, most) = match self {
            Self::None => return 0,
            Self::Back { most } => (arguments.number("days", values), most),
            Self::Range { most } => {
                let date = |name| arguments.text(name, values)?.parse::<NaiveDate>().ok();
                let days = |from: NaiveDate, to: NaiveDate| (to - from).num_days() + 1;
                (date("from").zip(date("to")).map(|(from, to)| days(from, to)), most)
            }
        };
        days.and_then(|days| u64::try_from(days).ok()).unwrap_or(1).clamp(1, most)
    }
}

impl Size {
    fn of(self, arguments: &Arguments<'_>, values: Values<'_>, days: u64) -> u64 {
        match self {
            Self::One => 1,
            Self::About(items) => items,
            Self::Page { argument, most } => {
                let asked = arguments.number(argument, values).unwrap_or(0);
                u64::try_from(asked).unwrap_or(0).clamp(1, most)
            }
            Self::EachDay => days,
            Self::Given(argument) => arguments.items(argument, values).max(1),
            Self::Figures => figures(arguments, values, days),
        }
    }
}

/// How many figures `metrics` computes, or rather more: of each metric one a bucket and group.
fn figures(arguments: &Arguments<'_>, values: Values<'_>, days: u64) -> u64 {
    /// The largest groups are told by name, the others as one.
    const GROUPS: u64 = 11;
    let buckets = match arguments.text("grain", values).as_deref() {
        Some("HOUR") => days * 24,
        Some("WEEK") => days / 7 + 1,
        Some("MONTH") => days / 28 + 1,
        _ => days,
    };
    // Two dimensions make as many groups as one, but more have to be looked at.
    let groups = match arguments.items("by", values) {
        0 => 1,
        1 => GROUPS,
        _ => GROUPS * 2,
    };
    let periods = if arguments.is_true("compare", values) { 2 } else { 1 };
    arguments.items("ids", values).max(1).saturating_mul(buckets * groups * periods)
}
