//! Starting other programs: always in the workspace's root, always in an environment of our own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

/// The workspace's root, whatever the folder `cargo xtask` was called in.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// A command in the workspace's root, free of settings that would make its result depend on the caller.
pub(crate) fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(belongs_to_xtask) {
            command.env_remove(name);
        }
    }
    command
}

/// Variables that cargo set for xtask itself. Build scripts that watch them (ring's does) would run
/// again, and all crates above them, whenever cargo is called from here and then by hand.
fn belongs_to_xtask(name: &str) -> bool {
    const PREFIXES: [&str; 2] = ["CARGO_PKG_", "CARGO_MANIFEST_"];
    const NAMES: [&str; 4] =
        ["CARGO_BIN_NAME", "CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE", "OUT_DIR"];
    PREFIXES.iter().any(|prefix| name.starts_with(prefix)) || NAMES.contains(&name)
}

/// Takes the caller's stores and settings of the service away: tests bring their own.
pub(crate) fn without_settings(mut command: Command) -> Command {
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_setting) {
            command.env_remove(name);
        }
    }
    command
}

fn is_setting(name: &str) -> bool {
    const NAMES: [&str; 5] = [
        "DATABASE_URL",
        "REDIS_URL",
        "TEST_DATABASE_URL",
        "TEST_REDIS_URL",
        "TEST_REDIS_CLUSTER_URL",
    ];
    NAMES.contains(&name) || name.starts_with("DESKPULSE_")
}

/// Runs the command with our terminal as its own.
pub(crate) fn run(mut command: Command) -> Result<()> {
    let shown = display(&command);
    let status = command.status().with_context(|| format!("could not start {shown}"))?;
    ensure!(status.success(), "{shown} ended with {status}");
    Ok(())
}

/// Runs the command and shows what it printed only when it fails.
pub(crate) fn run_quietly(mut command: Command) -> Result<()> {
    let shown = display(&command);
    let output = command.stdin(Stdio::null()).output();
    let Output { status, stdout, stderr } =
        output.with_context(|| format!("could not start {shown}"))?;
    if !status.success() {
        eprint!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        bail!("{shown} ended with {status}");
    }
    Ok(())
}

/// What the command prints on stdout; its stderr goes to ours.
pub(crate) fn stdout_of(mut command: Command) -> Result<String> {
    let shown = display(&command);
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("could not start {shown}"))?;
    ensure!(output.status.success(), "{shown} ended with {}", output.status);
    String::from_utf8(output.stdout).with_context(|| format!("{shown} printed something not UTF-8"))
}

/// True when the program is there and the command succeeds; what it prints is dropped.
pub(crate) fn succeeds(program: &str, args: &[&str]) -> bool {
    let status = command(program).args(args).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// The first of these programs that PATH has.
pub(crate) fn find_program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut candidates =
        names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    candidates.find(|candidate| candidate.is_file())
}

/// The command as one would type it.
pub(crate) fn display(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    format!("`{}`", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_variables_of_xtask_itself_are_taken_away() {
        let cases = [
            ("CARGO_PKG_NAME", true),
            ("CARGO_MANIFEST_DIR", true),
            ("CARGO_BIN_NAME", true),
            ("CARGO_HOME", false),
            ("CARGO_TARGET_DIR", false),
            ("CARGO_TERM_COLOR", false),
            ("PATH", false),
        ];
        for (name, expected) in cases {
            assert_eq!(belongs_to_xtask(name), expected, "{name}");
        }
    }

    #[test]
    fn the_callers_stores_are_settings() {
        let cases = [
            ("DATABASE_URL", true),
            ("TEST_REDIS_URL", true),
            ("DESKPULSE_SERVER__LISTEN", true),
            ("MY_DATABASE_URL", false),
            ("CHROMIUM", false),
        ];
        for (name, expected) in cases {
            assert_eq!(is_setting(name), expected, "{name}");
        }
    }

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let mut command = Command::new("cargo");
        command.args(["fmt", "--all"]);
        assert_eq!(display(&command), "`cargo fmt --all`");
    }

    #[test]
    fn a_failing_command_is_named_with_its_status() {
        let mut command = command("sh");
        command.args(["-c", "exit 3"]);
        let error = run(command).unwrap_err().to_string();
        assert_eq!(error, "`sh -c exit 3` ended with exit status: 3");
    }
}
