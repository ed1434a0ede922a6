//! `deskpulse documents`.

use std::{fs, path::PathBuf, process::ExitCode};

use clap::Args;

use super::{CliError, CliResult, Settings};
use crate::{
    documents::{Manifest, check, operations},
    graphql::Checker,
};

/// Makes a manifest for `server.trusted_documents`.
#[derive(Debug, Args)]
pub(super) struct Documents {
    /// GraphQL files. One with several operations becomes a document for each, with the fragments it
    /// needs.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Documents {
    /// Prints the manifest: each document under the SHA-256 of its text.
    pub(super) async fn run(self, settings: &Settings) -> CliResult {
        let (mut manifest, checker) = (Manifest::default(), Checker::new());
        let server = settings.load()?.server;
        for file in &self.files {
            let fault = |reason: String| CliError::from(format!("{}: {reason}", file.display()));
            let text = fs::read_to_string(file).map_err(|cause| fault(cause.to_string()))?;
            let cut = operations(&text).map_err(|cause| {
                let place = cause.positions().next().map(|place| place.line);
                let place = place.map_or_else(String::new, |line| format!(" at line {line}"));
                fault(format!("not a GraphQL document{place}"))
            })?;
            for document in cut {
                check(&checker, &document, &server).await.map_err(&fault)?;
                manifest.add(document);
            }
        }
        println!("{}", manifest.to_json()?);
        Ok(ExitCode::SUCCESS)
    }
}
