//! What the service is built from: licences, banned crates, sources, and that no crate may be unsafe.
//!
//! `deny.toml` says what is allowed. This reads it over `cargo metadata` in a second, where building
//! cargo-deny takes seven minutes of a core; where cargo-deny is there, it has its say too.

mod members;
mod npm;
mod rules;
mod rust;

use anyhow::{Context as _, Result, bail};
use cargo_metadata::{CargoOpt, MetadataCommand};

use self::rules::Rules;
use crate::process::{command, root, run, succeeds};

/// Checks everything, and tells all that is wrong at once.
pub(crate) fn check() -> Result<()> {
    let rules = Rules::read(&root().join("deny.toml"))?;
    let metadata = MetadataCommand::new()
        .current_dir(root())
        .features(CargoOpt::AllFeatures)
        .other_options(["--locked".to_owned()])
        .exec()
        .context("Cargo.lock has to be up to date: `cargo metadata` makes it so")?;
    let mut faults = rust::faults(&rules, &metadata.packages);
    faults.extend(members::faults(&metadata)?);
    let locks = npm::lock_files(root())?;
    let mut packages = 0;
    for lock in &locks {
        let lock = npm::Lock::read(lock)?;
        packages += lock.len();
        faults.extend(lock.faults(&rules));
    }
    if !faults.is_empty() {
        bail!("{}", faults.join("\n  "));
    }
    eprintln!(
        "{} crates and {packages} packages of npm are as deny.toml wants them",
        metadata.packages.len()
    );
    rust::tell_versions(&metadata.packages);
    cargo_deny()
}

/// Advisories are left out: their database is fetched, and what it says changes by itself.
fn cargo_deny() -> Result<()> {
    if !succeeds("cargo", &["deny", "--version"]) {
        eprintln!("cargo-deny is not installed, so deny.toml was read by this step alone");
        return Ok(());
    }
    let mut deny = command("cargo");
    deny.args(["deny", "--offline", "--log-level", "error", "check"]);
    deny.args(["licenses", "bans", "sources"]);
    run(deny)
}

#[cfg(test)]
mod tests {
    #[test]
    fn all_that_is_built_in_is_allowed() {
        super::check().unwrap();
    }
}
