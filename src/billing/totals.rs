//! The sums of many calls.

use crate::error::{Error, Result};

/// The sums of some calls; sums of disjoint calls add up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayTotals {
    pub tokens: i64,
    /// Those of `tokens` whose part is known: the rest is of calls that were not told in parts.
    pub parts: Parts,
    pub calls: i64,
    /// Over the calls whose price is known, in billionths of the currency unit.
    pub cost_nanos: i64,
    /// Calls whose price is not known.
    pub unpriced_calls: i64,
}

/// Tokens in parts that do not overlap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    pub input: i64,
    pub cached_input: i64,
    pub output: i64,
    pub reasoning: i64,
}

impl DayTotals {
    /// Adds up totals of different days.
    ///
    /// # Errors
    /// [`Error::Internal`] when a sum leaves 64 bits: a wrong bill is worse than none.
    pub fn sum<'a>(days: impl IntoIterator<Item = &'a Self>) -> Result<Self> {
        let sum = days.into_iter().try_fold(Self::default(), |sum, day| sum.checked_add(*day));
        sum.ok_or_else(|| Error::Internal("the sum of token usage leaves 64 bits".to_owned()))
    }

    /// Tokens whose part is not known.
    pub fn unsplit_tokens(&self) -> i64 {
        let Parts { input, cached_input, output, reasoning } = self.parts;
        self.tokens - input - cached_input - output - reasoning
    }

    fn checked_add(self, other: Self) -> Option<Self> {
        Some(Self {
            tokens: self.tokens.checked_add(other.tokens)?,
            parts: self.parts.checked_add(other.parts)?,
            calls: self.calls.checked_add(other.calls)?,
            cost_nanos: self.cost_nanos.checked_add(other.cost_nanos)?,
            unpriced_calls: self.unpriced_calls.checked_add(other.unpriced_calls)?,
        })
    }
}

impl Parts {
    fn checked_add(self, other: Self) -> Option<Self> {
        Some(Self {
            input: self.input.checked_add(other.input)?,
            cached_input: self.cached_input.checked_add(other.cached_input)?,
            output: self.output.checked_add(other.output)?,
            reasoning: self.reasoning.checked_add(other.reasoning)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_that_leaves_64_bits_is_an_error() {
        let day = |tokens| DayTotals { tokens, calls: 1, ..DayTotals::default() };
        let sum = DayTotals::sum(&[day(1), day(2)]).unwrap();
        assert_eq!((sum.tokens, sum.calls), (3, 2));
        assert!(DayTotals::sum(&[day(i64::MAX), day(1)]).is_err());
    }

    #[test]
    fn tokens_that_nobody_has_split_are_the_rest() {
        let parts = Parts { input: 1, cached_input: 2, output: 3, reasoning: 4 };
        let day = DayTotals { tokens: 15, parts, ..DayTotals::default() };
        assert_eq!(day.unsplit_tokens(), 5);
        assert_eq!(DayTotals::sum(&[day, day]).unwrap().unsplit_tokens(), 10);
    }
}
