//! The protocols, clause by clause: GraphQL over HTTP, graphql-transport-ws and graphql-sse.
//!
//! [`clauses`] lists what they demand, each clause with the test that holds the service to it, and
//! renders `docs/protocols.md`. Most tests are here, on the whole service; those that need a schema
//! with faults or shorter times are in `src/http/tests`.

mod clauses;
mod documents;
mod http;
mod request;
mod sse;
mod table;
mod ws;
mod ws_close;
