//! Tells in one pass whether JSON may be stored as the text it came as.
//!
//! Plain text says the same after a round through a parsed value or `jsonb`, but for white space
//! and the spelling of escapes: no number is written in another way, no key goes missing, nothing
//! is refused by one store and not by the other.

use std::borrow::Cow;

use memchr::memchr2;
use smallvec::SmallVec;

/// Longest plain text: that of an event's data, which no spelling makes longer.
const MAX_BYTES: usize = crate::input::MAX_JSON_BYTES;
const MAX_NESTING: usize = 64;
/// Most keys of open objects, each of which is compared with those beside it.
const MAX_KEYS: usize = 64;
/// Digits that every reader of numbers keeps.
const MAX_DIGITS: usize = 15;
/// Zeros after the point beyond which a number would be written with an exponent.
const MAX_ZEROS: usize = 4;
/// The names by which `serde_json` passes text and numbers through itself start so.
const RESERVED: &[u8] = b"$serde_json";

/// Members and keys that are kept in place, as most data is small.
const USUAL: usize = 8;

/// The members of an object: keys, and values as they stand.
pub(super) type Members<'a> = SmallVec<[(Cow<'a, str>, &'a str); USUAL]>;

/// What was found in plain text.
pub(super) struct Plain<'a> {
    /// None of what is no object.
    pub(super) members: Option<Members<'a>>,
}

/// Reads JSON, known to be valid; `None` where it is not plain.
pub(super) fn read(text: &str) -> Option<Plain<'_>> {
    if text.len() > MAX_BYTES { None } else { Scan::new(text).run() }
}

/// A pass over a text; its steps yield `None` at the first thing that is not plain.
struct Scan<'a> {
    text: &'a str,
    json: &'a [u8],
    at: usize,
    /// Keys of the objects that are open.
    keys: SmallVec<[&'a [u8]; 2 * USUAL]>,
    /// Where in `keys` those of each open object or list start.
    open: [u8; MAX_NESTING],
    depth: usize,
    members: Members<'a>,
    /// The key of the outermost object whose value is being read, and where that starts.
    member: Option<(&'a str, usize)>,
}

impl<'a> Scan<'a> {
    fn new(text: &'a str) -> Self {
        let (keys, members) = (SmallVec::new(), Members::new());
        let (json, open) = (text.as_bytes(), [0; MAX_NESTING]);
        Self { text, json, at: 0, keys, open, depth: 0, members, member: None }
    }

    fn run(mut self) -> Option<Plain<'a>> {
        let is_object = self.text.trim_ascii_start().starts_with('{');
        while let Some(&byte) = self.json.get(self.at) {
            match byte {
                b'"' => self.string()?,
                b'{' | b'[' => self.enter()?,
                b'}' | b']' => self.leave()?,
                b'-' | b'0'..=b'9' => self.number()?,
                b',' => self.end_member(),
                _ => self.at += 1,
            }
        }
        Some(Plain { members: is_object.then_some(self.members) })
    }

    fn enter(&mut self) -> Option<()> {
        *self.open.get_mut(self.depth)? = u8::try_from(self.keys.len()).ok()?;
        self.depth += 1;
        self.at += 1;
        Some(())
    }

    fn leave(&mut self) -> Option<()> {
        self.end_member();
        self.depth = self.depth.checked_sub(1)?;
        self.keys.truncate(self.open[self.depth].into());
        Some(())
    }

    /// Passes what ends a value, which is a member where it stands in the outermost object.
    fn end_member(&mut self) {
        if self.depth == 1
            && let Some((key, start)) = self.member.take()
        {
            let key = Cow::Borrowed(key);
            self.members.push((key, self.text[start..self.at].trim_ascii()));
        }
        self.at += 1;
    }

    fn string(&mut self) -> Option<()> {
        let start = self.at + 1;
        let mut end = start;
        let mut is_escaped = false;
        loop {
            end += memchr2(b'"', b'\\', self.json.get(end..)?)?;
            if self.json[end] == b'"' {
                break;
            }
            end += escape(&self.json[end..])?;
            is_escaped = true;
        }
        self.at = end + 1;
        match self.json[self.at..].iter().position(|byte| !byte.is_ascii_whitespace()) {
            Some(colon) if self.json[self.at + colon] == b':' => {
                self.at += colon + 1;
                self.key(&self.text[start..end]).filter(|()| !is_escaped)
            }
            _ => Some(()),
        }
    }

    /// Compares a key with those beside it.
    fn key(&mut self, key: &'a str) -> Option<()> {
        let bytes = key.as_bytes();
        let start = usize::from(self.open[self.depth.checked_sub(1)?]);
        let is_known = self.keys[start..].contains(&bytes);
        if is_known || bytes.starts_with(RESERVED) || self.keys.len() == MAX_KEYS {
            return None;
        }
        self.keys.push(bytes);
        if self.depth == 1 {
            self.member = Some((key, self.at));
        }
        Some(())
    }

    fn number(&mut self) -> Option<()> {
        let rest = &self.json[self.at..];
        let len = rest.iter().position(|byte| !is_of_number(*byte)).unwrap_or(rest.len());
        self.at += len;
        is_plain_number(&rest[..len]).then_some(())
    }
}

/// The length of an escape that stands for one character which every store takes.
fn escape(text: &[u8]) -> Option<usize> {
    if *text.get(1)? != b'u' {
        return Some(2);
    }
    let digits = std::str::from_utf8(text.get(2..6)?).ok()?;
    // Halves of a pair are no characters.
    char::from_u32(u32::from_str_radix(digits, 16).ok()?).filter(|c| *c != '\0')?;
    Some(6)
}

fn is_of_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
}

fn is_plain_number(text: &[u8]) -> bool {
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    let is_negative = unsigned.len() < text.len();
    let (whole, fraction) = match unsigned.iter().position(|byte| *byte == b'.') {
        Some(point) => (&unsigned[..point], Some(&unsigned[point + 1..])),
        None => (unsigned, None),
    };
    let are_digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    // The minus of a zero is kept by some readers only.
    let is_zero = unsigned.iter().all(|byte| matches!(byte, b'0' | b'.'));
    are_digits(whole)
        && !(is_negative && is_zero)
        && fraction.map_or(whole.len() <= MAX_DIGITS, |fraction| {
            are_digits(fraction)
                && whole.len() + fraction.len() <= MAX_DIGITS
                && (fraction == b"0" || !fraction.ends_with(b"0"))
                && (whole != b"0"
                    || fraction.iter().take_while(|d| **d == b'0').count() <= MAX_ZEROS)
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn is_plain(text: &str) -> bool {
        read(text).is_some()
    }

    #[test]
    fn usual_data_is_plain() {
        for text in [
            "null",
            "{}",
            "[]",
            r#"{"channel": "app", "n": [0, -7, 1.5, 0.05, 12345.678, 1.0, 999999999999999]}"#,
            r#"{"a":{"a":1},"b":[{"a":1},{"a":2}],"c":true,"文":"文 \" \\ \/ \n \u6587"}"#,
            "\"a:b\"",
            "[\"a\", \"a\"]",
            "0.00001",
        ] {
            assert!(is_plain(text), "{text}");
        }
    }

    #[test]
    fn what_a_round_could_change_is_not_plain() {
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(is_plain(&deep(64)) && !is_plain(&deep(65)));
        let long = |len: usize| format!("\"{}\"", "x".repeat(len - 2));
        assert!(is_plain(&long(MAX_BYTES)) && !is_plain(&long(MAX_BYTES + 1)));
        for text in [
            r#""\u0000""#,
            r#"{"a\u0000": 1}"#,
            r#""\ud83d\ude00""#,
            r#""\uDC00""#,
            r#"{"a": 1, "a": 2}"#,
            r#"{"a": {"b": 1, "c": [{}], "b" : 2}}"#,
            r#"{"a": 1, "\u0061": 2}"#,
            r#"{"$serde_json::private::RawValue": "1"}"#,
            "1e3",
            "1E3",
            "1.5e-3",
            "-0",
            "-0.0",
            "1.50",
            "1.00",
            "0.000001",
            "9999999999999999",
            "1.234567890123456",
            "18446744073709551616",
        ] {
            assert!(!is_plain(text), "{text}");
        }
    }

    /// JSON text with white space, escapes and numbers as clients may write them.
    fn json() -> impl Strategy<Value = String> {
        let text = r#""([a-c$ :文]|\\[nt"\\/bfr]|\\u(0000|0041|d83d|6587|001f)){0,4}""#;
        let number = "-?(0|[1-9][0-9]{0,17})(\\.[0-9]{1,17})?(e-?[0-9]{1,2})?";
        let leaf = prop_oneof![text, number, "true|false|null"];
        leaf.prop_recursive(5, 40, 5, move |inner| {
            let space = "[ \n\t]{0,2}";
            let item = (space, inner.clone(), space).prop_map(|(a, item, b)| a + &item + &b);
            let entry = (space, text, space, inner)
                .prop_map(|(a, key, b, value)| format!("{a}{key}{b}:{b}{value}{a}"));
            prop_oneof![
                prop::collection::vec(item, 0..4)
                    .prop_map(|items| format!("[{}]", items.join(","))),
                prop::collection::vec(entry, 0..4).prop_map(|all| format!("{{{}}}", all.join(","))),
            ]
        })
    }

    /// The text without white space and with every string spelled as `serde_json` does, keys and
    /// numbers left as they are.
    fn respelled(text: &str) -> String {
        let mut spelled = String::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if first == '"' {
                let mut strings = serde_json::Deserializer::from_str(rest).into_iter::<String>();
                let string = strings.next().unwrap().unwrap();
                rest = &rest[strings.byte_offset()..];
                spelled.push_str(&serde_json::to_string(&string).unwrap());
            } else {
                rest = &rest[first.len_utf8()..];
                spelled.extend(Some(first).filter(|c| !c.is_ascii_whitespace()));
            }
        }
        spelled
    }

    proptest! {
        #[test]
        fn members_of_plain_text_are_those_of_its_value(text in json()) {
            let Some(Plain { members }) = read(&text) else {
                return Err(TestCaseError::reject("not plain"));
            };
            let value: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(members.is_some(), value.is_object());
            let Some(members) = members else { return Ok(()) };
            let found: serde_json::Map<_, _> = members
                .into_iter()
                .map(|(key, value)| (key.into_owned(), serde_json::from_str(value).unwrap()))
                .collect();
            prop_assert_eq!(Value::Object(found), value);
        }

        #[test]
        fn plain_text_says_the_same_after_a_round(text in json()) {
            if is_plain(&text) {
                let value: Value = serde_json::from_str(&text).unwrap();
                prop_assert_eq!(value.to_string(), respelled(&text));
            }
        }
    }
}
