//! Completes the errors of an answer: every one has a code, none shows what is ours to know.
//!
//! Resolvers' errors carry a code already (see [`super::GraphqlError`]). The engine's own, of
//! parsing, validation and coercion, do not: those are the caller's to mend. [`MarkPhase`] tells
//! whether an operation came as far as being executed, which decides the shape of the answer.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use async_graphql::{
    Response, ServerError, ServerResult, Variables,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute, NextParseQuery},
    parser::types::ExecutableDocument,
};

use super::GraphqlError;
use crate::error::{Code, Error};

/// Most errors of validation in one answer; each may repeat a part of the document.
const MAX_REQUEST_ERRORS: usize = 20;

/// Longest message that is passed on.
const MAX_MESSAGE_CHARS: usize = 600;

/// Puts an error of ours in the form of an answer.
pub fn server_error(error: Error) -> ServerError {
    let error: async_graphql::Error = GraphqlError::from(error).into();
    let mut shown = ServerError::new(error.message, None);
    shown.extensions = error.extensions;
    shown
}

/// The answer to a panic: its text stays in the log.
pub fn internal_error() -> ServerError {
    server_error(Error::Internal("a resolver panicked".to_owned()))
}

/// Gives every error of an answer a code, and hides those that came from a library's `Display`.
pub fn complete(response: &mut Response, executed: bool) {
    if !executed {
        // The engine finds some of them by hash.
        let place = |error: &ServerError| (error.locations.clone(), error.message.clone());
        response.errors.sort_by_cached_key(place);
        response.errors.truncate(MAX_REQUEST_ERRORS);
    }
    response.errors.iter_mut().for_each(complete_one);
}

fn complete_one(error: &mut ServerError) {
    if has_code(error) {
        return;
    }
    if is_ours(error) {
        tracing::error!(message = error.message, path = ?error.path, "a request failed");
        "internal error".clone_into(&mut error.message);
        set_code(error, Code::InternalServerError);
        return;
    }
    if let Some((end, _)) = error.message.char_indices().nth(MAX_MESSAGE_CHARS) {
        error.message.truncate(end);
        error.message.push('…');
    }
    set_code(error, Code::BadUserInput);
}

/// Whether an error has its code already.
pub fn has_code(error: &ServerError) -> bool {
    error.extensions.as_ref().is_some_and(|values| values.get("code").is_some())
}

/// Whether an error without a code is our fault: it came through `?` from anything `Display`, or
/// the context lacks what a resolver expects in it.
fn is_ours(error: &ServerError) -> bool {
    error.source.is_some() || error.message.starts_with("Data `")
}

fn set_code(error: &mut ServerError, code: Code) {
    error.extensions.get_or_insert_default().set("code", code.as_str());
}

/// How far an operation has come. Put one in the request's data, with [`MarkPhase`] in the schema.
#[derive(Clone, Debug, Default)]
pub struct Phase(Arc<AtomicU8>);

const PREPARED: u8 = 1;
const EXECUTED: u8 = 2;

impl Phase {
    /// Whether the operation was executed, as opposed to refused before. A schema without
    /// [`MarkPhase`] is judged by its answer.
    pub fn was_executed(&self, response: &Response) -> bool {
        match self.0.load(Ordering::Acquire) {
            EXECUTED => true,
            PREPARED => false,
            _ => {
                response.data != async_graphql::Value::Null
                    || response.errors.iter().any(|error| !error.path.is_empty())
            }
        }
    }
}

/// Marks in a request's [`Phase`] that it was prepared, and that it was executed.
#[derive(Clone, Copy, Debug)]
pub struct MarkPhase;

impl ExtensionFactory for MarkPhase {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(*self)
    }
}

impl MarkPhase {
    fn mark(ctx: &ExtensionContext<'_>, reached: u8) {
        if let Some(Phase(phase)) = ctx.data_opt::<Phase>() {
            phase.fetch_max(reached, Ordering::AcqRel);
        }
    }
}

#[async_trait::async_trait]
impl Extension for MarkPhase {
    async fn parse_query(
        &self,
        ctx: &ExtensionContext<'_>,
        query: &str,
        variables: &Variables,
        next: NextParseQuery<'_>,
    ) -> ServerResult<ExecutableDocument> {
        Self::mark(ctx, PREPARED);
        next.run(ctx, query, variables).await
    }

    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        Self::mark(ctx, EXECUTED);
        next.run(ctx, operation_name).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_a_request_come_in_the_order_of_the_document() {
        let at = |message: &str, line, column| {
            ServerError::new(message, Some(async_graphql::Pos { line, column }))
        };
        let found = vec![at("d", 2, 1), at("c", 1, 9), at("b", 1, 2), at("a", 1, 9)];
        let mut response = Response::from_errors(found);
        complete(&mut response, false);
        let told = response.errors.iter().map(|error| error.message.as_str());
        assert_eq!(told.collect::<Vec<_>>(), ["b", "a", "c", "d"]);
    }

    fn completed(error: ServerError) -> (String, String) {
        let mut response = Response::from_errors(vec![error]);
        complete(&mut response, true);
        let error = response.errors.remove(0);
        let code = error.extensions.unwrap().get("code").unwrap().to_string();
        (error.message, code)
    }

    #[test]
    fn an_engine_error_becomes_bad_user_input() {
        let (message, code) = completed(ServerError::new("Unknown field \"x\"", None));
        assert_eq!(
            (message.as_str(), code.as_str()),
            ("Unknown field \"x\"", "\"BAD_USER_INPUT\"")
        );
    }

    #[test]
    fn an_error_with_a_code_stays_as_it_is() {
        let error = server_error(Error::Forbidden("read this".to_owned()));
        assert_eq!(completed(error).1, "\"FORBIDDEN\"");
    }

    #[test]
    fn a_librarys_text_is_hidden() {
        let mut error = ServerError::new("SELECT secret FROM t", None);
        error.source = Some(Arc::new("anything"));
        let (message, code) = completed(error);
        assert_eq!(
            (message.as_str(), code.as_str()),
            ("internal error", "\"INTERNAL_SERVER_ERROR\"")
        );
    }

    #[test]
    fn a_flood_of_errors_is_cut() {
        let errors = (0..500).map(|_| ServerError::new("x".repeat(5_000), None)).collect();
        let mut response = Response::from_errors(errors);
        complete(&mut response, false);
        assert_eq!(response.errors.len(), MAX_REQUEST_ERRORS);
        assert!(response.errors.iter().all(|error| error.message.len() < 700));
    }
}
