//! What all resolvers share: the schema's root, errors, scalars, paging and the request's context.

mod check;
pub mod codes;
pub mod context;
pub mod cost;
pub mod error;
pub mod guard;
pub mod introspection;
pub mod lists;
pub mod paging;
pub mod scalar;
pub mod schema;
pub mod tokens;
pub mod typename;
pub mod types;
pub mod validation;

pub use self::{
    check::Checker,
    context::ContextExt,
    error::{GraphqlError, GraphqlResult},
    scalar::{Date, DateTime, DateTimeInput, Decimal, Json, Long},
    schema::{Schema, build},
};
