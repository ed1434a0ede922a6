//! Deskpulse: analytics for customer-service desks where an AI answers first and people take over.
//!
//! A request goes [`http`] → resolver → service → store → database. An event goes resolver →
//! [`tracker::Tracker`] → [`tracker::buffer::EventBuffer`] → [`tracker::Flusher`] → store; daily
//! tables are rebuilt from the store, never from the buffer.
//!
//! | module | what it is for |
//! |---|---|
//! | [`answers`] | Answers that many ask for are made once. |
//! | [`app`] | Builds everything once, in order; stops it in reverse. |
//! | [`auth`] | Who is calling, and what a caller may do. |
//! | [`mod@bench`] | What a running service takes and answers, measured from outside. |
//! | [`billing`] | Token usage, quota and return on investment. |
//! | [`cli`] | The commands. |
//! | [`clock`] | The present instant. |
//! | [`config`] | Every setting, its default and its bounds. |
//! | [`db`] | The pool of connections to PostgreSQL or SQLite. |
//! | [`demo`] | A desk that is made up, to show the pages with. |
//! | [`documents`] | The documents that a closed service executes. |
//! | [`error`] | What can go wrong, and the code that clients see. |
//! | [`export`] | Whole lists as CSV or NDJSON. |
//! | [`graphql`] | What all resolvers share. |
//! | [`http`] | HTTP around the schema. |
//! | [`import`] | Events from files, through the same door as any product's. |
//! | [`input`] | The checks that inputs of all domains share. |
//! | [`jobs`] | When work runs by itself. |
//! | [`live`] | What is so now, for many watchers. |
//! | `outgoing` | HTTP to others. |
//! | [`quality`] | Audits of conversations. |
//! | [`readiness`] | Whether this replica can do its work. |
//! | [`retention`] | How long raw events and their ids are kept. |
//! | [`rollup`] | Daily tables: which days changed, and how they are rebuilt. |
//! | [`session`] | Single conversations, what became of them, and their events. |
//! | [`stats`] | Figures about sessions, messages and ratings. |
//! | [`telemetry`] | Log lines, metrics and traces. |
//! | [`tenant`] | A tenant's settings, and how its days are cut. |
//! | [`tracker`] | Ingestion of events. |

pub mod answers;
pub mod app;
pub mod auth;
pub mod bench;
pub mod billing;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod demo;
pub mod documents;
pub mod error;
pub mod export;
pub mod graphql;
pub mod http;
pub mod import;
pub mod input;
pub mod jobs;
pub mod live;
mod outgoing;
pub mod quality;
pub mod readiness;
pub mod retention;
pub mod rollup;
pub mod session;
pub mod stats;
pub mod telemetry;
pub mod tenant;
pub mod tracker;
