//! The playground page, built by Node: only when it is older than what it is made of.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context as _, Result, bail};

use crate::process::{command, root, run, run_quietly};

const MIN_NODE: u32 = 20;
const GET_NODE: &str = "get Node 20 or newer with npm from https://nodejs.org/en/download";

/// What is said when the page cannot be built here; none when it can.
pub(crate) fn missing_node() -> Option<String> {
    let version = stdout_or_empty("node");
    match major(&version) {
        None => Some(format!("Node is missing: {GET_NODE}")),
        Some(found) if found < MIN_NODE => {
            Some(format!("Node {} is too old: {GET_NODE}", version.trim()))
        }
        Some(_) if major(&stdout_or_empty("npm")).is_none() => {
            Some(format!("npm is missing: {GET_NODE}"))
        }
        Some(_) => None,
    }
}

fn stdout_or_empty(program: &str) -> String {
    let output = command(program).arg("--version").output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}

/// 20 for `v20.19.1`.
fn major(version: &str) -> Option<u32> {
    version.trim().trim_start_matches('v').split('.').next()?.parse().ok()
}

/// Builds the page, whether or not it is older than its sources.
pub(crate) fn build() -> Result<()> {
    if let Some(missing) = missing_node() {
        bail!(missing);
    }
    install(run)?;
    run(npm(&["run", "build"]))
}

/// Builds the page where Node is there and the page is out of date, in one line unless it fails.
pub(crate) fn build_if_possible() -> Result<()> {
    if let Some(missing) = missing_node() {
        eprintln!("xtask: /playground will only say how to build its page; {missing}");
        return Ok(());
    }
    build_if_stale().context("`cargo run -- serve` starts the service as it is")
}

pub(crate) fn build_if_stale() -> Result<()> {
    let page = root().join("playground");
    if is_stale(&page, &[&root().join("schema.graphql")]) {
        eprintln!("xtask: building the playground page, once until playground/ changes");
        install(run_quietly)?;
        run_quietly(npm(&["run", "build"]))?;
    }
    Ok(())
}

/// Installs what the page is made of, unless just that is there already.
pub(crate) fn install(run: fn(Command) -> Result<()>) -> Result<()> {
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

/// True when the built page is missing, or older than a source of it.
fn is_stale(page: &Path, more_sources: &[&Path]) -> bool {
    let Some(built) = newest(&page.join("dist"), &[]) else { return true };
    let sources = newest(page, &["dist", "node_modules"]);
    let more = more_sources.iter().filter_map(|source| modified(source)).max();
    sources.max(more) > Some(built)
}

/// The time of the newest file below, leaving out hidden ones and the folders of these names.
fn newest(folder: &Path, without: &[&str]) -> Option<SystemTime> {
    let entries = fs::read_dir(folder).ok()?.filter_map(Result::ok);
    let times = entries.filter_map(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') || without.contains(&name.as_ref()) {
            return None;
        }
        let path = entry.path();
        if path.is_dir() { newest(&path, without) } else { modified(&path) }
    });
    times.max()
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_node_and_npm_print() {
        let cases =
            [("v20.19.1\n", Some(20)), ("10.8.2", Some(10)), ("", None), ("not found", None)];
        for (text, expected) in cases {
            assert_eq!(major(text), expected, "{text}");
        }
    }

    #[test]
    fn a_page_is_stale_when_missing_or_older_than_a_source() {
        let page = std::env::temp_dir().join(format!("xtask-page-{}", std::process::id()));
        let write = |name: &str, age_secs: u64| {
            let path = page.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let file = fs::File::create(path).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_secs(age_secs)).unwrap();
        };
        let schema = page.join("elsewhere/.schema");

        write("src/main.tsx", 100);
        assert!(is_stale(&page, &[]), "never built");
        write("dist/assets/main.js", 90);
        assert!(!is_stale(&page, &[&schema]), "built after its sources");
        write("node_modules/vite/index.js", 80);
        write(".cache/x", 80);
        assert!(!is_stale(&page, &[&schema]), "dependencies and hidden files are no sources");
        write("elsewhere/.schema", 70);
        assert!(is_stale(&page, &[&schema]), "a source outside the page's folder changed");
        write("src/deep/query.graphql", 60);
        assert!(is_stale(&page, &[]), "a source changed");

        fs::remove_dir_all(&page).unwrap();
    }
}
