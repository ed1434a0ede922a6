//! What all resolvers share: the schema's root, errors, scalars, paging and the request's context.

pub mod codes;
pub mod context;
pub mod error;
pub mod guard;
pub mod paging;
pub mod scalar;
pub mod schema;
pub mod validation;

pub use self::{
    context::ContextExt,
    error::{GraphqlError, GraphqlResult},
    scalar::{Date, DateTime, DateTimeInput, Decimal, Json, Long},
    schema::{Schema, build},
};
