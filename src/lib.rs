//! Deskpulse: analytics for customer-service desks where an AI answers first and people take over.
//!
//! A request goes [`http`] → resolver → service → store → database. An event goes resolver →
//! `Tracker` → `EventBuffer` → flusher → store; daily tables are rebuilt from the store.

/// Builds everything once, in order; stops it in reverse.
pub mod app;
/// Who is calling, and what a caller may do.
pub mod auth;
/// The present instant.
pub mod clock;
/// Every setting, its default and its bounds.
pub mod config;
/// The pool of connections to PostgreSQL or SQLite.
pub mod db;
/// What can go wrong, and the code that clients see.
pub mod error;
/// What all resolvers share.
pub mod graphql;
/// HTTP around the schema.
pub mod http;
/// Daily tables: which days changed, and how they are rebuilt.
pub mod rollup;
/// Figures about sessions, messages and ratings.
pub mod stats;
/// Log lines, metrics and traces.
pub mod telemetry;
/// A tenant's settings, and how its days are cut.
pub mod tenant;
