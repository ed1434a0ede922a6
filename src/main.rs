//! The command line.

use std::process::ExitCode;

use clap::Parser as _;
use deskpulse::cli::Cli;
use mimalloc::MiMalloc;

/// A batch of events is many small texts that are made on one thread and dropped on another.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    // One provider for everything that speaks TLS; a second call would be the only way to fail.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match Cli::parse().run().await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("deskpulse: {error}");
            ExitCode::FAILURE
        }
    }
}
