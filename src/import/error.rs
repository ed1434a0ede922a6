//! What stops an import. A bad row never does: it goes to the rejects file with its line and reason.

use std::{io, time::Duration};

/// Stops the whole import. Running it again continues safely, since ids depend on the file alone.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("cannot read {file}: {source}")]
    Read { file: String, source: io::Error },
    #[error("cannot write {file}: {source}")]
    Write { file: String, source: io::Error },
    #[error("mapping {file}: {problem}")]
    Mapping { file: String, problem: String },
    #[error("{file} has no header line: expected one that names the columns")]
    NoHeader { file: String },
    #[error(
        "{file} has {found} column `{column}`, which `{key}` of the mapping names: expected one of {columns}"
    )]
    Column { file: String, column: String, found: &'static str, key: String, columns: String },
    #[error("rejects file {file} is also to be imported: expected another path")]
    RejectsOverInput { file: String },
    #[error("url `{url}` is not usable: expected http://HOST[:PORT] or https://HOST[:PORT]")]
    Url { url: String },
    #[error("token holds characters that a header cannot carry: expected printable ASCII")]
    Token,
    #[error("cannot reach {url}: {reason}")]
    Unreachable { url: String, reason: String },
    #[error("{url} is busy: it answered {status}")]
    Busy { url: String, status: u16, retry_after: Option<Duration> },
    #[error("{url} takes no request of this size")]
    TooLarge { url: String },
    #[error("{url} answered {status}: {hint}")]
    Refused { url: String, status: u16, hint: &'static str },
    #[error("server refused the import: {message} ({code})")]
    Server { code: String, message: String, retry_after: Option<Duration> },
    #[error("server answered {found}: expected {expected}")]
    Answer { found: String, expected: String },
    #[error("gave up after {tries} tries: {last}")]
    GaveUp { tries: u32, last: Box<ImportError> },
}

impl ImportError {
    /// Whether the same request may succeed later, unchanged.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Busy { .. } => true,
            Self::Server { code, .. } => matches!(code.as_str(), "UNAVAILABLE" | "RATE_LIMITED"),
            _ => false,
        }
    }

    /// The wait that the server asked for. `None` when it named none.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after, .. } | Self::Server { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
