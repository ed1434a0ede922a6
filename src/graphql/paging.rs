//! Connections, cursors and the bounds of a page.
//!
//! A cursor is the sort key of its row, so that a page costs the same however deep it lies and rows
//! that arrive meanwhile shift nothing.

use async_graphql::SimpleObject;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Datelike as _, TimeDelta, Utc};

use crate::error::{Error, Result};

/// Most rows of one page.
pub const MAX_PAGE: i32 = 500;

/// Where a page stands in its list.
#[derive(Clone, Debug, Default, SimpleObject)]
pub struct PageInfo {
    /// Whether rows follow the last edge.
    pub has_next_page: bool,
    /// Whether rows precede the first edge: true on every page reached by a cursor.
    pub has_previous_page: bool,
    /// Cursor of the first edge; null on an empty page.
    pub start_cursor: Option<String>,
    /// Cursor of the last edge; null on an empty page.
    pub end_cursor: Option<String>,
}

impl PageInfo {
    /// Where the next page begins; none on the last.
    pub fn next_cursor(self) -> Option<String> {
        self.end_cursor.filter(|_| self.has_next_page)
    }
}

/// Checks a page length.
///
/// # Errors
/// [`Error::BadInput`] unless it lies between 1 and [`MAX_PAGE`].
pub fn page_len(field: &str, len: i32) -> Result<u64> {
    match u64::try_from(len) {
        Ok(rows) if rows > 0 && len <= MAX_PAGE => Ok(rows),
        _ => Err(Error::bad_input(field, len, &format!("1 to {MAX_PAGE}"))),
    }
}

/// The sort key of a row in a list that is ordered by time: its instant, then its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub at: DateTime<Utc>,
    pub id: String,
}

impl Cursor {
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}/{}", self.at.timestamp_micros(), self.id))
    }

    /// The end of the stretch of time that holds what follows, newest first.
    pub fn end(&self) -> DateTime<Utc> {
        self.at + TimeDelta::microseconds(1)
    }

    /// Reads the argument `after`.
    ///
    /// # Errors
    /// [`Error::BadInput`] for anything but a cursor of an earlier page.
    pub fn decode(text: &str) -> Result<Self> {
        let cursor = || {
            let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            let plain = String::from_utf8(bytes).ok()?;
            let (micros, id) = plain.split_once('/')?;
            let at = DateTime::from_timestamp_micros(micros.parse().ok()?)?;
            // What no row of ours holds, a database may fail at.
            let known = (0..=9_999).contains(&at.year()) && !id.contains('\0');
            known.then(|| Self { at, id: id.to_owned() })
        };
        cursor().ok_or_else(|| Error::bad_text("after", text, "a cursor of an earlier page"))
    }
}

/// Cuts the row that was read beyond the page, and says where the page stands.
pub fn page_info<T>(
    rows: &mut Vec<T>,
    len: u64,
    after: bool,
    cursor: impl Fn(&T) -> String,
) -> PageInfo {
    let len = usize::try_from(len).unwrap_or(usize::MAX);
    let has_next_page = rows.len() > len;
    rows.truncate(len);
    PageInfo {
        has_next_page,
        has_previous_page: after,
        start_cursor: rows.first().map(&cursor),
        end_cursor: rows.last().map(&cursor),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_went() {
        let at = DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap();
        let cursor = Cursor { at, id: "a/b-1".into() };
        assert_eq!(Cursor::decode(&cursor.encode()).unwrap(), cursor);
    }

    #[test]
    fn a_broken_cursor_names_the_argument() {
        let no_row = ["9223372036854775807/1", "-9223372036854775807/1", "1773115200000000/\0"]
            .map(|plain| URL_SAFE_NO_PAD.encode(plain));
        for text in ["", "x", "!!!", "MTIz"].into_iter().chain(no_row.iter().map(String::as_str)) {
            let error = Cursor::decode(text).unwrap_err().to_string();
            assert!(error.starts_with("`after` is"), "{error}");
        }
    }

    #[test]
    fn a_page_has_between_one_and_five_hundred_rows() {
        for (len, valid) in [(0, false), (1, true), (500, true), (501, false), (-1, false)] {
            assert_eq!(page_len("first", len).is_ok(), valid, "{len}");
        }
    }
}
