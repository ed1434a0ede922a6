//! A PostgreSQL of one test alone, which the test may kill, freeze and start again.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use migration::{Migrator, MigratorTrait as _};
use sea_orm::Database;

use super::eventually;

/// A server in a folder of its own, with the tables of the service; gone with its owner.
pub(crate) struct PrivatePostgres {
    folder: tempfile::TempDir,
    port: u16,
    process: Option<Child>,
}

impl PrivatePostgres {
    pub(crate) async fn start() -> Self {
        // A socket's path has about 100 bytes, and the server's user may not enter other folders.
        let folder = tempfile::tempdir_in("/tmp").expect("a folder");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).expect("open folder");
        let data = folder.path().join("data");
        let made = command("initdb")
            .args(["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8"])
            .arg("--locale=C")
            .arg("--pgdata")
            .arg(&data)
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .status();
        assert!(made.expect("initdb").success());
        let mut postgres = Self { folder, port: free_port(), process: None };
        postgres.revive().await;
        let db = Database::connect(postgres.url()).await.expect("the database");
        Migrator::up(&db, None).await.expect("migrations");
        db.close().await.expect("a closed connection");
        postgres
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        Self::url_at(self.port)
    }

    /// The same by another way in.
    pub(crate) fn url_at(port: u16) -> String {
        format!("postgres://postgres@127.0.0.1:{port}/postgres")
    }

    /// Adds lines to its configuration, for the next time that it reads it.
    pub(crate) fn configure(&self, lines: &str) {
        let path = self.folder.path().join("data/postgresql.conf");
        let before = fs::read_to_string(&path).expect("a configuration");
        fs::write(path, format!("{before}\n{lines}")).expect("a configuration");
    }

    /// What it has said so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).expect("a log")
    }

    /// Starts the server on what it had written down, and waits until it answers.
    pub(crate) async fn revive(&mut self) {
        self.launch();
        let url = self.url();
        eventually("an answer of PostgreSQL", async || {
            let db = Database::connect(&url).await.ok()?;
            db.close().await.ok()
        })
        .await;
    }

    /// Starts the server without waiting for it.
    pub(crate) fn launch(&mut self) {
        let log = fs::File::create(self.folder.path().join("log")).expect("a log");
        let process = command("postgres")
            .arg("-D")
            .arg(self.folder.path().join("data"))
            .args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="])
            .args(["-c", &format!("port={}", self.port), "-c", "fsync=on"])
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        self.process = Some(process.expect("postgres"));
    }

    /// Ends the server and its children without a word, as a crash does.
    pub(crate) fn kill(&mut self) {
        self.signal("-KILL");
        if let Some(mut process) = self.process.take() {
            let _ = process.wait();
        }
    }

    /// Lets the server neither answer nor hang up.
    pub(crate) fn freeze(&self) {
        self.signal("-STOP");
    }

    pub(crate) fn thaw(&self) {
        self.signal("-CONT");
    }

    /// Signals the server first, so that it starts no more children.
    fn signal(&self, signal: &str) {
        let Some(process) = &self.process else { return };
        let id = process.id();
        let _ = Command::new("kill").args([signal, &id.to_string()]).status();
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children"));
        for child in children.unwrap_or_default().split_whitespace() {
            let _ = Command::new("kill").args([signal, child]).stderr(Stdio::null()).status();
        }
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        self.thaw();
        self.kill();
    }
}

/// A program of PostgreSQL, run by a user that it accepts: root it refuses.
fn command(program: &str) -> Command {
    let program = folder_of_programs().join(program);
    let root = fs::metadata("/proc/self").expect("ourselves").uid() == 0;
    if !root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
    command
}

/// The folder of the newest PostgreSQL: on the path, or where Debian keeps it.
fn folder_of_programs() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).find(|folder| folder.join("initdb").is_file());
    let debian = || {
        let folders = fs::read_dir("/usr/lib/postgresql").ok()?;
        let mut versions: Vec<_> = folders.flatten().map(|folder| folder.path()).collect();
        let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
        versions.sort_by_key(|path| version(path));
        Some(versions.pop()?.join("bin"))
    };
    on_path.or_else(debian).expect("PostgreSQL is needed (Debian package postgresql)")
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}
