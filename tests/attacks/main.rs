//! Known attacks on a GraphQL endpoint, each against the built binary, while someone asks a normal query.
//!
//! Every test starts a service of its own on the embedded store, attacks it, and holds two bounds:
//! whoever asks `realtime` every 25 ms is answered within 100 ms, and memory stays below a limit.
//! Start reading in [`harness`]; `docs/limits.md` has the figures of a release build.
//!
//! | module | attacks with |
//! |---|---|
//! | [`documents`] | aliases, depth, fragments, fields, directives, introspection, batches |
//! | [`bodies`] | large, slow and packed requests |
//! | [`sockets`] | idle connections, subscriptions, packed frames |
//! | [`identity`] | tokens that are none, cursors that were tampered with |
//! | [`refusals`] | nothing: what a refusal costs |
//! | [`foreign`] | ids of another tenant, in every field that takes one |

mod bodies;
mod documents;
mod foreign;
mod harness;
mod identity;
mod refusals;
mod sockets;
