//! What was received, in a form that both databases hold.

/// Longest payload that is kept: the largest event, and the names around its data.
pub(super) const MAX_PAYLOAD_BYTES: usize = 72 * 1024;
/// Longest reason that is kept.
const MAX_REASON_CHARS: usize = 1_000;

/// Cuts what is far too long to be kept, without hiding that it is.
pub(in crate::tracker) fn clip(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_PAYLOAD_BYTES + 4)]
}

/// The payload, and whether its end is missing. NUL, which PostgreSQL does not hold, stands as its
/// escape in JSON.
pub(super) fn payload(text: &str) -> (String, bool) {
    let mut text = clip(text).replace('\0', "\\u0000");
    let cut = text.len() > MAX_PAYLOAD_BYTES;
    text.truncate(text.floor_char_boundary(MAX_PAYLOAD_BYTES));
    (text, cut)
}

/// The reason, as far as it is kept.
pub(super) fn reason(text: &str) -> String {
    text.replace('\0', "\\u0000").chars().take(MAX_REASON_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_kept_as_it_is_up_to_its_bound() {
        let longest = "x".repeat(MAX_PAYLOAD_BYTES);
        assert_eq!(payload(&longest), (longest.clone(), false));
        assert_eq!(payload(&format!("{longest}y")), (longest, true));
    }

    #[test]
    fn a_cut_does_not_fall_within_a_character() {
        let (kept, cut) = payload(&"界".repeat(MAX_PAYLOAD_BYTES));
        assert!(cut && kept.len() <= MAX_PAYLOAD_BYTES && kept.ends_with('界'));
    }

    #[test]
    fn nul_is_written_as_its_escape() {
        assert_eq!(payload("a\0b"), ("a\\u0000b".to_owned(), false));
        assert_eq!(reason("a\0b"), "a\\u0000b");
    }
}
