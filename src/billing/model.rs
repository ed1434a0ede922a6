//! One call of a language model, its bounds, and the sums of many.

use chrono::{DateTime, Utc};
use entity::token_usage;

use crate::{
    error::{Error, Result},
    graphql::Long,
    input::{ID_CHARS, check_name, check_time},
};

/// One call of a language model, as reported.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// The provider's id; the same id is billed once. None: the server makes one.
    pub request_id: Option<String>,
    pub session_id: Option<String>,
    pub tokens: i64,
    pub input_tokens: Option<i64>,
    pub output_tokens: Option<i64>,
    pub model: Option<String>,
    pub api_type: Option<String>,
    /// None: when it arrives.
    pub used_at: Option<DateTime<Utc>>,
}

impl Call {
    pub(super) fn check(&self, now: DateTime<Utc>) -> Result<()> {
        for (field, text, chars) in [
            ("requestId", &self.request_id, ID_CHARS),
            ("sessionId", &self.session_id, ID_CHARS),
            ("model", &self.model, 0..=50),
            ("apiType", &self.api_type, 0..=30),
        ] {
            text.as_deref().map_or(Ok(()), |text| check_name(field, text, chars))?;
        }
        self.check_tokens()?;
        self.used_at.map_or(Ok(()), |at| check_time("usedAt", at, now))
    }

    fn check_tokens(&self) -> Result<()> {
        let total = self.tokens;
        if !(0..=Long::MAX).contains(&total) {
            return Err(Error::bad_input("tokens", total, "0 to 2^53 - 1"));
        }
        let parts = [("inputTokens", self.input_tokens), ("outputTokens", self.output_tokens)];
        for (field, part) in parts {
            if let Some(part) = part.filter(|part| !(0..=total).contains(part)) {
                return Err(Error::bad_input(field, part, &format!("0 to `tokens`, {total}")));
            }
        }
        match (self.input_tokens, self.output_tokens) {
            (Some(input), Some(output)) if input + output != total => {
                let sum = input + output;
                let expected = format!("inputTokens + outputTokens = {input} + {output} = {sum}");
                Err(Error::bad_input("tokens", total, &expected))
            }
            _ => Ok(()),
        }
    }

    /// Whether a stored call of the same id says the same. A time that was left out agrees with
    /// any, because a retry arrives later than the call it repeats.
    pub(super) fn is_repeat_of(&self, stored: &token_usage::Model) -> bool {
        self.session_id == stored.session_id
            && self.tokens == stored.tokens_used
            && self.input_tokens == stored.input_tokens
            && self.output_tokens == stored.output_tokens
            && self.model == stored.model
            && self.api_type == stored.api_type
            && self.used_at.is_none_or(|at| at == stored.used_at)
    }
}

/// What became of a reported call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// False for a repeat.
    pub recorded: bool,
    /// The stored call's cost in billionths; none when its price is not known.
    pub cost_nanos: Option<i64>,
}

/// The sums of some calls; sums of disjoint calls add up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayTotals {
    pub tokens: i64,
    pub calls: i64,
    /// Over the calls whose price is known, in billionths of the currency unit.
    pub cost_nanos: i64,
    /// Calls whose price is not known.
    pub unpriced_calls: i64,
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

    fn checked_add(self, other: Self) -> Option<Self> {
        Some(Self {
            tokens: self.tokens.checked_add(other.tokens)?,
            calls: self.calls.checked_add(other.calls)?,
            cost_nanos: self.cost_nanos.checked_add(other.cost_nanos)?,
            unpriced_calls: self.unpriced_calls.checked_add(other.unpriced_calls)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-03-10T08:00:00Z".parse().unwrap()
    }

    fn split(tokens: i64, input: i64, output: i64) -> Call {
        let (input_tokens, output_tokens) = (Some(input), Some(output));
        Call { tokens, input_tokens, output_tokens, ..Call::default() }
    }

    #[test]
    fn a_call_keeps_its_bounds() {
        let at = |secs| Call {
            used_at: Some(now() + chrono::TimeDelta::seconds(secs)),
            ..Call::default()
        };
        let text = |len: usize| Some("m".repeat(len));
        let cases = [
            (Call::default(), None),
            (
                Call { tokens: -1, ..Call::default() },
                Some("`tokens` is -1, expected 0 to 2^53 - 1"),
            ),
            (
                Call { tokens: Long::MAX + 1, ..Call::default() },
                Some("`tokens` is 9007199254740992, expected 0 to 2^53 - 1"),
            ),
            (split(15, 10, 5), None),
            (
                split(20, 10, 5),
                Some("`tokens` is 20, expected inputTokens + outputTokens = 10 + 5 = 15"),
            ),
            (split(15, -1, 16), Some("`inputTokens` is -1, expected 0 to `tokens`, 15")),
            (split(15, 0, 16), Some("`outputTokens` is 16, expected 0 to `tokens`, 15")),
            (Call { tokens: 9, input_tokens: Some(9), ..Call::default() }, None),
            (at(300), None),
            (
                at(301),
                Some(
                    "`usedAt` is 2026-03-10T08:05:01Z, expected between 1970 and five minutes \
                     ahead of now (2026-03-10T08:05:00Z)",
                ),
            ),
            (Call { model: text(50), api_type: text(30), ..Call::default() }, None),
            (
                Call { request_id: Some(String::new()), ..Call::default() },
                Some(
                    "`requestId` is \"\", expected 1 to 64 characters without control characters \
                     (it has 0)",
                ),
            ),
            (
                Call { api_type: Some("chat\0".into()), ..Call::default() },
                Some(
                    "`apiType` is \"chat\\0\", expected 0 to 30 characters without control characters \
                     (it has 5)",
                ),
            ),
        ];
        for (call, expected) in cases {
            let message = call.check(now()).err().map(|error| error.to_string());
            assert_eq!(message.as_deref(), expected);
        }
    }

    #[test]
    fn a_sum_that_leaves_64_bits_is_an_error() {
        let day = |tokens| DayTotals { tokens, calls: 1, ..DayTotals::default() };
        let sum = DayTotals::sum(&[day(1), day(2)]).unwrap();
        assert_eq!((sum.tokens, sum.calls), (3, 2));
        assert!(DayTotals::sum(&[day(i64::MAX), day(1)]).is_err());
    }
}
