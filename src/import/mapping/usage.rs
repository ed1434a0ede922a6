//! `[[token_usage]]`: one token record of a row.

use serde_json::{Map, Value as Json};
use toml::Value as Toml;

use crate::import::{
    ids,
    mapping::{
        condition::Condition,
        event::{Field, evaluate, read_fields},
        kind::Wanted,
        section::{Problem, Section},
        view::{ColumnUses, RowView},
    },
};

const KEYS: [&str; 14] = [
    "request_id",
    "provider",
    "session_id",
    "tokens",
    "input_tokens",
    "cached_input_tokens",
    "output_tokens",
    "reasoning_tokens",
    "usage_known",
    "status",
    "model",
    "api_type",
    "used_at",
    "when",
];
const REQUIRED: [(&str, &str, Wanted); 1] = [("used_at", "usedAt", Wanted::Time)];
const OPTIONAL: [(&str, &str, Wanted); 12] = [
    ("request_id", "requestId", Wanted::Text),
    ("provider", "provider", Wanted::Text),
    ("session_id", "sessionId", Wanted::Text),
    ("tokens", "tokens", Wanted::Integer),
    ("input_tokens", "inputTokens", Wanted::Integer),
    ("cached_input_tokens", "cachedInputTokens", Wanted::Integer),
    ("output_tokens", "outputTokens", Wanted::Integer),
    ("reasoning_tokens", "reasoningTokens", Wanted::Integer),
    ("usage_known", "usageKnown", Wanted::Boolean),
    ("status", "status", Wanted::Text),
    ("model", "model", Wanted::Text),
    ("api_type", "apiType", Wanted::Text),
];
/// How a call ended, as the server names it.
const STATUSES: [&str; 3] = ["COMPLETED", "FAILED", "INTERRUPTED"];
/// The largest integer that JSON readers agree on.
const MAX_TOKENS: i64 = (1 << 53) - 1;

/// Makes one `TokenUsageInput` of a row.
#[derive(Debug)]
pub(super) struct UsageRule {
    fields: Vec<Field>,
    when: Vec<Condition>,
}

impl UsageRule {
    pub(super) fn parse(key: &str, value: Toml, uses: &mut ColumnUses) -> Result<Self, Problem> {
        let mut section = Section::open(key, value, &KEYS)?;
        let has_parts = section.has("input_tokens") && section.has("output_tokens");
        if !section.has("tokens") && !has_parts && !section.has("usage_known") {
            let path = section.path("tokens");
            return Err(Problem::missing(&path, "it, or both input_tokens and output_tokens"));
        }
        let mut fields = read_fields(&mut section, &REQUIRED, true, uses)?;
        fields.extend(read_fields(&mut section, &OPTIONAL, false, uses)?);
        let when = section.take("when");
        Ok(Self { fields, when: Condition::parse_all(&section.path("when"), when, uses)? })
    }

    /// Makes the record; `None` when `when` does not hold.
    pub(super) fn make(&self, row: &RowView<'_>, index: usize) -> Result<Option<Json>, String> {
        if !self.when.iter().all(|condition| condition.holds(row)) {
            return Ok(None);
        }
        let mut usage = evaluate(&self.fields, row)?;
        check_status(&mut usage)?;
        let count = |key: &str| usage.get(key).and_then(Json::as_i64);
        let (input, output) = (count("inputTokens"), count("outputTokens"));
        check_within("cached_input_tokens", count("cachedInputTokens"), "input_tokens", input)?;
        check_within("reasoning_tokens", count("reasoningTokens"), "output_tokens", output)?;
        let tokens = if usage.get("usageKnown") == Some(&Json::Bool(false)) {
            none_known(&usage)?
        } else {
            total(count("tokens"), input, output)?
        };
        usage.insert("tokens".to_owned(), tokens.into());
        usage.entry("requestId").or_insert_with(|| ids::usage_id(row.row_id, index).into());
        Ok(Some(Json::Object(usage)))
    }
}

/// Writes the status as the server names it, however the file spells it.
fn check_status(usage: &mut Map<String, Json>) -> Result<(), String> {
    let Some(Json::String(status)) = usage.get_mut("status") else { return Ok(()) };
    let name = status.trim().to_ascii_uppercase();
    if !STATUSES.contains(&name.as_str()) {
        return Err(format!("`status` is {status:?}: expected one of {}", STATUSES.join(", ")));
    }
    *status = name;
    Ok(())
}

/// Checks a part that its whole includes.
fn check_within(
    name: &str,
    part: Option<i64>,
    whole_name: &str,
    whole: Option<i64>,
) -> Result<(), String> {
    let most = whole.unwrap_or(MAX_TOKENS);
    match part.filter(|part| !(0..=most).contains(part)) {
        Some(part) if whole.is_some() => {
            Err(format!("`{name}` is {part}: expected 0 to {whole_name}, which is {most}"))
        }
        Some(part) => Err(format!("`{name}` is {part}: expected 0 to {most}")),
        None => Ok(()),
    }
}

/// The tokens of a call of which nobody said how many there were.
fn none_known(usage: &Map<String, Json>) -> Result<i64, String> {
    let counts = ["tokens", "inputTokens", "cachedInputTokens", "outputTokens", "reasoningTokens"];
    let is_count = |key: &str| match usage.get(key) {
        None => false,
        Some(count) => key != "tokens" || count.as_i64() != Some(0),
    };
    if counts.iter().any(|key| is_count(key)) {
        return Err("`usage_known` is false: expected true, or no counts of tokens".to_owned());
    }
    Ok(0)
}

/// Checks the counts against each other, as the server does, and adds up a missing total.
fn total(tokens: Option<i64>, input: Option<i64>, output: Option<i64>) -> Result<i64, String> {
    for (name, count) in [("tokens", tokens), ("input_tokens", input), ("output_tokens", output)] {
        if let Some(count) = count.filter(|count| !(0..=MAX_TOKENS).contains(count)) {
            return Err(format!("`{name}` is {count}: expected 0 to {MAX_TOKENS}"));
        }
    }
    let sum = input.zip(output).map(|(input, output)| input + output);
    match (tokens, sum) {
        (Some(tokens), Some(sum)) if tokens != sum => Err(format!(
            "`tokens` is {tokens}: expected input_tokens + output_tokens, which is {sum}"
        )),
        (Some(count), _) | (None, Some(count)) => Ok(count),
        (None, None) => Err("`tokens` has no value: expected one in each row".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_counts_agree_or_are_refused() {
        let cases = [
            ((Some(3), None, None), Ok(3)),
            ((None, Some(1), Some(2)), Ok(3)),
            ((Some(3), Some(1), Some(2)), Ok(3)),
            ((Some(3), Some(9), None), Ok(3)),
            (
                (Some(4), Some(1), Some(2)),
                Err("`tokens` is 4: expected input_tokens + output_tokens, which is 3"),
            ),
            ((None, Some(1), None), Err("`tokens` has no value: expected one in each row")),
            (
                (None, Some(-1), Some(2)),
                Err("`input_tokens` is -1: expected 0 to 9007199254740991"),
            ),
        ];
        for ((tokens, input, output), expected) in cases {
            let total = total(tokens, input, output);
            assert_eq!(total, expected.map_err(str::to_owned), "{tokens:?} {input:?} {output:?}");
        }
    }
}
