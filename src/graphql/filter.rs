//! Text that narrows a question.

use crate::error::{Error, Result};

/// Refuses text that no row can hold: PostgreSQL would fail at a NUL, not find nothing.
///
/// # Errors
/// [`Error::BadInput`] that names `field`.
pub fn check_filter(field: &str, text: Option<&str>) -> Result<()> {
    match text {
        Some(text) if text.contains('\0') => Err(Error::bad_text(field, text, "text without NUL")),
        _ => Ok(()),
    }
}
