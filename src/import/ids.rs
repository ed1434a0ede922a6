//! Names for what has none, from the file's content and the line alone.
//!
//! The same import again makes the same ids, so the server stores nothing twice; two equal lines stay
//! two. Ids of one file are distinct by construction: no hash is cut below the line and the index.

/// Digits of the digest in an id: 80 bits, so that a million files meet with odds below 10⁻¹².
const DIGEST_DIGITS: usize = 20;

/// Makes the ids of one file.
#[derive(Debug, Clone)]
pub(super) struct RowIds {
    prefix: String,
}

impl RowIds {
    pub(super) fn new(digest: &blake3::Hash) -> Self {
        Self { prefix: digest.to_hex()[..DIGEST_DIGITS].to_owned() }
    }

    /// Names the row that starts on `line`: at most 41 characters of hex digits and `-`.
    pub(super) fn row(&self, line: u64) -> String {
        format!("{}-{line}", self.prefix)
    }
}

/// Names the event of rule `index` of a row.
pub(super) fn event_id(row_id: &str, index: usize) -> String {
    format!("{row_id}-{index}")
}

/// Names the token record of rule `index` of a row; never the id of an event.
pub(super) fn usage_id(row_id: &str, index: usize) -> String {
    format!("{row_id}-u{index}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_depend_on_content_line_and_index() {
        let ids = |content: &[u8]| RowIds::new(&blake3::hash(content));
        let row = ids(b"a").row(7);
        assert_eq!(row, "17762fddd969a453925d-7");
        assert_eq!(event_id(&row, 2), "17762fddd969a453925d-7-2");
        assert_eq!(usage_id(&row, 2), "17762fddd969a453925d-7-u2");
        assert_ne!(ids(b"a").row(7), ids(b"a").row(8));
        assert_ne!(ids(b"a").row(7), ids(b"b").row(7));
    }

    #[test]
    fn the_longest_ids_fit_into_64_characters() {
        let row = RowIds::new(&blake3::hash(b"")).row(u64::MAX);
        assert!(usage_id(&row, 9_999_999).len() <= 64);
    }
}
