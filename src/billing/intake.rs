//! What providers send, read as calls: chat objects of Coze, completions and responses of `OpenAI`.
//!
//! Nothing is guessed: an object without an id is refused, because it could not be billed once, and
//! usage that is not there is not known.

use chrono::{DateTime, Utc};
use entity::token_usage::Status;
use serde_json::Value;

use super::Call;
use crate::error::{Error, Result};

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    Coze,
    OpenAi,
}

impl Provider {
    /// By its name in an address.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Coze, Self::OpenAi].into_iter().find(|provider| provider.name() == name)
    }

    /// As the ledger names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Coze => "coze",
            Self::OpenAi => "openai",
        }
    }
}

/// Reads a provider's object. `model` stands in for one that the object does not name.
///
/// # Errors
/// [`Error::BadInput`] for an object without an id, and for one whose call has not ended.
pub fn read_call(provider: Provider, body: &Value, model: Option<String>) -> Result<Call> {
    let object = object_of(body);
    let id = object.get("id").and_then(Value::as_str);
    let id = id.ok_or_else(|| Error::bad_input("id", "missing", "the id of the call, as text"))?;
    let call = match provider {
        Provider::Coze => coze(object)?,
        Provider::OpenAi => openai(object)?,
    };
    let named = object.get("model").and_then(Value::as_str).map(str::to_owned);
    Ok(Call {
        request_id: Some(id.to_owned()),
        provider: Some(provider.name().to_owned()),
        model: named.or(model),
        ..call
    })
}

/// Callbacks wrap the object.
fn object_of(body: &Value) -> &Value {
    body.get("data").filter(|data| data.is_object()).unwrap_or(body)
}

/// The bot whose chat it is.
pub fn bot_of(body: &Value) -> Option<&str> {
    object_of(body).get("bot_id")?.as_str()
}

/// A chat: `usage` has `input_count`, `output_count` and `token_count`.
fn coze(chat: &Value) -> Result<Call> {
    let status = match text(chat, "status") {
        "completed" => Status::Completed,
        "failed" => Status::Failed,
        "canceled" => Status::Interrupted,
        other => return Err(not_ended(other)),
    };
    let ended_at = seconds(chat, "completed_at").or_else(|| seconds(chat, "failed_at"));
    let call = Call {
        session_id: chat.get("conversation_id").and_then(Value::as_str).map(str::to_owned),
        api_type: Some("chat".to_owned()),
        used_at: ended_at.or_else(|| seconds(chat, "created_at")),
        status,
        ..Call::default()
    };
    let Some(usage) = usage_of(chat) else { return Ok(without_usage(call)) };
    let (input, output) = (count(usage, "input_count")?, count(usage, "output_count")?);
    with_usage(call, count(usage, "token_count")?, input, output)
}

/// A chat completion has `prompt_tokens` and `completion_tokens`, a response `input_tokens` and
/// `output_tokens`; both say apart which were cached and which spent on reasoning.
fn openai(object: &Value) -> Result<Call> {
    let is_response = text(object, "object") == "response";
    let status = match text(object, "status") {
        // Completions have no status: they are told when they have ended.
        "" | "completed" => Status::Completed,
        "failed" => Status::Failed,
        "incomplete" | "cancelled" => Status::Interrupted,
        other => return Err(not_ended(other)),
    };
    let call = Call {
        api_type: Some(if is_response { "response" } else { "chat" }.to_owned()),
        used_at: seconds(object, "created_at").or_else(|| seconds(object, "created")),
        status,
        ..Call::default()
    };
    let Some(usage) = usage_of(object) else { return Ok(without_usage(call)) };
    let (input, output) = if usage.get("prompt_tokens").is_some() {
        ("prompt_tokens", "completion_tokens")
    } else {
        ("input_tokens", "output_tokens")
    };
    let within = |of: &str, name: &str| {
        usage.get(format!("{of}_details")).map_or(Ok(None), |details| count(details, name))
    };
    let call = Call {
        cached_input_tokens: within(input, "cached_tokens")?,
        reasoning_tokens: within(output, "reasoning_tokens")?,
        ..call
    };
    with_usage(call, count(usage, "total_tokens")?, count(usage, input)?, count(usage, output)?)
}

fn usage_of(object: &Value) -> Option<&Value> {
    object.get("usage").filter(|usage| usage.as_object().is_some_and(|usage| !usage.is_empty()))
}

fn without_usage(call: Call) -> Call {
    Call { usage_unknown: true, ..call }
}

fn with_usage(
    call: Call,
    total: Option<i64>,
    input: Option<i64>,
    output: Option<i64>,
) -> Result<Call> {
    let sum = input.zip(output).and_then(|(input, output)| input.checked_add(output));
    let Some(tokens) = total.or(sum) else {
        return Err(Error::bad_input("usage", "without a total", "tokens in and out, or in all"));
    };
    Ok(Call { tokens, input_tokens: input, output_tokens: output, ..call })
}

/// A count that may be left out, but not be something else.
fn count(usage: &Value, name: &str) -> Result<Option<i64>> {
    match usage.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_i64() {
            Some(count) => Ok(Some(count)),
            None => Err(Error::bad_input(format!("usage.{name}"), value, "a whole number")),
        },
    }
}

fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// An instant in seconds since 1970; 0 stands for none.
fn seconds(object: &Value, name: &str) -> Option<DateTime<Utc>> {
    let value = object.get(name)?;
    #[expect(clippy::cast_possible_truncation, reason = "whole seconds suffice")]
    let seconds = value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64))?;
    DateTime::from_timestamp(seconds, 0).filter(|_| seconds > 0)
}

fn not_ended(status: &str) -> Error {
    Error::bad_text("status", status, "that of a call that has ended")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(secs: i64) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(secs, 0)
    }

    #[test]
    fn a_chat_of_coze_is_a_call() {
        let body = json!({ "event": "conversation.chat.completed", "data": {
            "id": "7382159487131697202", "conversation_id": "7381473525342978089",
            "bot_id": "7379462189365198898", "created_at": 1_718_792_940, "completed_at": 1_718_792_949,
            "status": "completed",
            "usage": { "token_count": 633, "output_count": 19, "input_count": 614 },
        } });
        let expected = Call {
            request_id: Some("7382159487131697202".into()),
            provider: Some("coze".into()),
            session_id: Some("7381473525342978089".into()),
            tokens: 633,
            input_tokens: Some(614),
            output_tokens: Some(19),
            model: Some("doubao".into()),
            api_type: Some("chat".into()),
            used_at: at(1_718_792_949),
            ..Call::default()
        };
        let call = read_call(Provider::Coze, &body, Some("doubao".into())).unwrap();
        assert_eq!(call, expected);
        let failed = json!({ "id": "c", "status": "failed", "failed_at": 7, "completed_at": 0 });
        let call = read_call(Provider::Coze, &failed, None).unwrap();
        assert_eq!((call.status, call.usage_unknown, call.used_at), (Status::Failed, true, at(7)));
    }

    #[test]
    fn a_completion_and_a_response_of_openai_are_calls() {
        let completion = json!({
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1_741_569_952,
            "model": "gpt-4o-mini", "choices": [],
            "usage": {
                "prompt_tokens": 19, "completion_tokens": 10, "total_tokens": 29,
                "prompt_tokens_details": { "cached_tokens": 9, "audio_tokens": 0 },
                "completion_tokens_details": { "reasoning_tokens": 4 },
            },
        });
        let response = json!({
            "id": "chatcmpl-1", "object": "response", "created_at": 1_741_569_952.5,
            "status": "incomplete", "model": "gpt-4o-mini",
            "usage": {
                "input_tokens": 19, "output_tokens": 10, "total_tokens": 29,
                "input_tokens_details": { "cached_tokens": 9 },
                "output_tokens_details": { "reasoning_tokens": 4 },
            },
        });
        let expected = Call {
            request_id: Some("chatcmpl-1".into()),
            provider: Some("openai".into()),
            tokens: 29,
            input_tokens: Some(19),
            cached_input_tokens: Some(9),
            output_tokens: Some(10),
            reasoning_tokens: Some(4),
            model: Some("gpt-4o-mini".into()),
            api_type: Some("chat".into()),
            used_at: at(1_741_569_952),
            ..Call::default()
        };
        let other = Some("other".to_owned());
        assert_eq!(read_call(Provider::OpenAi, &completion, other).unwrap(), expected);
        let expected =
            Call { api_type: Some("response".into()), status: Status::Interrupted, ..expected };
        assert_eq!(read_call(Provider::OpenAi, &response, None).unwrap(), expected);
    }

    #[test]
    fn what_cannot_be_billed_once_is_refused() {
        let cases = [
            (Provider::Coze, json!({}), "`id` is missing, expected the id of the call, as text"),
            (
                Provider::Coze,
                json!({ "id": "c", "status": "requires_action" }),
                "`status` is \"requires_action\", expected that of a call that has ended",
            ),
            (
                Provider::OpenAi,
                json!({ "id": "c", "status": "queued" }),
                "`status` is \"queued\", expected that of a call that has ended",
            ),
            (
                Provider::OpenAi,
                json!({ "id": "c", "usage": { "prompt_tokens": "9" } }),
                "`usage.prompt_tokens` is \"9\", expected a whole number",
            ),
            (
                Provider::OpenAi,
                json!({ "id": "c", "usage": { "prompt_tokens": 9 } }),
                "`usage` is without a total, expected tokens in and out, or in all",
            ),
            (Provider::OpenAi, json!([1]), "`id` is missing, expected the id of the call, as text"),
        ];
        for (provider, body, expected) in cases {
            let refused = read_call(provider, &body, None).unwrap_err();
            assert_eq!(refused.to_string(), expected, "{body}");
        }
    }
}
