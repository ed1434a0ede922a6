//! Where an import goes: anything that answers GraphQL.

use async_trait::async_trait;
use serde_json::Value as Json;

use crate::import::error::ImportError;

/// Executes GraphQL requests, one try each; retries are the caller's.
#[async_trait]
pub trait Target: Send + Sync {
    /// Executes `query` and returns the response as GraphQL defines it: `data`, `errors` or both.
    ///
    /// # Errors
    /// Only when there is no such response: nobody answers, or not in GraphQL.
    async fn execute(&self, query: &str, variables: Json) -> Result<Json, ImportError>;
}
