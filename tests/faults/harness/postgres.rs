//! A PostgreSQL of one test alone. It waits for the disk (`fsync=on`), as in production.

use std::{
    fs,
    os::unix::{fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use nix::{
    sys::signal::Signal,
    unistd::{Uid, User},
};

use super::{Process, ports::free_port, within};

const START: Duration = Duration::from_mins(1);

pub(crate) struct Postgres {
    folder: PathBuf,
    log: PathBuf,
    programs: PathBuf,
    port: u16,
    process: Option<Process>,
}

impl Postgres {
    /// Creates a cluster with the database `deskpulse` in a new folder, and starts it.
    pub(crate) async fn create(folder: PathBuf, log: PathBuf) -> Self {
        let programs = find_programs();
        fs::create_dir(&folder).expect("a folder for PostgreSQL");
        if let Some(user) = other_user() {
            chown(&folder, Some(user.uid.as_raw()), Some(user.gid.as_raw())).expect("root's right");
        }
        let mut server = Self { folder, log, programs, port: free_port(), process: None };
        let mut init = server.command("initdb");
        init.args(["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8"]);
        run(init.args(["--locale=C", "--pgdata=data"]));
        server.revive().await;
        let mut create = server.command("createdb");
        create.args(["--host=127.0.0.1", "--username=postgres", "deskpulse"]);
        run(create.arg(format!("--port={}", server.port)));
        server
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Starts it on what it had written down, and waits until it answers.
    pub(crate) async fn revive(&mut self) {
        let ready = async || {
            if self.process.as_mut().is_none_or(|process| process.has_ended().is_some()) {
                // The backends of a killed server keep its memory for a moment; a start meanwhile
                // is refused.
                self.process = Some(self.start());
            }
            self.answers().then_some(())
        };
        within(START, "an answer of PostgreSQL", ready).await;
    }

    fn start(&self) -> Process {
        let mut command = self.command("postgres");
        command.args(["-D", "data", "-c", "listen_addresses=127.0.0.1", "-c", "fsync=on"]);
        command.args(["-c", "unix_socket_directories=", "-c", "max_connections=100"]);
        command.args(["-c", &format!("port={}", self.port)]);
        Process::start(&mut command, &self.log)
    }

    fn answers(&self) -> bool {
        let mut ask = self.command("pg_isready");
        ask.args(["--quiet", "--timeout=1", "--host=127.0.0.1"])
            .arg(format!("--port={}", self.port));
        ask.stdout(Stdio::null()).status().expect("pg_isready").success()
    }

    pub(crate) fn kill(&mut self) {
        self.process.take().expect("a running PostgreSQL").kill();
    }

    pub(crate) fn freeze(&self) {
        self.process.as_ref().expect("a running PostgreSQL").freeze();
    }

    pub(crate) fn thaw(&self) {
        self.process.as_ref().expect("a running PostgreSQL").thaw();
    }

    /// Stops it as an administrator does: its clients are told, and it writes everything down.
    pub(crate) async fn stop(&mut self) {
        let mut process = self.process.take().expect("a running PostgreSQL");
        process.signal(Signal::SIGINT);
        process.ended_within(START).await.expect("PostgreSQL stops within a minute");
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(&self.folder).env_clear().env("LC_ALL", "C");
        if let Some(user) = other_user() {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        command
    }
}

/// Runs a program that must succeed.
fn run(command: &mut Command) {
    let output = command.output().expect("a program of PostgreSQL");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}

/// PostgreSQL refuses to run as root: it runs as `postgres`, or as `nobody` where that is missing.
fn other_user() -> Option<User> {
    let named = |name: &&str| User::from_name(name).ok().flatten();
    let user = || ["postgres", "nobody"].iter().find_map(named).expect("a user beside root");
    Uid::effective().is_root().then(user)
}

/// Debian keeps the servers off PATH, a folder for each version; the newest is taken.
fn find_programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let folders = versions.map(|entry| entry.path());
    let version = |folder: &PathBuf| folder.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = folders.filter(|folder| folder.join("bin/initdb").exists()).max_by_key(version);
    let on_path = || {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).find(|folder: &PathBuf| Path::exists(&folder.join("initdb")))
    };
    let programs = newest.map(|folder| folder.join("bin")).or_else(on_path);
    programs.expect("initdb of PostgreSQL 15 or newer (Debian package postgresql)")
}
