//! The GraphQL clients that others use, against the service: those of Node, and Python's gql. Both are
//! installed beside the binaries or the tests from lock files, and again only when these change.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::process::{command, root, run, run_quietly, stdout_of, without_settings};
use crate::service::Service;
use crate::{page, python};

/// Installs the clients, and lets them ask a service that wants a key.
pub(crate) fn check(binary: &Path) -> Result<()> {
    page::install_in(&folder(), run_quietly)?;
    let environment = binary.with_file_name("xtask-python-clients");
    python::install_requirements(&environment, &folder())?;
    let scratch = binary.with_file_name(format!("xtask-clients-{}", std::process::id()));
    fs::create_dir_all(&scratch)?;
    let outcome = ask(binary, &scratch, &python::python_in(&environment));
    fs::remove_dir_all(&scratch)?;
    outcome
}

fn ask(binary: &Path, scratch: &Path, python: &Path) -> Result<()> {
    let (key, lines) = new_key(binary)?;
    let config = scratch.join("clients.toml");
    fs::write(&config, lines)?;
    let service = Service::start(binary, &scratch.join("data"), &config)?;
    let url = service.url.clone();
    let with_service = |mut tests: Command| {
        tests.env("DESKPULSE_URL", &url).env("DESKPULSE_KEY", &key);
        run(tests)
    };
    let asked = with_service(npm()).and_then(|()| with_service(gql(python)));
    let log = service.stop()?;
    if asked.is_err() {
        eprintln!("\ndeskpulse serve said:\n{log}");
    }
    asked
}

/// A key of an operator, and the configuration that lets it in.
fn new_key(binary: &Path) -> Result<(String, String)> {
    let mut make = without_settings(command(&binary.to_string_lossy()));
    make.args(["key", "--tenant", "default", "--role", "operator", "--name", "clients"]);
    let printed = stdout_of(make)?;
    let (key, lines) = printed.split_once('\n').context("`deskpulse key` printed no key")?;
    Ok((key.to_owned(), lines.to_owned()))
}

fn npm() -> Command {
    let mut npm = without_settings(command("npm"));
    npm.args(["run", "--silent", "test"]).current_dir(folder());
    npm
}

fn gql(python: &Path) -> Command {
    let mut tests = without_settings(command(&python.to_string_lossy()));
    tests.args(["-m", "unittest", "--quiet"]).current_dir(folder());
    tests
}

fn folder() -> PathBuf {
    root().join("tests/clients")
}
