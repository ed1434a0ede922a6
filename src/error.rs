//! The one error type of the crate, and the closed set of codes that clients see.
//!
//! A message names the field, the value and what is expected; causes such as SQL text stay in the
//! log. [`crate::graphql::GraphqlError`] is the only way from here into an answer.

use std::fmt::Display;

use sea_orm::DbErr;

/// What every service and store returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong, by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller sent something wrong and can mend it.
    #[error("`{field}` is {value}, expected {expected}")]
    BadInput { field: String, value: String, expected: String },
    /// The same, in words that were put together elsewhere.
    #[error("{0}")]
    Refused(String),
    /// No valid credentials came with the request.
    #[error("{0}")]
    Unauthenticated(String),
    /// The caller is known but may not do this.
    #[error("not allowed to {0}")]
    Forbidden(String),
    #[error("{entity} `{id}` not found")]
    NotFound { entity: &'static str, id: String },
    /// The state has moved on since the caller last saw it.
    #[error("{0}")]
    Conflict(String),
    #[error("{what}, retry in {retry_after_ms} ms")]
    RateLimited { what: String, retry_after_ms: u64 },
    /// A document that was asked for by its digest and not given yet. The text is the protocol's, and so
    /// is that of the next: clients compare it.
    #[error("PersistedQueryNotFound")]
    PersistedQueryNotFound,
    /// No documents are kept for their digest.
    #[error("PersistedQueryNotSupported")]
    PersistedQueryNotSupported,
    /// A store does not answer; the same request may succeed later.
    #[error("{what}, retry in {retry_after_ms} ms")]
    Unavailable { what: String, retry_after_ms: u64 },
    #[error("database error")]
    Database(#[from] DbErr),
    #[error("redis error")]
    Redis(#[from] redis::RedisError),
    /// A broken promise of our own code; the text is for the log.
    #[error("internal error")]
    Internal(String),
}

/// `extensions.code` of an error: clients branch on it. Codes are added, never renamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    BadUserInput,
    Unauthenticated,
    Forbidden,
    NotFound,
    Conflict,
    RateLimited,
    /// Of automatic persisted queries: the client sends the document with its digest.
    PersistedQueryNotFound,
    /// The client sends documents without a digest.
    PersistedQueryNotSupported,
    Unavailable,
    InternalServerError,
}

impl Code {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::Conflict => "CONFLICT",
            Self::RateLimited => "RATE_LIMITED",
            Self::PersistedQueryNotFound => "PERSISTED_QUERY_NOT_FOUND",
            Self::PersistedQueryNotSupported => "PERSISTED_QUERY_NOT_SUPPORTED",
            Self::Unavailable => "UNAVAILABLE",
            Self::InternalServerError => "INTERNAL_SERVER_ERROR",
        }
    }
}

/// How long a client waits before it tries a store again that did not answer.
pub const STORE_RETRY_MS: u64 = 1_000;

/// Longest value repeated in a message; the rest is cut, so that an answer stays small.
const MAX_VALUE_CHARS: usize = 80;

fn cut(mut value: String) -> String {
    if let Some((end, _)) = value.char_indices().nth(MAX_VALUE_CHARS) {
        value.truncate(end);
        value.push('…');
    }
    value
}

impl Error {
    /// A wrong input: `value` as the caller sent it, `expected` completing "expected …".
    pub fn bad_input(field: impl Into<String>, value: impl Display, expected: &str) -> Self {
        let value = cut(value.to_string());
        Self::BadInput { field: field.into(), value, expected: expected.to_owned() }
    }

    /// The same for text, which is shown in quotes.
    pub fn bad_text(field: impl Into<String>, value: &str, expected: &str) -> Self {
        Self::bad_input(field, format_args!("{value:?}"), expected)
    }

    pub fn not_found(entity: &'static str, id: impl Into<String>) -> Self {
        Self::NotFound { entity, id: cut(id.into()) }
    }

    /// Another tenant, whether it exists or not.
    pub fn foreign_tenant(id: &str) -> Self {
        Self::Forbidden(format!("use tenant `{}`", cut(id.to_owned())))
    }

    pub fn unavailable(what: impl Into<String>) -> Self {
        Self::Unavailable { what: what.into(), retry_after_ms: STORE_RETRY_MS }
    }

    /// Whether the database refused the data itself, so that trying again is of no use. A deadlock,
    /// a full disk or a time-out is none of that.
    pub fn is_refusal_of_data(&self) -> bool {
        let Self::Database(error) = self else { return false };
        let Some(sea_orm::sqlx::Error::Database(cause)) = driver_error(error) else { return false };
        let code = cause.code().unwrap_or_default();
        // PostgreSQL: data exception, integrity constraint violation, program limit exceeded.
        // SQLite: TOOBIG, CONSTRAINT, MISMATCH; extended codes keep the kind in the low byte.
        let sqlite = code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 18..=20));
        match code.len() {
            5 => ["22", "23", "54"].iter().any(|class| code.starts_with(class)),
            _ => sqlite,
        }
    }

    /// Whether a row was refused because its key is taken, under the constraint of this name.
    pub fn is_taken_key(&self, constraint: &str) -> bool {
        let Self::Database(error) = self else { return false };
        let Some(sea_orm::sqlx::Error::Database(cause)) = driver_error(error) else { return false };
        cause.is_unique_violation() && cause.constraint() == Some(constraint)
    }

    pub fn code(&self) -> Code {
        match self {
            Self::BadInput { .. } | Self::Refused(_) => Code::BadUserInput,
            Self::Unauthenticated(_) => Code::Unauthenticated,
            Self::Forbidden(_) => Code::Forbidden,
            Self::NotFound { .. } => Code::NotFound,
            Self::Conflict(_) => Code::Conflict,
            Self::RateLimited { .. } => Code::RateLimited,
            Self::PersistedQueryNotFound => Code::PersistedQueryNotFound,
            Self::PersistedQueryNotSupported => Code::PersistedQueryNotSupported,
            Self::Unavailable { .. } => Code::Unavailable,
            Self::Database(cause) if is_connection_loss(cause) || ran_out_of_time(cause) => {
                Code::Unavailable
            }
            Self::Redis(cause) if crate::live::is_away(cause) => Code::Unavailable,
            Self::Database(_) | Self::Redis(_) | Self::Internal(_) => Code::InternalServerError,
        }
    }
}

/// The error of the driver behind an error of the ORM.
fn driver_error(error: &DbErr) -> Option<&sea_orm::sqlx::Error> {
    use sea_orm::RuntimeErr;
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)) => {
            Some(cause)
        }
        _ => None,
    }
}

/// The condition that a database names, of five characters on PostgreSQL.
fn condition(error: &DbErr) -> Option<std::borrow::Cow<'_, str>> {
    match driver_error(error) {
        Some(sea_orm::sqlx::Error::Database(cause)) => cause.code(),
        _ => None,
    }
}

/// Whether the database was out of reach, as opposed to refusing the statement.
pub fn is_connection_loss(error: &DbErr) -> bool {
    use sea_orm::sqlx::Error::{Io, PoolClosed, PoolTimedOut};
    // The server ended the connection: shut down, crashed, starting, or we paused for too long.
    const ENDED: [&str; 5] = ["57P01", "57P02", "57P03", "25P03", "08006"];
    matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_))
        || matches!(driver_error(error), Some(Io(_) | PoolTimedOut | PoolClosed))
        || condition(error).is_some_and(|code| ENDED.contains(&&*code))
}

/// Whether PostgreSQL gave a statement up at our limits of time.
fn ran_out_of_time(error: &DbErr) -> bool {
    // Query cancelled, lock not available.
    condition(error).is_some_and(|code| ["57014", "55P03"].contains(&&*code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_field_value_and_expectation() {
        let error = Error::bad_input("score", 101, "0 to 100");
        assert_eq!(error.to_string(), "`score` is 101, expected 0 to 100");
    }

    #[test]
    fn a_long_value_is_cut() {
        let error = Error::bad_text("name", &"x".repeat(5_000), "at most 50 characters");
        assert!(error.to_string().len() < 150);
        let error = Error::not_found("tenant", "界".repeat(5_000));
        assert!(error.to_string().len() < 300);
    }

    #[test]
    fn a_database_cause_is_not_shown() {
        let error = Error::from(DbErr::Custom("SELECT secret".into()));
        assert_eq!(error.to_string(), "database error");
    }
}
