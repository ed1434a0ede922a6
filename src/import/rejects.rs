//! The rejects files: what was not stored, each line with its reason.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use crate::import::{error::ImportError, row::Reject};

/// Opens a file at the first reject that belongs there, replacing one of an earlier run.
#[derive(Debug, Default)]
pub(super) struct Rejects {
    files: BTreeMap<PathBuf, BufWriter<File>>,
}

impl Rejects {
    /// Appends `rejects` to the file at `path`, and does not leave them in memory.
    pub(super) fn write(&mut self, path: &Path, rejects: &[Reject]) -> Result<(), ImportError> {
        if rejects.is_empty() {
            return Ok(());
        }
        self.try_write(path, rejects)
            .map_err(|source| ImportError::Write { file: path.display().to_string(), source })
    }

    fn try_write(&mut self, path: &Path, rejects: &[Reject]) -> io::Result<()> {
        if !self.files.contains_key(path) {
            self.files.insert(path.to_owned(), BufWriter::new(File::create(path)?));
        }
        let Some(file) = self.files.get_mut(path) else { return Ok(()) };
        for reject in rejects {
            writeln!(file, "{}", reject.to_json())?;
        }
        file.flush()
    }

    /// The files that were written.
    pub(super) fn into_paths(self) -> Vec<PathBuf> {
        self.files.into_keys().collect()
    }
}
