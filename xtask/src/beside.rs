//! A build that goes on while other steps mostly wait.

use std::process::{Child, Command};

use anyhow::{Context as _, Result, ensure};

use crate::process::display;

/// Ends with its owner, when a step fails before the build is needed.
pub(crate) struct Beside {
    child: Child,
    shown: String,
}

impl Beside {
    /// Starts the command; it is to yield to everything else by itself.
    pub(crate) fn start(mut command: Command) -> Result<Self> {
        let shown = display(&command);
        eprintln!("==> meanwhile: {shown}");
        let child = command.spawn().with_context(|| format!("could not start {shown}"))?;
        Ok(Self { child, shown })
    }

    pub(crate) fn finish(mut self) -> Result<()> {
        let status =
            self.child.wait().with_context(|| format!("could not wait for {}", self.shown))?;
        ensure!(status.success(), "{} ended with {status}", self.shown);
        Ok(())
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // Nothing to be done where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn shell(script: &str) -> Command {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]);
        shell
    }

    #[test]
    fn a_build_that_fails_is_named_when_it_is_needed() {
        Beside::start(shell("exit 0")).unwrap().finish().unwrap();
        let error = Beside::start(shell("exit 3")).unwrap().finish().unwrap_err().to_string();
        assert_eq!(error, "`sh -c exit 3` ended with exit status: 3");
    }

    #[test]
    fn a_build_that_nobody_needs_any_more_ends() {
        let begun = Instant::now();
        drop(Beside::start(shell("exec sleep 60")).unwrap());
        assert!(begun.elapsed() < Duration::from_secs(30));
    }
}
