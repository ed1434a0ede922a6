//! The pages, built by Node.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::node;
use crate::process::{command, root, run};
use crate::stale::{self, modified};

/// Builds the pages, whether or not they are older than their sources; a build of the service does it
/// when they are.
pub(crate) fn build() -> Result<()> {
    if let Some(missing) = node::missing() {
        bail!(missing);
    }
    install(run)?;
    run(npm(&["run", "build"]))
}

/// Checks the pages, and builds them unless the service's build has.
pub(crate) fn check() -> Result<()> {
    install(run)?;
    run(npm(&["run", "check"]))?;
    let folder = root().join("playground");
    if stale::is_stale(&folder, &[&root().join("schema.graphql")]) {
        run(npm(&["run", "build"]))?;
    }
    Ok(())
}

/// Installs what the page is made of, unless just that is there already.
fn install(run: fn(Command) -> Result<()>) -> Result<()> {
    install_in(&root().join("playground"), run)
}

/// The same of another folder.
pub(crate) fn install_in(folder: &Path, run: fn(Command) -> Result<()>) -> Result<()> {
    let installed = modified(&folder.join("node_modules/.package-lock.json"));
    let wanted =
        modified(&folder.join("package-lock.json")).max(modified(&folder.join("package.json")));
    if installed.is_some() && installed >= wanted {
        return Ok(());
    }
    let mut install = npm(&["ci", "--no-audit", "--no-fund"]);
    install.current_dir(folder);
    run(install)
}

pub(crate) fn npm(args: &[&str]) -> Command {
    let mut command = command("npm");
    command.args(args).current_dir(root().join("playground"));
    command
}
