//! What figures may be broken down by, and narrowed to.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use async_graphql::Enum;
use sea_orm::{QueryResult, Value};

use crate::{
    error::{Error, Result},
    stats::{measure::Instant, metric::Metric},
};

/// The values that rows have in common, in the order of the dimensions asked for; `None` of one that
/// they do not have.
pub(in crate::stats) type Group = Vec<Option<String>>;

/// What figures may be broken down by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enum)]
pub enum Dimension {
    /// The channel of the session's start; of a message or rating that of its session.
    Channel,
    Product,
    /// Whose conversation a session is; who wrote a message, or whom a rating names.
    Agent,
    /// The queue of the session's first queueing; of a message or rating that of its session.
    Queue,
    /// The model that a message by the AI names; sessions have none.
    Model,
}

impl Dimension {
    pub(in crate::stats) const ALL: [Self; 5] =
        [Self::Channel, Self::Product, Self::Agent, Self::Queue, Self::Model];

    /// Its name in the schema.
    pub fn name(self) -> &'static str {
        match self {
            Self::Channel => "CHANNEL",
            Self::Product => "PRODUCT",
            Self::Agent => "AGENT",
            Self::Queue => "QUEUE",
            Self::Model => "MODEL",
        }
    }

    /// The column of the rows that figures count.
    pub(in crate::stats) fn column(self) -> &'static str {
        match self {
            Self::Channel => "channel",
            Self::Product => "product",
            Self::Agent => "agent_id",
            Self::Queue => "queue",
            Self::Model => "model",
        }
    }

    /// Whether rows that count by an instant have it.
    pub(in crate::stats) fn is_of(self, instant: Instant) -> bool {
        self != Self::Model || instant == Instant::Event
    }

    /// Whether an event has it of its session.
    pub(super) fn is_of_session(self) -> bool {
        matches!(self, Self::Channel | Self::Queue)
    }
}

/// The columns of some dimensions, as what follows another column in a list.
pub(in crate::stats) fn columns(by: &[Dimension]) -> String {
    let mut columns = String::new();
    for dimension in by {
        let _ = write!(columns, ", {}", dimension.column());
    }
    columns
}

/// The values of some dimensions that a row has.
pub(in crate::stats) fn group(row: &QueryResult, by: &[Dimension]) -> Result<Group> {
    by.iter().map(|dimension| Ok(row.try_get("", dimension.column())?)).collect()
}

/// Holds dimensions to those that rows of the metrics have.
pub(in crate::stats) fn check_dimensions(
    argument: &str,
    dimensions: impl Iterator<Item = Dimension>,
    metrics: &[&'static Metric],
) -> Result<()> {
    for dimension in dimensions {
        if let Some(metric) = metrics.iter().find(|metric| !dimension.is_of(metric.instant())) {
            let expected = format!("dimensions of sessions: `{}` counts these", metric.id);
            return Err(Error::bad_input(argument, dimension.name(), &expected));
        }
    }
    Ok(())
}

/// To which values of each dimension figures are narrowed; `None` among them stands for rows that
/// have none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter(BTreeMap<Dimension, BTreeSet<Option<String>>>);

impl Filter {
    /// Narrows further: a row passes if it has one of the values.
    pub fn narrow(&mut self, dimension: Dimension, values: BTreeSet<Option<String>>) {
        self.0.insert(dimension, values);
    }

    /// Holds the filter to what rows of the metrics have.
    pub(in crate::stats) fn check(&self, metrics: &[&'static Metric]) -> Result<()> {
        check_dimensions("filter", self.dimensions(), metrics)
    }

    pub(super) fn dimensions(&self) -> impl Iterator<Item = Dimension> {
        self.0.keys().copied()
    }

    /// Narrows to one product, or to none.
    pub(in crate::stats) fn of_product(product: Option<&str>) -> Self {
        let mut filter = Self::default();
        if let Some(product) = product {
            filter.narrow(Dimension::Product, [Some(product.to_owned())].into());
        }
        filter
    }

    /// The condition in SQL, `bind` placing a value; empty when everything passes.
    pub(in crate::stats) fn sql(&self, mut bind: impl FnMut(Value) -> String) -> String {
        let mut sql = String::new();
        for (dimension, values) in &self.0 {
            let column = dimension.column();
            let places: Vec<_> =
                values.iter().flatten().map(|value| bind(value.as_str().into())).collect();
            let mut ways = Vec::new();
            if !places.is_empty() {
                ways.push(format!("{column} IN ({})", places.join(", ")));
            }
            if values.contains(&None) {
                ways.push(format!("{column} IS NULL"));
            }
            // Of no values at all, nothing passes.
            let ways = if ways.is_empty() { "1 = 0".to_owned() } else { ways.join(" OR ") };
            let _ = write!(sql, " AND ({ways})");
        }
        sql
    }
}
