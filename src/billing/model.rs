//! One call of a language model, and its bounds.

use chrono::{DateTime, Utc};
use entity::token_usage::{self, Status};

use crate::{
    error::{Error, Result},
    graphql::Long,
    input::{ID_CHARS, check_name, check_time},
};

/// One call of a language model, as reported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// The provider's id; the same id of the same provider is billed once. None: the server makes one.
    pub request_id: Option<String>,
    pub provider: Option<String>,
    pub session_id: Option<String>,
    pub tokens: i64,
    /// All that went in.
    pub input_tokens: Option<i64>,
    /// Those of `input_tokens` that came from a cache.
    pub cached_input_tokens: Option<i64>,
    /// All that came out.
    pub output_tokens: Option<i64>,
    /// Those of `output_tokens` that were spent on reasoning.
    pub reasoning_tokens: Option<i64>,
    /// Whether the provider never said how many tokens there were; then there are none here.
    pub usage_unknown: bool,
    pub status: Status,
    pub model: Option<String>,
    pub api_type: Option<String>,
    /// None: when it arrives.
    pub used_at: Option<DateTime<Utc>>,
}

/// The tokens of a call in parts that do not overlap; none where a part is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Buckets {
    /// Without those from a cache.
    pub(super) input: Option<i64>,
    pub(super) cached_input: Option<i64>,
    /// Without those of reasoning.
    pub(super) output: Option<i64>,
    pub(super) reasoning: Option<i64>,
}

impl Buckets {
    pub(super) fn of(row: &token_usage::Model) -> Self {
        Self {
            input: row.input_tokens,
            cached_input: row.cached_input_tokens,
            output: row.output_tokens,
            reasoning: row.reasoning_tokens,
        }
    }
}

impl Call {
    pub(super) fn check(&self, now: DateTime<Utc>) -> Result<()> {
        for (field, text, chars) in [
            ("requestId", &self.request_id, ID_CHARS),
            ("provider", &self.provider, 0..=30),
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
        if self.usage_unknown && (total != 0 || self.buckets() != Buckets::default()) {
            return Err(Error::bad_input("usageKnown", false, "true, or `tokens` 0 and no parts"));
        }
        let (input, output) = (self.input_tokens, self.output_tokens);
        check_part(("inputTokens", input), ("tokens", Some(total)), total)?;
        check_part(("outputTokens", output), ("tokens", Some(total)), total)?;
        check_part(("cachedInputTokens", self.cached_input_tokens), ("inputTokens", input), total)?;
        check_part(("reasoningTokens", self.reasoning_tokens), ("outputTokens", output), total)?;
        self.check_sum()
    }

    /// The parts that are known have to leave the total its size, and make it up when both are.
    fn check_sum(&self) -> Result<()> {
        let total = self.tokens;
        if let (Some(input), Some(output)) = (self.input_tokens, self.output_tokens) {
            let sum = input + output;
            let expected = format!("inputTokens + outputTokens = {input} + {output} = {sum}");
            return if sum == total {
                Ok(())
            } else {
                Err(Error::bad_input("tokens", total, &expected))
            };
        }
        let least = self.input_tokens.or(self.cached_input_tokens).unwrap_or(0)
            + self.output_tokens.or(self.reasoning_tokens).unwrap_or(0);
        if least > total {
            let expected = format!("at least the sum of its parts, {least}");
            return Err(Error::bad_input("tokens", total, &expected));
        }
        Ok(())
    }

    /// Takes cached tokens out of those that went in, and reasoning out of those that came out.
    pub(super) fn buckets(&self) -> Buckets {
        let (cached_input, reasoning) = (self.cached_input_tokens, self.reasoning_tokens);
        Buckets {
            input: self.input_tokens.map(|input| input - cached_input.unwrap_or(0)),
            cached_input,
            output: self.output_tokens.map(|output| output - reasoning.unwrap_or(0)),
            reasoning,
        }
    }

    /// The provider as rows name it.
    pub(super) fn provider(&self) -> &str {
        self.provider.as_deref().unwrap_or_default()
    }

    /// Whether a stored call of the same id says the same. A time that was left out agrees with
    /// any, because a retry arrives later than the call it repeats.
    pub(super) fn is_repeat_of(&self, stored: &token_usage::Model) -> bool {
        self.session_id == stored.session_id
            && self.tokens == stored.tokens_used
            && self.buckets() == Buckets::of(stored)
            && self.usage_unknown != stored.usage_known
            && self.status == stored.status
            && self.model == stored.model
            && self.api_type == stored.api_type
            && self.used_at.is_none_or(|at| at == stored.used_at)
    }
}

/// Checks a part against what it is a part of, or against the total when that is not known.
fn check_part(
    (field, part): (&str, Option<i64>),
    (whole_field, whole): (&str, Option<i64>),
    total: i64,
) -> Result<()> {
    let (name, most) = whole.map_or(("tokens", total), |whole| (whole_field, whole));
    match part.filter(|part| !(0..=most).contains(part)) {
        Some(part) => Err(Error::bad_input(field, part, &format!("0 to `{name}`, {most}"))),
        None => Ok(()),
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

/// What became of a correction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Corrected {
    /// False when the call is known to be that already.
    pub(super) changed: bool,
    /// By how much the tokens of the call change.
    pub(super) tokens_change: i64,
    /// What it costs now, in billionths; none when its price is not known.
    pub(super) cost_nanos: Option<i64>,
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
            (
                Call {
                    cached_input_tokens: Some(10),
                    reasoning_tokens: Some(5),
                    ..split(15, 10, 5)
                },
                None,
            ),
            (
                Call { cached_input_tokens: Some(11), ..split(15, 10, 5) },
                Some("`cachedInputTokens` is 11, expected 0 to `inputTokens`, 10"),
            ),
            (
                Call { reasoning_tokens: Some(6), ..split(15, 10, 5) },
                Some("`reasoningTokens` is 6, expected 0 to `outputTokens`, 5"),
            ),
            (
                Call { reasoning_tokens: Some(-1), ..split(15, 10, 5) },
                Some("`reasoningTokens` is -1, expected 0 to `outputTokens`, 5"),
            ),
            (
                Call { tokens: 9, cached_input_tokens: Some(10), ..Call::default() },
                Some("`cachedInputTokens` is 10, expected 0 to `tokens`, 9"),
            ),
            (
                Call {
                    tokens: 9,
                    cached_input_tokens: Some(5),
                    output_tokens: Some(5),
                    ..Call::default()
                },
                Some("`tokens` is 9, expected at least the sum of its parts, 10"),
            ),
            (Call { usage_unknown: true, ..Call::default() }, None),
            (
                Call { usage_unknown: true, tokens: 1, ..Call::default() },
                Some("`usageKnown` is false, expected true, or `tokens` 0 and no parts"),
            ),
            (
                Call { usage_unknown: true, ..split(0, 0, 0) },
                Some("`usageKnown` is false, expected true, or `tokens` 0 and no parts"),
            ),
            (
                Call { provider: text(31), ..Call::default() },
                Some(
                    "`provider` is \"mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm\", expected 0 to 30 characters \
                     without control characters (it has 31)",
                ),
            ),
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
    fn buckets_do_not_overlap() {
        let call =
            Call { cached_input_tokens: Some(7), reasoning_tokens: Some(5), ..split(15, 10, 5) };
        let buckets =
            Buckets { input: Some(3), cached_input: Some(7), output: Some(0), reasoning: Some(5) };
        assert_eq!(call.buckets(), buckets);
        let plain = Buckets { input: Some(10), output: Some(5), ..Buckets::default() };
        assert_eq!(split(15, 10, 5).buckets(), plain);
    }
}
