//! `deskpulse schema`.

use std::process::ExitCode;

/// Prints the schema as `schema.graphql` holds it.
pub(super) fn run() -> ExitCode {
    print!("{}", crate::graphql::schema::print());
    ExitCode::SUCCESS
}
