//! Any figure over any stretch of days, by time and dimensions.

use async_graphql::{ID, InputObject, Object, SimpleObject};

use crate::{
    auth::Viewer,
    error::Result,
    graphql::{Date, DateTime},
    stats::{
        cube::{Bucket, Completeness, Dimension, Filter, Grain},
        live_metric::{LiveMetric, OpenSessions},
        metric::{self, Unit},
        question::{Values, read_filter},
        series::{Figure, Member, Series, SeriesAnswer, SeriesQuestion},
    },
    tenant::Language,
};

/// Rows to count: those that have one of the values of each dimension that is given. `null` among
/// values stands for rows that have none.
#[derive(Default, InputObject)]
pub(super) struct MetricFilter {
    channels: Values,
    products: Values,
    agent_ids: Option<Vec<Option<ID>>>,
    queues: Values,
    models: Values,
}

impl MetricFilter {
    pub(super) fn read(self) -> Result<Filter> {
        let agent_ids =
            self.agent_ids.map(|ids| ids.into_iter().map(|id| id.map(|id| id.0)).collect());
        read_filter([
            ("filter.channels", Dimension::Channel, self.channels),
            ("filter.products", Dimension::Product, self.products),
            ("filter.agentIds", Dimension::Agent, agent_ids),
            ("filter.queues", Dimension::Queue, self.queues),
            ("filter.models", Dimension::Model, self.models),
        ])
    }
}

/// A figure as it is declared, once for every page, list and export.
#[derive(SimpleObject)]
pub(super) struct Metric {
    /// Stable name, e.g. `avg_response_time`.
    id: &'static str,
    /// In the tenant's language.
    title: &'static str,
    unit: Unit,
    /// Over the names of measures, e.g. `100 × (ai_resolved) ÷ (completed_sessions)`, or of a
    /// distribution, e.g. `p90(wait_ms) ÷ 1000`; null without a denominator, never 0 or 100. Of a live
    /// figure in words.
    formula: String,
    /// What each measure of the formula counts; of a percentile the values that it is read from, and what
    /// counts these.
    measures: Vec<Measure>,
    /// The instant by which rows belong to a day: one of a session's, or `occurred_at` of an event; `now`
    /// of a live figure.
    goes_by: &'static str,
    /// Whether figures of several days, products or tenants may be added.
    adds_up: bool,
    /// What it can be broken down by and filtered for.
    dimensions: Vec<Dimension>,
    /// Whether it is of the present: `realtime` has it, and not `metrics`.
    live: bool,
    /// Of a live figure that counts sessions: `sessions(filter: {floor: …})` lists them.
    floor: Option<OpenSessions>,
}

impl Metric {
    /// A figure of days.
    pub(super) fn of(declared: &'static metric::Metric, language: Language) -> Self {
        let measure = |measure: crate::stats::measure::Measure| Measure {
            id: measure.column(),
            definition: measure.definition().trim(),
        };
        let values = declared.distribution().map(|distribution| Measure {
            id: distribution.id(),
            definition: distribution.definition().trim(),
        });
        let measures = declared.measures().into_iter().map(measure);
        Self {
            id: declared.id,
            title: language.pick(declared.title_zh, declared.title_en),
            unit: declared.unit,
            formula: declared.in_words(),
            measures: values.into_iter().chain(measures).collect(),
            goes_by: declared.instant().column(),
            adds_up: declared.is_additive(),
            dimensions: declared.dimensions().collect(),
            live: false,
            floor: None,
        }
    }

    /// A figure of the present.
    pub(super) fn of_live(declared: &LiveMetric, language: Language) -> Self {
        Self {
            id: declared.id,
            title: language.pick(declared.title_zh, declared.title_en),
            unit: declared.unit,
            formula: declared.formula.to_owned(),
            measures: Vec::new(),
            goes_by: "now",
            adds_up: false,
            dimensions: Vec::new(),
            live: true,
            floor: declared.sessions,
        }
    }
}

/// Something that is counted or summed.
#[derive(SimpleObject)]
pub(super) struct Measure {
    id: &'static str,
    definition: &'static str,
}

pub(super) struct MetricAnswer {
    pub(super) answer: SeriesAnswer,
    pub(super) question: SeriesQuestion,
    pub(super) viewer: Viewer,
}

/// Figures over time, all of one instant of the database.
#[Object]
impl MetricAnswer {
    /// When they were so.
    async fn as_of(&self) -> DateTime {
        DateTime(self.answer.as_of)
    }

    /// The zone in which days and hours are cut, e.g. `Asia/Shanghai`.
    async fn time_zone(&self) -> &str {
        self.viewer.tenant.time_zone.name()
    }

    async fn grain(&self) -> Grain {
        self.question.grain
    }

    /// That of the least complete stretch.
    async fn completeness(&self) -> Completeness {
        let told = self.answer.buckets.iter().map(|(_, completeness)| *completeness);
        told.max().unwrap_or(Completeness::Settled)
    }

    /// A series for each metric, in the order of `ids`, and group, the largest first: ten by name
    /// and the others together where there are more. How large a group is goes by the first metric:
    /// its count, or how many rows are in it. A group without rows is absent.
    async fn series(&self) -> Vec<MetricSeries<'_>> {
        self.answer.series.iter().map(|series| MetricSeries { series, all: self }).collect()
    }
}

pub(super) struct MetricSeries<'a> {
    series: &'a Series,
    all: &'a MetricAnswer,
}

/// One metric of one group over time.
#[Object]
impl MetricSeries<'_> {
    async fn metric(&self) -> Metric {
        Metric::of(self.series.metric, self.all.viewer.tenant.language)
    }

    /// What the rows have in common, in the order of `by`; empty for all rows, and for `other`.
    async fn group(&self) -> Vec<DimensionValue> {
        let Member::Group(values) = &self.series.group else { return Vec::new() };
        let pairs = self.all.question.by.iter().zip(values);
        pairs
            .map(|(dimension, value)| DimensionValue {
                dimension: *dimension,
                value: value.clone(),
            })
            .collect()
    }

    /// Whether these are the rows of all but the ten largest groups.
    async fn is_other(&self) -> bool {
        self.series.group == Member::Other
    }

    /// Over all stretches together.
    async fn total(&self) -> MetricFigure {
        MetricFigure(self.series.total)
    }

    /// One for each stretch of the grain, oldest first, without a gap; the first and the last are cut
    /// to the days asked for.
    async fn points(&self) -> Vec<MetricPoint> {
        let points = self.all.answer.buckets.iter().zip(&self.series.points);
        points
            .map(|((bucket, completeness), figure)| MetricPoint {
                bucket: *bucket,
                completeness: *completeness,
                figure: *figure,
            })
            .collect()
    }
}

/// A value of a dimension.
#[derive(SimpleObject)]
pub(super) struct DimensionValue {
    dimension: Dimension,
    /// Null for rows that have none.
    value: Option<String>,
}

pub(super) struct MetricPoint {
    bucket: Bucket,
    completeness: Completeness,
    figure: Figure,
}

/// A figure of one stretch of time.
#[Object]
impl MetricPoint {
    async fn start(&self) -> DateTime {
        DateTime(self.bucket.range.start)
    }

    /// Exclusive.
    async fn end(&self) -> DateTime {
        DateTime(self.bucket.range.end)
    }

    /// The first day of the stretch in the tenant's zone.
    async fn date(&self) -> Date {
        Date(self.bucket.days.0)
    }

    async fn completeness(&self) -> Completeness {
        self.completeness
    }

    async fn figure(&self) -> MetricFigure {
        MetricFigure(self.figure)
    }
}

pub(super) struct MetricFigure(Figure);

/// A figure, with `compare: true` beside the same of the period before: as many days, up to the day
/// before `from`; while the period goes on, only as much of its last day as has passed of today.
#[Object]
impl MetricFigure {
    /// In the unit of the metric; null without a denominator, and for a percentile whose values are not
    /// all known any more.
    async fn value(&self) -> Option<f64> {
        self.0.value
    }

    /// Null unless `compare` was asked for, and where there is nothing to compare.
    async fn previous(&self) -> Option<f64> {
        self.0.previous
    }

    /// `value` − `previous`, in the same unit.
    async fn delta(&self) -> Option<f64> {
        Some(self.0.value? - self.0.previous?)
    }

    /// `delta` ÷ `previous`, e.g. 0.12 for 12 % more; null where `previous` is 0.
    async fn ratio(&self) -> Option<f64> {
        let previous = self.0.previous.filter(|previous| *previous != 0.0)?;
        Some((self.0.value? - previous) / previous)
    }
}
