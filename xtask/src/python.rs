//! The Python client's checks, in a virtual environment of their own beside the binaries: made from
//! the client's lock file, and made again only when what it was made from has changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::process::{
    command, find_program, root, run, run_quietly, stdout_of, succeeds, without_settings,
};

/// Debian has `venv` without what it needs to put pip into an environment: that is `ensurepip`.
const IS_ENOUGH: &str =
    "import sys, venv, ensurepip; ensurepip.version(); sys.exit(sys.version_info < (3, 11))";
const LOCK: &str = "requirements-dev.txt";
/// Lies in the environment once it is complete, and says what it was made from.
const STAMP: &str = "xtask-stamp";

/// A Python that can make virtual environments; none where it is missing or older than 3.11.
pub(crate) fn find() -> Option<PathBuf> {
    let debian = PathBuf::from("/usr/bin/python3");
    let mut candidates = find_program(&["python3"]).into_iter().chain([debian]);
    candidates.find(|python| succeeds(&python.to_string_lossy(), &["-c", IS_ENOUGH]))
}

/// Checks format, lints and types, and runs the tests against the service.
pub(crate) fn check(service: &Path) -> Result<()> {
    let environment = service.with_file_name("xtask-python");
    install(&environment)?;
    let python = python_in(&environment);
    run(tool(&python, &["ruff", "format", "--check"])).context("`ruff format` formats it")?;
    run(tool(&python, &["ruff", "check"]))?;
    run(tool(&python, &["mypy"]))?;
    let mut tests = tool(&python, &["pytest"]);
    tests.env("DESKPULSE_BIN", service);
    run(tests)
}

fn install(environment: &Path) -> Result<()> {
    let python = find_or_say()?;
    let stamp = stamp(&python)?;
    if is_current(environment, &stamp) {
        return Ok(());
    }
    eprintln!("xtask: installing the Python client's tools, once until {LOCK} changes");
    let python = create(&python, environment)?;
    run_quietly(pip_install(&python, &["--require-hashes", "--requirement", LOCK]))?;
    run_quietly(pip_install(&python, &["--no-deps", "--no-build-isolation", "--editable", "."]))?;
    Ok(fs::write(environment.join(STAMP), stamp)?)
}

/// Makes an environment of what `requirements.txt` in a folder lists.
pub(crate) fn install_requirements(environment: &Path, folder: &Path) -> Result<()> {
    let python = find_or_say()?;
    let lock = folder.join("requirements.txt");
    let stamp = format!("{}{}", version(&python)?, fs::read_to_string(&lock)?);
    if is_current(environment, &stamp) {
        return Ok(());
    }
    eprintln!("xtask: installing {}, once until it changes", lock.display());
    let python = create(&python, environment)?;
    let mut install = pip_install(&python, &["--require-hashes", "--requirement"]);
    install.arg(&lock);
    run_quietly(install)?;
    Ok(fs::write(environment.join(STAMP), stamp)?)
}

fn find_or_say() -> Result<PathBuf> {
    find().context("no Python 3.11 or newer that can make virtual environments")
}

/// Makes an empty environment and returns its Python.
fn create(python: &Path, environment: &Path) -> Result<PathBuf> {
    if environment.exists() {
        fs::remove_dir_all(environment)?;
    }
    let mut create = isolated(python);
    create.args(["-m", "venv"]).arg(environment);
    run_quietly(create)?;
    Ok(python_in(environment))
}

fn version(python: &Path) -> Result<String> {
    let mut version = isolated(python);
    version.args(["-c", "import sys; print(sys.executable, sys.version)"]);
    stdout_of(version)
}

/// What an environment depends on: the interpreter, the lock, the package and where it lies.
fn stamp(python: &Path) -> Result<String> {
    let version = version(python)?;
    let read = |name| fs::read_to_string(client().join(name)).context(name);
    let (project, lock) = (read("pyproject.toml")?, read(LOCK)?);
    Ok(format!("{version}{}\n{project}{lock}", client().display()))
}

fn is_current(environment: &Path, stamp: &str) -> bool {
    // A folder that was copied or outlived its interpreter may have the stamp alone.
    let has_python = python_in(environment).exists();
    has_python && fs::read_to_string(environment.join(STAMP)).is_ok_and(|made| made == stamp)
}

fn client() -> PathBuf {
    root().join("clients/python")
}

pub(crate) fn python_in(environment: &Path) -> PathBuf {
    environment.join("bin/python")
}

fn pip_install(python: &Path, args: &[&str]) -> Command {
    let mut pip = tool(python, &["pip", "install", "--quiet", "--disable-pip-version-check"]);
    pip.args(args);
    pip
}

fn tool(python: &Path, args: &[&str]) -> Command {
    let mut tool = isolated(python);
    tool.arg("-m").args(args);
    tool
}

/// A Python in the client's folder that sees no packages of the caller's.
fn isolated(python: &Path) -> Command {
    let mut isolated = without_settings(command(&python.to_string_lossy()));
    isolated.current_dir(client()).env("PYTHONNOUSERSITE", "1");
    for name in ["PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"] {
        isolated.env_remove(name);
    }
    isolated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_is_current_only_with_its_python_and_its_stamp() {
        let environment = std::env::temp_dir().join(format!("xtask-venv-{}", std::process::id()));
        fs::create_dir_all(environment.join("bin")).unwrap();

        assert!(!is_current(&environment, "a"), "never completed");
        fs::write(environment.join(STAMP), "a").unwrap();
        assert!(!is_current(&environment, "a"), "its interpreter is gone");
        fs::write(python_in(&environment), "").unwrap();
        assert!(is_current(&environment, "a"));
        assert!(!is_current(&environment, "b"), "made from something else");

        fs::remove_dir_all(&environment).unwrap();
    }

    #[test]
    fn a_tool_runs_in_the_clients_folder_without_packages_of_the_caller() {
        let tool = tool(Path::new("python3"), &["mypy"]);
        let removed = tool.get_envs().filter(|(_, value)| value.is_none());
        assert!(removed.map(|(name, _)| name).any(|name| name == "PYTHONPATH"));
        assert_eq!(tool.get_current_dir(), Some(client().as_path()));
    }
}
