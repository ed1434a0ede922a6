//! What rows come to: the sums of measures, and the distributions that were asked for.

use std::collections::BTreeMap;

use sea_orm::QueryResult;

use super::{distribution::Distribution, histogram::Histogram, measure::Measure};
use crate::error::Result;

/// What is to be summed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) measures: &'a [Measure],
    pub(super) distributions: &'a [Distribution],
}

impl Asked<'_> {
    /// All that is declared.
    pub(super) const ALL: Self = Self { measures: Measure::ALL, distributions: Distribution::ALL };
    /// All that adds up by itself.
    pub(super) const SUMS: Self = Self { measures: Measure::ALL, distributions: &[] };
}

/// The sums of all measures over some stretch, and the histograms of those distributions that were
/// asked for; adding two gives what holds over both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totals {
    sums: [i64; Measure::ALL.len()],
    /// None of them is empty.
    histograms: BTreeMap<Distribution, Histogram>,
}

impl Default for Totals {
    fn default() -> Self {
        Self { sums: [0; Measure::ALL.len()], histograms: BTreeMap::new() }
    }
}

impl Totals {
    pub fn get(&self, measure: Measure) -> i64 {
        self.sums[measure as usize]
    }

    /// None where there are no values, or none are known any more.
    pub fn histogram(&self, distribution: Distribution) -> Option<&Histogram> {
        self.histograms.get(&distribution)
    }

    pub fn add(&mut self, other: &Self) {
        for (sum, value) in self.sums.iter_mut().zip(other.sums) {
            *sum += value;
        }
        for (distribution, histogram) in &other.histograms {
            self.histograms.entry(*distribution).or_default().add(histogram);
        }
    }

    /// The histograms without the sums.
    pub(super) fn histograms_only(&self) -> Self {
        Self { histograms: self.histograms.clone(), ..Self::default() }
    }

    /// Adds values to a bucket.
    pub(super) fn count_in(&mut self, distribution: Distribution, value: i64, values: i64) {
        if values > 0 {
            self.histograms.entry(distribution).or_default().count_in(value, values);
        }
    }

    /// Reads a row that has columns of some of the measures; the others are zero.
    pub(super) fn from_columns(row: &QueryResult, measures: &[Measure]) -> Result<Self> {
        let mut totals = Self::default();
        for measure in measures {
            totals.sums[*measure as usize] = row.try_get("", measure.column())?;
        }
        Ok(totals)
    }

    /// The same of a row with histograms. One that cannot be read is told in the log and counts as not
    /// kept: percentiles of it are null, and a comparison of its day names it.
    pub(super) fn from_histograms(
        row: &QueryResult,
        distributions: &[Distribution],
    ) -> Result<Self> {
        let mut totals = Self::default();
        for distribution in distributions {
            let bytes: Option<Vec<u8>> = row.try_get("", distribution.column())?;
            let Some(bytes) = bytes else { continue };
            match Histogram::decode(&bytes) {
                Ok(histogram) if histogram.is_empty() => {}
                Ok(histogram) => drop(totals.histograms.insert(*distribution, histogram)),
                Err(error) => {
                    tracing::error!(column = distribution.column(), %error, "kept bytes are lost");
                }
            }
        }
        Ok(totals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_add_up_measure_by_measure_and_bucket_by_bucket() {
        let mut totals = Totals::default();
        let mut other = Totals::default();
        other.sums[Measure::RatingSum as usize] = 7;
        other.count_in(Distribution::Wait, 100, 2);
        totals.add(&other);
        totals.add(&other);
        assert_eq!(totals.get(Measure::RatingSum), 14);
        assert_eq!(totals.get(Measure::RatingCount), 0);
        assert_eq!(totals.histogram(Distribution::Wait).map(Histogram::count), Some(4));
        assert_eq!(totals.histogram(Distribution::Handle), None);
    }
}
