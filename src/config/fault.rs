//! Says in one line what is wrong with a configuration that could not be read.

use figment::error::{Actual, Kind};

/// Keys whose values stay out of messages.
const SECRETS: [&str; 4] =
    ["auth.jwt_secret", "log.otlp_endpoint", "store.database_url", "store.redis_url"];
/// The same, of each tenant.
const TENANT_SECRETS: [&str; 4] = [
    ".coze.token",
    ".quota_webhook.url",
    ".quota_webhook.secret",
    ".quota_webhook.previous_secret",
];

/// The first fault: its key with the full path, the value, and what is expected.
pub(super) fn first(error: figment::Error, find: impl Fn(&str) -> Option<String>) -> String {
    let Some(fault) = error.into_iter().next() else { return String::new() };
    let key = fault.path.join(".");
    let is = |value: &str, expected: &str| {
        let value = if is_secret(&key) { "not shown" } else { value };
        format!("`{key}` is `{value}`, expected {expected}")
    };
    match &fault.kind {
        Kind::UnknownField(_, known) => {
            format!("`{key}` is unknown, expected one of {}", known.join(", "))
        }
        Kind::MissingField(name) => format!("`{key}.{name}` is missing, expected a value"),
        Kind::UnknownVariant(found, known) => is(found, &format!("one of {}", known.join(", "))),
        Kind::InvalidType(found, expected) | Kind::InvalidValue(found, expected) => {
            is(&shown(found), in_words(expected))
        }
        Kind::Message(text) if key.is_empty() => file_fault(text),
        other => is(&find(&key).unwrap_or_default(), &by_key(&key, other)),
    }
}

fn is_secret(key: &str) -> bool {
    SECRETS.contains(&key) || TENANT_SECRETS.iter().any(|end| key.ends_with(end))
}

fn shown(found: &Actual) -> String {
    match found {
        Actual::Bool(value) => value.to_string(),
        Actual::Unsigned(value) => value.to_string(),
        Actual::Signed(value) => value.to_string(),
        Actual::Float(value) => value.to_string(),
        Actual::Str(value) => value.clone(),
        Actual::Seq => "a list".to_owned(),
        Actual::Map => "a table".to_owned(),
        other => other.to_string(),
    }
}

/// What the types of Rust are called in a configuration.
fn in_words(expected: &str) -> &str {
    match expected {
        "u8" | "u32" | "u64" | "usize" => "a whole number of 0 or more",
        "i32" | "i64" => "a whole number",
        text if text.starts_with("struct ") || text == "a map" => "a table",
        text if text.starts_with("a Decimal") => "a decimal such as \"0.50\"",
        text => text,
    }
}

/// What is expected where the reader of a value says only that it failed.
fn by_key(key: &str, fault: &Kind) -> String {
    match key.rsplit('.').next() {
        Some("listen") => "an address such as 127.0.0.1:8080".to_owned(),
        Some("time_zone") => "an IANA time zone such as Asia/Shanghai".to_owned(),
        Some("from") => "a date such as 2025-12-25".to_owned(),
        Some("expires_at") => "an RFC 3339 instant such as \"2027-01-01T00:00:00Z\"".to_owned(),
        _ => format!("another value ({fault})"),
    }
}

/// The parser's message on one line, without the picture of the source: it may hold a secret.
fn file_fault(text: &str) -> String {
    let is_picture = |line: &str| {
        let rest = line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit());
        rest.trim_start().starts_with('|')
    };
    let lines = text.lines().filter(|line| !line.trim().is_empty() && !is_picture(line));
    format!("the file is not readable: {}", lines.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_s_fault_is_one_line_without_its_source() {
        let text = "TOML parse error at line 2, column 14\n  |\n2 | jwt_secret = hunter2\n  \
                    |              ^\nstring values must be quoted, expected a value\n";
        assert_eq!(
            file_fault(text),
            "the file is not readable: TOML parse error at line 2, column 14, \
             string values must be quoted, expected a value"
        );
    }
}
