//! Measures the text of a document, so that a flood of tokens or of brackets is refused before it is parsed.
//!
//! Parsing costs microseconds a token, measuring nanoseconds a byte; and the parser goes down a level of
//! the stack with each bracket, without a limit, so that some thousands of them would end the process.
//! Of a document that is none the measures are bounds: nothing that the parser takes for a token is
//! left out.

/// What a document's text amounts to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measure {
    /// Names, numbers, strings and signs; comments, commas and white space are none.
    pub tokens: usize,
    /// Most brackets of any kind that are open at once.
    pub nesting: usize,
}

/// Deepest nesting of brackets; levels of selections have a limit of their own below it.
pub const MAX_BRACKETS: usize = 100;

/// Measures a document.
pub fn measure(document: &str) -> Measure {
    let text = document.as_bytes();
    let (mut at, mut open, mut measure) = (0, 0_usize, Measure::default());
    while let Some(&first) = text.get(at) {
        let rest = &text[at..];
        let (len, is_token) = match first {
            b' ' | b'\t' | b'\r' | b'\n' | b',' | 0xEF | 0xBB | 0xBF => (1, false),
            b'#' => (memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len()), false),
            b'"' => (string_len(rest), true),
            b'.' if rest.starts_with(b"...") => (3, true),
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => (run_len(rest, is_of_name), true),
            b'-' | b'0'..=b'9' => (run_len(rest, is_of_number), true),
            _ => (1, true),
        };
        match first {
            b'{' | b'[' | b'(' => open += 1,
            b'}' | b']' | b')' => open = open.saturating_sub(1),
            _ => {}
        }
        at += len;
        measure.tokens += usize::from(is_token);
        measure.nesting = measure.nesting.max(open);
    }
    measure
}

fn run_len(text: &[u8], is_part: fn(u8) -> bool) -> usize {
    // The first decides what it is, and belongs to it.
    1 + text[1..].iter().take_while(|byte| is_part(**byte)).count()
}

fn is_of_name(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

fn is_of_number(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-')
}

/// The bytes of a string or block string, its quotes included; all the rest when it does not end.
fn string_len(text: &[u8]) -> usize {
    let is_block = text.starts_with(br#"""""#);
    let quotes: &[u8] = if is_block { br#"""""# } else { br#"""# };
    let mut at = quotes.len();
    while let Some(found) = text.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += found;
        match &text[at..] {
            rest if rest.starts_with(quotes) => return at + quotes.len(),
            [b'\\', ..] if is_block && text[at..].starts_with(br#"\""""#) => at += 4,
            [b'\\', ..] if !is_block => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_numbers_strings_and_signs_are_tokens() {
        for (text, expected) in [
            ("", 0),
            ("{a}", 3),
            ("\u{feff}{ a , b } # { c }\n", 4),
            ("query A($n: [Int!]! = -1.5e+3) {x: f(n: $n) ...F @skip(if: true)}", 34),
            (r#"{f(s: "a \" } b")}"#, 8),
            (r#"{f(s: """a " \""" } b""")}"#, 8),
            (r#"{f(s: "")}"#, 8),
            (r#"{f(s: "\"#, 6),
            (r#"{f(s: """"#, 6),
            ("...", 1),
            ("{a ..", 4),
            ("{ü}", 4),
        ] {
            assert_eq!(measure(text).tokens, expected, "{text}");
        }
    }

    #[test]
    fn brackets_nest_whatever_their_kind() {
        for (text, expected) in [
            ("", 0),
            ("{a b(c: [{d: 1}])}", 4),
            ("{a {b} c {d}}", 2),
            ("}}}{a", 1),
            ("{a # {{{\n (s: \"[[[\") }", 2),
        ] {
            assert_eq!(measure(text).nesting, expected, "{text}");
        }
    }

    #[test]
    fn graphiql_and_the_pages_stay_below_the_limit() {
        let limit = crate::config::ServerConfig::default().max_document_tokens;
        for document in crate::documents::own_documents() {
            let Measure { tokens, nesting } = measure(&document);
            assert!(tokens * 3 / 2 < limit && nesting * 2 < MAX_BRACKETS, "{tokens}, {nesting}");
        }
    }
}
