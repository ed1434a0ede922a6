//! A process of the test: signalled by its id alone, ended with its owner.

use std::{
    fs::{self, File},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

pub(crate) struct Process {
    child: Child,
}

impl Process {
    /// Starts `command`; what it says is appended to `log`.
    pub(crate) fn start(command: &mut Command, log: &Path) -> Self {
        let out = File::options().create(true).append(true).open(log).expect("a log");
        let err = out.try_clone().expect("a second handle of the log");
        let child = command.stdin(Stdio::null()).stdout(out).stderr(err).spawn();
        let program = command.get_program().to_string_lossy().into_owned();
        Self { child: child.unwrap_or_else(|error| panic!("cannot start {program}: {error}")) }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal to the process alone.
    pub(crate) fn signal(&self, signal: Signal) {
        send(self.child.id(), signal);
    }

    /// Stops it and its children where they stand: they neither answer nor hang up.
    pub(crate) fn freeze(&self) {
        self.signal(Signal::SIGSTOP);
        // Twice: one that was being made when its parent was stopped may appear a moment later.
        for _ in 0..2 {
            for child in children(self.child.id()) {
                send(child, Signal::SIGSTOP);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn thaw(&self) {
        for child in children(self.child.id()) {
            send(child, Signal::SIGCONT);
        }
        self.signal(Signal::SIGCONT);
    }

    /// Ends it and its children without a word, as a crash of the machine does.
    pub(crate) fn kill(mut self) {
        self.kill_family();
    }

    fn kill_family(&mut self) {
        if self.has_ended().is_some() {
            return;
        }
        // Stopped first, or it would have new children while the old ones are killed.
        self.signal(Signal::SIGSTOP);
        let children = children(self.child.id());
        let _ = self.child.kill();
        for child in children {
            send(child, Signal::SIGKILL);
        }
        let _ = self.child.wait();
    }

    pub(crate) fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child of ours")
    }

    /// How it ended, unless it still runs after `deadline`.
    pub(crate) async fn ended_within(&mut self, deadline: Duration) -> Option<ExitStatus> {
        let started = Instant::now();
        loop {
            let status = self.has_ended();
            if status.is_some() || started.elapsed() > deadline {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Memory in use, in KiB.
    pub(crate) fn resident_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).expect("a process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        kib.expect("VmRSS of a running process")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill_family();
    }
}

fn send(id: u32, signal: Signal) {
    // A child may have ended meanwhile; there is nothing left to signal then.
    let _ = kill(Pid::from_raw(id.cast_signed()), signal);
}

/// The processes whose parent is `id`.
fn children(id: u32) -> Vec<u32> {
    let parent_of = |child: u32| -> Option<u32> {
        let stat = fs::read_to_string(format!("/proc/{child}/stat")).ok()?;
        // The name stands in brackets and may hold anything; state and parent follow it.
        stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
    };
    let processes = fs::read_dir("/proc").expect("/proc").flatten();
    processes
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|child| parent_of(*child) == Some(id))
        .collect()
}
