//! `deskpulse import`: events from NDJSON or CSV files, through the same door as everyone's.
//!
//! A file is read twice, first for the digest that ids come from, so that running an import again stores
//! nothing twice. Rows go in batches through GraphQL to a [`Target`]; a row that is refused lands in the
//! rejects file and stops nothing. The manual is `docs/import.md`; start reading at [`run()`].

mod batch;
mod deliver;
mod error;
mod http;
mod ids;
mod lines;
mod mapping;
mod ndjson;
mod options;
mod progress;
mod read;
mod records;
mod rejects;
mod request;
mod retry;
mod row;
mod run;
mod source;
mod summary;
mod target;
#[cfg(test)]
mod tests;

pub use self::{
    error::ImportError, http::HttpTarget, options::ImportOptions, request::DOCUMENTS, run::run,
    summary::Summary, target::Target,
};
