//! The command line.

use std::process::ExitCode;

use clap::Parser as _;
use deskpulse::cli::Cli;

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
