//! What steps need beside Rust: looked for before the first of them runs, and installed where that
//! is possible, so that nothing is found missing after minutes, or left out.

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};

use crate::process::{command, find_program, run, stdout_of, succeeds};
use crate::{install, node, python};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Node,
    Nextest,
    /// PostgreSQL and Redis.
    Servers,
    /// Python 3.11 or newer that can make virtual environments.
    Python,
    /// A library that shows a process another time.
    Clock,
    /// Chromium, and a font that has Chinese characters.
    Browser,
}

/// Sees to it that all of them are there.
pub(crate) fn provide(needs: &[Need]) -> Result<()> {
    if needs.contains(&Need::Node)
        && let Some(missing) = node::missing()
    {
        bail!(missing);
    }
    let packages = missing_packages(needs)?;
    if !packages.is_empty() {
        install::debian_packages(&packages)?;
        let still = missing_packages(needs)?;
        ensure!(
            still.is_empty(),
            "still missing after apt-get install: {}; PostgreSQL 15, Redis 7 and Python 3.11 are the oldest that will do",
            still.join(" ")
        );
    }
    if needs.contains(&Need::Nextest) && !succeeds("cargo", &["nextest", "--version"]) {
        eprintln!("xtask: cargo-nextest is missing: `cargo install --locked cargo-nextest`, once");
        let mut command = command("cargo");
        command.args(["install", "--locked", "cargo-nextest"]);
        run(command)?;
    }
    Ok(())
}

/// Debian packages, sorted as they are needed.
fn missing_packages(needs: &[Need]) -> Result<Vec<String>> {
    let mut packages = Vec::new();
    if needs.contains(&Need::Servers) {
        let mut check = command("sh");
        // The script knows which versions will do; it fails only when it prints a package.
        check.args(["-c", "tests/with-servers.sh --check || test $? -eq 1"]);
        packages.extend(stdout_of(check)?.lines().map(str::to_owned));
    }
    if needs.contains(&Need::Python) && python::find().is_none() {
        packages.extend(["python3".to_owned(), "python3-venv".to_owned()]);
    }
    if needs.contains(&Need::Clock) && !has_fake_clock() {
        packages.push("libfaketime".to_owned());
    }
    if needs.contains(&Need::Browser) {
        if chromium().is_none() {
            packages.push("chromium".to_owned());
        }
        if !has_chinese_font() {
            packages.push("fonts-noto-cjk".to_owned());
        }
    }
    Ok(packages)
}

/// The browser that `CHROMIUM` names, or the first that PATH has.
pub(crate) fn chromium() -> Option<PathBuf> {
    const NAMES: [&str; 4] =
        ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let named = std::env::var_os("CHROMIUM").filter(|path| !path.is_empty());
    named.map(PathBuf::from).or_else(|| find_program(&NAMES))
}

/// Where Debian puts it, one folder for each architecture.
fn has_fake_clock() -> bool {
    let architectures = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let library = |folder: PathBuf| folder.join("faketime/libfaketimeMT.so.1");
    architectures.map(|entry| library(entry.path())).any(|library| library.exists())
}

fn has_chinese_font() -> bool {
    // fc-list may be missing where the font is not: chromium brings the library, not the tool.
    let mut ask = command("sh");
    ask.args([
        "-c",
        "{ fc-list :lang=zh-cn; dpkg-query -W -f '${Status}' fonts-noto-cjk | grep ' installed'; } 2>&-; true",
    ]);
    stdout_of(ask).is_ok_and(|fonts| !fonts.trim().is_empty())
}
