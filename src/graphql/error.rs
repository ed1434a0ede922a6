//! The way of an [`Error`] into an answer: a code and a message, never the cause.

use std::sync::Arc;

use async_graphql::ErrorExtensionValues;

use crate::error::{Code, Error};

/// What resolvers return. Not `Display`, on purpose: async-graphql turns any `Display` error into a
/// bare message, so a stray `?` on a database error would send its text out. So it does not compile.
///
/// Shared, because the engine asks for results that can be cloned and a database error cannot.
#[derive(Clone, Debug)]
pub struct GraphqlError(Arc<Error>);

pub type GraphqlResult<T> = std::result::Result<T, GraphqlError>;

impl<E: Into<Error>> From<E> for GraphqlError {
    fn from(error: E) -> Self {
        Self(Arc::new(error.into()))
    }
}

impl From<GraphqlError> for async_graphql::Error {
    fn from(GraphqlError(error): GraphqlError) -> Self {
        let code = error.code();
        log(&error, code);
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", code.as_str());
        match &*error {
            Error::BadInput { field, .. } => extensions.set("field", field.as_str()),
            Error::RateLimited { retry_after_ms, .. }
            | Error::Unavailable { retry_after_ms, .. } => {
                extensions.set("retryAfterMs", *retry_after_ms);
            }
            _ if code == Code::Unavailable => {
                extensions.set("retryAfterMs", crate::error::STORE_RETRY_MS);
            }
            _ => {}
        }
        let message = match code {
            Code::InternalServerError => "internal error".to_owned(),
            Code::Unavailable => "a store does not answer".to_owned(),
            _ => error.to_string(),
        };
        Self { message, source: None, extensions: Some(extensions) }
    }
}

/// Logs a failure here, where it stops travelling; a caller's mistake is the caller's news.
fn log(error: &Error, code: Code) {
    match code {
        Code::InternalServerError => tracing::error!(?error, "a request failed"),
        Code::Unavailable => tracing::warn!(?error, "a store does not answer"),
        _ => tracing::debug!(%error, "a request was refused"),
    }
}
