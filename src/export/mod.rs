//! Whole lists as CSV or NDJSON: the rows that the GraphQL lists show, page after page.
//!
//! Invariant: no more than one page is in memory, of figures the one answer that has bounds of its own,
//! and no connection to the database is held between two. Start at [`Pages`]; how they reach a client is
//! in `http::export`.

mod cell;
mod columns;
mod figures;
mod format;
mod list;
mod pages;
mod params;

pub use self::{
    format::Format,
    list::{List, ListKind},
    pages::Pages,
    params::Params,
};
