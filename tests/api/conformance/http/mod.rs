//! GraphQL over HTTP: the working draft behind the edition of September 2026, and where that
//! recommends other statuses than the drafts before it, both.

mod accept;
mod get;
mod media_types;
mod parameters;
mod post;
mod statuses;
mod url;
