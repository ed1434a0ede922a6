//! What the processes of a test said: kept under `target/tmp/faults`, shown when the test fails.

use std::{
    fs,
    path::{Path, PathBuf},
};

const SHOWN_LINES: usize = 25;

/// A folder of logs; gone with its owner unless the test failed.
pub(crate) struct Logs(PathBuf);

impl Logs {
    pub(crate) fn new() -> Self {
        let test = std::thread::current().name().unwrap_or("faults").replace("::", "-");
        let name = format!("{test}-{}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults").join(name);
        fs::create_dir_all(&folder).expect("a folder for logs");
        Self(folder)
    }

    pub(crate) fn of(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.log"))
    }

    fn show(&self) {
        eprintln!("logs are kept in {}", self.0.display());
        for entry in fs::read_dir(&self.0).into_iter().flatten().flatten() {
            let text = fs::read(entry.path()).unwrap_or_default();
            let text = String::from_utf8_lossy(&text);
            let lines: Vec<_> = text.lines().collect();
            let tail = &lines[lines.len().saturating_sub(SHOWN_LINES)..];
            eprintln!("--- {}\n{}", entry.file_name().to_string_lossy(), tail.join("\n"));
        }
    }
}

impl Drop for Logs {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.show();
        } else {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}
