//! The commands as whoever types them sees them: the built binary, run as a process.

mod bench;
mod config;
mod database;
mod files;
mod postgres;
mod process;
mod quarantine;
mod rebuild;
mod redis;
mod rollup;
mod serve;
mod verify;
