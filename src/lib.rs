//! Deskpulse: analytics for customer-service desks where an AI answers first and people take over.
//!
//! A request goes [`http`] → resolver → service → store → database. An event goes resolver →
//! `Tracker` → `EventBuffer` → flusher → store; daily tables are rebuilt from the store.

/// Builds everything once, in order; stops it in reverse.
pub mod app;
/// Who is calling, and what a caller may do.
pub mod auth;
/// Token usage, quota and return on investment.
pub mod billing;
/// The commands.
pub mod cli;
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
/// Events from files, through the same door as any product's.
pub mod import;
/// When work runs by itself.
pub mod jobs;
/// What is so now, for many watchers.
pub mod live;
/// Audits of conversations.
pub mod quality;
/// Whether this replica can do its work.
pub mod readiness;
/// Daily tables: which days changed, and how they are rebuilt.
pub mod rollup;
/// Figures about sessions, messages and ratings.
pub mod stats;
/// Log lines, metrics and traces.
pub mod telemetry;
/// A tenant's settings, and how its days are cut.
pub mod tenant;
/// Ingestion of events.
pub mod tracker;
