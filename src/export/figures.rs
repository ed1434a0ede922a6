//! The answer of `metrics` as rows: one for each metric, group and stretch of time.

use std::ops::Range;

use async_graphql::resolver_utils::EnumType;

use super::{cell::Cell, columns::FIGURE, format::Format, params::Params};
use crate::{
    app::Services,
    auth::Viewer,
    error::{Error, Result},
    stats::{
        cube::Dimension,
        metric::Metric,
        question::{find_metric, read_filter},
        series::{Member, SeriesAnswer, SeriesQuestion},
    },
};

/// Rows that are written at a time.
const PAGE: usize = 500;

/// The parameters that narrow figures, in the order of the columns.
const FILTERS: [(&str, Dimension); 5] = [
    ("channels", Dimension::Channel),
    ("products", Dimension::Product),
    ("agentIds", Dimension::Agent),
    ("queues", Dimension::Queue),
    ("models", Dimension::Model),
];

/// Reads the arguments of `metrics`.
pub(super) fn question(params: &mut Params) -> Result<SeriesQuestion> {
    let metrics = metrics(&params.texts("ids"))?;
    let days = (params.date("from")?, params.date("to")?);
    let grain = params.item("grain")?.unwrap_or_default();
    let by = params.items("by")?;
    let filter = read_filter(FILTERS.map(|(name, dimension)| {
        let values = params.texts(name).into_iter();
        // Nothing stands for rows that have none, as in a cell.
        let values: Vec<_> =
            values.map(|text| Some(text).filter(|text| !text.is_empty())).collect();
        (name, dimension, Some(values).filter(|values| !values.is_empty()))
    }))?;
    let is_compared = params.boolean("compare")?.unwrap_or_default();
    Ok(SeriesQuestion { metrics, days, grain, by, filter, is_compared })
}

/// Each once, so that an answer has no more series than there are figures.
fn metrics(ids: &[String]) -> Result<Vec<&'static Metric>> {
    let mut metrics: Vec<&Metric> = Vec::new();
    for id in ids {
        let metric = find_metric("ids", id)?;
        if metrics.iter().any(|known| known.id == metric.id) {
            return Err(Error::bad_text("ids", id, "each id once"));
        }
        metrics.push(metric);
    }
    Ok(metrics)
}

/// An answer, and how much of it has been written.
pub(super) struct Figures {
    by: Vec<Dimension>,
    answer: SeriesAnswer,
    written: usize,
}

impl Figures {
    /// # Errors
    /// What `metrics` fails with, its arguments named as parameters.
    pub(super) async fn ask(
        services: &Services,
        viewer: &Viewer,
        question: &SeriesQuestion,
    ) -> Result<Self> {
        let answer = services.stats.metrics(viewer, question).await.map_err(with_parameter)?;
        Ok(Self { by: question.by.clone(), answer, written: 0 })
    }

    /// Writes the next rows.
    pub(super) fn write(&mut self, format: Format) -> Result<Vec<u8>> {
        let rows = self.written..self.len().min(self.written + PAGE);
        self.written = rows.end;
        format.rows(&FIGURE, self.rows(rows))
    }

    pub(super) fn is_written(&self) -> bool {
        self.written == self.len()
    }

    fn len(&self) -> usize {
        self.answer.series.len() * self.answer.buckets.len()
    }

    fn rows(&self, places: Range<usize>) -> impl Iterator<Item = [Cell<'_>; FIGURE.len()]> {
        let stretches = self.answer.buckets.len();
        places.map(move |place| self.row(place / stretches, place % stretches))
    }

    fn row(&self, series: usize, stretch: usize) -> [Cell<'_>; FIGURE.len()] {
        let (series, (bucket, completeness)) =
            (&self.answer.series[series], self.answer.buckets[stretch]);
        let figure = series.points[stretch];
        let [channel, product, agent, queue, model] =
            FILTERS.map(|(_, dimension)| self.value(&series.group, dimension).into());
        [
            series.metric.id.into(),
            bucket.range.start.into(),
            bucket.range.end.into(),
            Cell::Date(bucket.days.0),
            channel,
            product,
            agent,
            queue,
            model,
            (series.group == Member::Other).into(),
            figure.value.into(),
            figure.previous.into(),
            name(completeness).into(),
        ]
    }

    /// What the rows of a group have of a dimension, if it was asked for.
    fn value<'a>(&self, group: &'a Member, dimension: Dimension) -> Option<&'a str> {
        let Member::Group(values) = group else { return None };
        let place = self.by.iter().position(|by| *by == dimension)?;
        values[place].as_deref()
    }
}

/// The name of a word of an enum in GraphQL.
fn name<E: EnumType>(word: E) -> &'static str {
    E::items().iter().find(|item| item.value == word).map_or("", |item| item.name)
}

/// What is wrong with the filter as a whole is a dimension that rows of a metric do not have.
fn with_parameter(error: Error) -> Error {
    let Error::BadInput { field, value, expected } = error else { return error };
    let own = FILTERS.iter().find(|(_, dimension)| field == "filter" && dimension.name() == value);
    Error::BadInput { field: own.map_or(field, |(name, _)| (*name).to_owned()), value, expected }
}
