//! The figures people see: each declared once, derived from measures and distributions and nothing else.

mod declared;
mod left_out;

use async_graphql::Enum;

pub use self::declared::*;
use super::{
    cube::Dimension,
    distribution::Distribution,
    measure::{Instant, Measure},
    totals::Totals,
};

/// What a figure's number means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "MetricUnit")]
pub enum Unit {
    Count,
    Seconds,
    Percent,
    /// Points of the rating, 1 to 5.
    Score,
}

impl Unit {
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Seconds => "seconds",
            Self::Percent => "percent",
            Self::Score => "1 to 5",
        }
    }
}

/// How a figure follows from measures.
#[derive(Clone, Copy, Debug)]
pub enum Formula {
    /// The measure itself; adds up over days, products and tenants.
    Sum(Measure),
    /// Sums ÷ counts ÷ scale; null without a count.
    Mean { sums: &'static [Measure], counts: &'static [Measure], scale: f64 },
    /// 100 × parts ÷ (whole − less); null without a denominator.
    Percent { parts: &'static [Measure], whole: &'static [Measure], less: &'static [Measure] },
    /// The value that so many per cent do not exceed, by nearest rank and within 1 %, ÷ 1000; null
    /// without values, or where not all that count are known.
    Percentile { percent: u8, of: Distribution },
}

/// A figure as a fraction: measures with their signs; no denominator for a plain sum, and no
/// numerator for a percentile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    pub numerator: Vec<(i64, Measure)>,
    pub denominator: Vec<(i64, Measure)>,
}

/// One figure.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Stable name, as the schema's field in snake case.
    pub id: &'static str,
    pub title_zh: &'static str,
    pub title_en: &'static str,
    pub unit: Unit,
    pub formula: Formula,
    /// What one might expect to be counted, and is not.
    pub left_out: &'static [LeftOut],
}

/// Rows that a figure leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Stable name.
    pub id: &'static str,
    pub title_zh: &'static str,
    pub title_en: &'static str,
    /// The instant by which they would have counted.
    pub instant: Instant,
    /// Which rows these are, in SQL. `{sla_ms}` is the tenant's threshold, `{heard_until}` an instant
    /// before which every event of a session lies, `{r.tenant_id}` the tenant of a table looked up by
    /// session.
    pub condition: &'static str,
}

impl Metric {
    /// The figure over some stretch; none without a denominator.
    pub fn of(&self, totals: &Totals) -> Option<f64> {
        let sum = |measures: &[Measure]| measures.iter().map(|m| totals.get(*m)).sum::<i64>();
        match self.formula {
            Formula::Sum(measure) => Some(real(totals.get(measure))),
            Formula::Mean { sums, counts, scale } => {
                let count = sum(counts);
                // Divided once: a second division would round a second time.
                (count > 0).then(|| real(sum(sums)) / (real(count) * scale))
            }
            Formula::Percent { parts, whole, less } => {
                ratio(sum(parts), sum(whole) - sum(less)).map(|part| part * 100.0)
            }
            Formula::Percentile { percent, of } => {
                let histogram = totals.histogram(of)?;
                let is_whole = histogram.count() == sum(of.counts());
                let doubled = histogram.percentile_doubled(percent).filter(|_| is_whole)?;
                Some(real(doubled) / 2_000.0)
            }
        }
    }

    /// The figure of a plain sum; of any other how many rows are in it.
    pub fn count(&self, totals: &Totals) -> i64 {
        let parts = self.parts();
        let over = if parts.denominator.is_empty() { parts.numerator } else { parts.denominator };
        over.iter().map(|(sign, measure)| sign * totals.get(*measure)).sum()
    }

    /// The figure as a fraction of signed measures.
    pub fn parts(&self) -> Parts {
        let plus = |measures: &[Measure]| measures.iter().map(|measure| (1, *measure)).collect();
        match self.formula {
            Formula::Sum(measure) => {
                Parts { numerator: vec![(1, measure)], denominator: Vec::new() }
            }
            Formula::Mean { sums, counts, .. } => {
                Parts { numerator: plus(sums), denominator: plus(counts) }
            }
            Formula::Percent { parts, whole, less } => {
                let mut denominator: Vec<_> = plus(whole);
                denominator.extend(less.iter().map(|measure| (-1, *measure)));
                Parts { numerator: plus(parts), denominator }
            }
            Formula::Percentile { of, .. } => {
                Parts { numerator: Vec::new(), denominator: plus(of.counts()) }
            }
        }
    }

    /// The measures it follows from.
    pub fn measures(&self) -> Vec<Measure> {
        let Parts { numerator, denominator } = self.parts();
        numerator.into_iter().chain(denominator).map(|(_, measure)| measure).collect()
    }

    /// The distribution it is read from; none but of a percentile.
    pub fn distribution(&self) -> Option<Distribution> {
        match self.formula {
            Formula::Percentile { of, .. } => Some(of),
            _ => None,
        }
    }

    /// The instant it goes by; a figure never mixes two.
    pub fn instant(&self) -> Instant {
        match self.formula {
            Formula::Sum(measure) => measure.instant(),
            Formula::Mean { sums: measures, .. } | Formula::Percent { parts: measures, .. } => {
                measures[0].instant()
            }
            Formula::Percentile { of, .. } => of.instant(),
        }
    }

    /// What it can be broken down by.
    pub fn dimensions(&self) -> impl Iterator<Item = Dimension> {
        let instant = self.instant();
        Dimension::ALL.into_iter().filter(move |dimension| dimension.is_of(instant))
    }

    /// The formula over the names of measures and distributions.
    pub fn in_words(&self) -> String {
        let list = |measures: &[Measure]| {
            let names: Vec<_> = measures.iter().map(|measure| measure.column()).collect();
            names.join(" + ")
        };
        match self.formula {
            Formula::Sum(measure) => measure.column().to_owned(),
            Formula::Mean { sums, counts, scale } => {
                let scale = if scale > 1.0 { format!(" ÷ {scale}") } else { String::new() };
                format!("({}) ÷ ({}){scale}", list(sums), list(counts))
            }
            Formula::Percent { parts, whole, less } => {
                let less =
                    if less.is_empty() { String::new() } else { format!(" − {}", list(less)) };
                format!("100 × ({}) ÷ ({}{less})", list(parts), list(whole))
            }
            Formula::Percentile { percent, of } => format!("p{percent}({}) ÷ 1000", of.id()),
        }
    }

    /// Every figure, in the order in which they are told.
    pub fn list() -> &'static [Self] {
        const DECLARED: &[Metric] = &ALL;
        DECLARED
    }

    /// The declaration of a name.
    pub fn find(id: &str) -> Option<&'static Self> {
        Self::list().iter().find(|metric| metric.id == id)
    }

    /// Whether figures of two stretches may be added.
    pub fn is_additive(&self) -> bool {
        matches!(self.formula, Formula::Sum(_))
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts beyond 2^53 are refused by the schema")]
fn real(number: i64) -> f64 {
    number as f64
}

/// `part ÷ whole`; none when the whole is nothing.
pub fn ratio(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| real(part) / real(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_without_a_denominator_is_none() {
        let empty = Totals::default();
        for metric in ALL {
            assert_eq!(metric.of(&empty).is_some(), metric.is_additive(), "{}", metric.id);
        }
    }

    #[test]
    fn ids_are_unique() {
        let ids: std::collections::HashSet<_> = ALL.iter().map(|metric| metric.id).collect();
        assert_eq!(ids.len(), ALL.len());
    }
}
