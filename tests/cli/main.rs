//! The commands as whoever types them sees them: the built binary, run as a process.

mod bench;
mod config;
mod database;
mod demo;
mod documents;
mod files;
mod postgres;
mod process;
mod quarantine;
mod rebuild;
mod redis;
mod rollup;
mod secrets;
mod serve;
mod tls;
mod verify;
