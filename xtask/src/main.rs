//! The project's own tasks, run as `cargo xtask TASK`: what a newcomer types first, and what CI types.
//!
//! Each task only starts other programs, in the workspace's root, and says which. Start reading in
//! [`steps`], the list of everything CI checks.

use std::os::unix::process::CommandExt as _;
use std::process::ExitCode;

use anyhow::{Result, bail};

mod beside;
mod clients;
mod install;
mod needs;
/// Parts of the service's build, tested here: a build script has no tests of its own.
#[path = "../../build/node.rs"]
mod node;
mod page;
mod process;
mod python;
mod service;
#[path = "../../build/stale.rs"]
mod stale;
mod steps;
mod supply;

const USAGE: &str = "\
Usage: cargo xtask TASK

  run [-- ARGUMENT…]   build the pages and the service, then `deskpulse serve ARGUMENT…`
  pages                build the pages
  test [STEP…]         check everything CI checks, or only these steps:
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(args: &[String]) -> Result<()> {
    let Some((task, rest)) = args.split_first() else { bail!("which task?\n\n{}", usage()) };
    match (task.as_str(), rest) {
        ("run", rest) => serve(rest),
        ("pages", []) => page::build(),
        ("test", names) => steps::test(names),
        ("help" | "--help" | "-h", _) => {
            print!("{}", usage());
            Ok(())
        }
        _ => bail!("unknown task `{}`\n\n{}", args.join(" "), usage()),
    }
}

fn usage() -> String {
    let steps = steps::STEPS.iter().map(|step| format!("    {:<10} {}\n", step.name, step.about));
    format!("{USAGE}{}", steps.collect::<String>())
}

fn serve(args: &[String]) -> Result<()> {
    let args = args.strip_prefix(&["--".to_owned()]).unwrap_or(args);
    let mut command = process::command("cargo");
    command.args(["run", "--locked", "--bin", "deskpulse", "--", "serve"]).args(args);
    // Replaces this process, so that Ctrl-C and SIGTERM reach the service and its exit code the caller.
    let error = command.exec();
    bail!("could not start {}: {error}", process::display(&command))
}
