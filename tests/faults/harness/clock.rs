//! A clock of one replica that can be set: libfaketime, preloaded, so that the binary is the one
//! that is shipped.

use std::{fs, path::PathBuf};

/// What one replica takes for the present instant.
#[derive(Clone, Debug)]
pub(crate) struct FakeClock {
    file: PathBuf,
    library: PathBuf,
}

impl FakeClock {
    /// A clock that is right, for now.
    pub(crate) fn new(file: PathBuf) -> Self {
        let architectures = fs::read_dir("/usr/lib").expect("/usr/lib").flatten();
        let library = architectures
            .map(|entry| entry.path().join("faketime/libfaketimeMT.so.1"))
            .find(|library| library.exists());
        let library = library.expect("libfaketimeMT.so.1 (Debian package libfaketime)");
        let clock = Self { file, library };
        clock.set(0);
        clock
    }

    /// Sets the clock `secs` ahead of the true time; it is read again within a second.
    pub(crate) fn set(&self, secs: i64) {
        // Replaced whole, because half a line would be half an offset.
        let next = self.file.with_extension("next");
        fs::write(&next, format!("{secs:+}\n")).expect("a written offset");
        fs::rename(&next, &self.file).expect("a replaced offset");
    }

    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let text = |path: &PathBuf| path.to_str().expect("a path in UTF-8").to_owned();
        [
            ("LD_PRELOAD", text(&self.library)),
            ("FAKETIME_TIMESTAMP_FILE", text(&self.file)),
            ("FAKETIME_CACHE_DURATION", "1".to_owned()),
            // Time-outs go by the monotonic clock, which does not jump.
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("NO_FAKE_STAT", "1".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }
}
