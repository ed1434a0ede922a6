//! One process of the service, on a port that it keeps over its restarts.

use std::{
    path::PathBuf,
    process::{Command, ExitStatus, Output},
    time::Duration,
};

use nix::sys::signal::Signal;

use super::{Caller, FakeClock, Process, ports::free_port, within};

const START: Duration = Duration::from_secs(90);

pub(crate) struct Replica {
    pub clock: Option<FakeClock>,
    port: u16,
    folder: PathBuf,
    log: PathBuf,
    environment: Vec<(String, String)>,
    process: Option<Process>,
}

impl Replica {
    pub(super) fn new(
        folder: PathBuf,
        log: PathBuf,
        environment: Vec<(String, String)>,
        clock: Option<FakeClock>,
    ) -> Self {
        Self { clock, port: free_port(), folder, log, environment, process: None }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Starts it and waits until it serves. One that ends at once, because a store is missing, is
    /// started again, as an init system does.
    pub(crate) async fn revive(&mut self) {
        let http = Caller::http();
        let healthz = format!("{}/healthz", self.url());
        let ready = async || {
            if self.process.as_mut().is_none_or(|process| process.has_ended().is_some()) {
                self.process = Some(self.start());
            }
            let answer = http.get(&healthz).timeout(Duration::from_secs(2)).send().await.ok()?;
            answer.status().is_success().then_some(())
        };
        within(START, "a replica that serves", ready).await;
    }

    fn start(&self) -> Process {
        let mut command = self.command();
        command.args(["serve", "--listen", &format!("127.0.0.1:{}", self.port)]);
        command.envs(self.clock.iter().flat_map(FakeClock::environment));
        Process::start(&mut command, &self.log)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_deskpulse"));
        command.current_dir(&self.folder).env_clear();
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs another command of the binary with the same settings.
    pub(crate) fn output(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().expect("the binary")
    }

    /// The output of a command that must succeed.
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).expect("text")
    }

    pub(crate) fn process(&self) -> &Process {
        self.process.as_ref().expect("a running replica")
    }

    pub(crate) fn kill(&mut self) {
        self.process.take().expect("a running replica").kill();
    }

    /// Asks it to end, as an init system does.
    pub(crate) fn terminate(&self) {
        self.process().signal(Signal::SIGTERM);
    }

    /// How it ended after [`Self::terminate`]; none when it still ran at the deadline.
    pub(crate) async fn ended_within(&mut self, deadline: Duration) -> Option<ExitStatus> {
        let mut process = self.process.take().expect("a running replica");
        process.ended_within(deadline).await
    }

    /// Everything it has said so far.
    pub(crate) fn said(&self) -> String {
        let log = std::fs::read(&self.log).expect("a log");
        String::from_utf8_lossy(&log).into_owned()
    }
}
