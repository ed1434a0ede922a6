//! A file to import: plain or gzip, on disk or from standard input, always read twice.
//!
//! The first pass takes the digest that ids come from, and finds a damaged archive before anything is
//! sent. What cannot be read twice (a pipe, standard input) is spooled to an unnamed temporary file.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek},
    path::{Path, PathBuf},
};

use flate2::bufread::MultiGzDecoder;

use crate::import::{error::ImportError, ids::RowIds};

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const BUFFER_BYTES: usize = 1 << 16;

/// One input, digested and ready to be read.
#[derive(Debug)]
pub(super) struct Source {
    /// As on the command line; standard input is `stdin`.
    pub(super) name: String,
    pub(super) ids: RowIds,
    /// Line ends in the content: what a progress bar can count to.
    pub(super) line_count: u64,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Disk(PathBuf),
    Spool(File),
}

impl Source {
    /// Takes the digest of `path`, `-` being standard input.
    pub(super) fn open(path: &Path) -> Result<Self, ImportError> {
        let is_stdin = path == Path::new("-");
        let name = if is_stdin { "stdin".to_owned() } else { path.display().to_string() };
        let opened = if is_stdin { spool(&mut io::stdin().lock()) } else { place(path) };
        opened
            .and_then(|place| Self::digest(name.clone(), place))
            .map_err(|source| ImportError::Read { file: name, source })
    }

    fn digest(name: String, place: Place) -> io::Result<Self> {
        let mut reader = place.reader()?;
        let (mut hasher, mut line_count) = (blake3::Hasher::new(), 0);
        loop {
            let buffer = reader.fill_buf()?;
            if buffer.is_empty() {
                break;
            }
            hasher.update(buffer);
            line_count += buffer.iter().map(|&byte| u64::from(byte == b'\n')).sum::<u64>();
            let used = buffer.len();
            reader.consume(used);
        }
        Ok(Self { name, ids: RowIds::new(&hasher.finalize()), line_count, place })
    }

    /// Reads the uncompressed content from its start.
    pub(super) fn reader(&self) -> Result<Box<dyn BufRead + Send>, ImportError> {
        self.place.reader().map_err(|source| self.failed(source))
    }

    pub(super) fn failed(&self, source: io::Error) -> ImportError {
        ImportError::Read { file: self.name.clone(), source }
    }

    /// The name without its folders, for files that are named after this one.
    pub(super) fn base_name(&self) -> &str {
        Path::new(&self.name).file_name().and_then(|name| name.to_str()).unwrap_or(&self.name)
    }
}

impl Place {
    fn reader(&self) -> io::Result<Box<dyn BufRead + Send>> {
        let mut file = match self {
            Self::Disk(path) => File::open(path)?,
            Self::Spool(file) => file.try_clone()?,
        };
        file.rewind()?;
        let mut magic = Vec::new();
        file.by_ref().take(GZIP_MAGIC.len() as u64).read_to_end(&mut magic)?;
        file.rewind()?;
        let plain = BufReader::with_capacity(BUFFER_BYTES, file);
        if magic == GZIP_MAGIC {
            let decoder = MultiGzDecoder::new(plain);
            return Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, decoder)));
        }
        Ok(Box::new(plain))
    }
}

fn place(path: &Path) -> io::Result<Place> {
    let mut file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "is a folder: expected a file"));
    }
    if file.metadata()?.is_file() {
        return Ok(Place::Disk(path.to_owned()));
    }
    spool(&mut file)
}

fn spool(input: &mut impl Read) -> io::Result<Place> {
    let mut file = tempfile::tempfile()?;
    io::copy(input, &mut file)?;
    Ok(Place::Spool(file))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn given_file(content: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        file
    }

    #[test]
    fn gzip_is_known_by_its_content_and_has_the_ids_of_the_plain_file() {
        let joined = [gzip(b"a\n"), gzip(b"b\n")].concat();
        for content in [b"a\nb\n".to_vec(), gzip(b"a\nb\n"), joined] {
            let file = given_file(&content);
            let source = Source::open(file.path()).unwrap();
            let mut text = String::new();
            source.reader().unwrap().read_to_string(&mut text).unwrap();
            assert_eq!((text.as_str(), source.line_count), ("a\nb\n", 2));
            assert_eq!(source.ids.row(1), RowIds::new(&blake3::hash(b"a\nb\n")).row(1));
        }
    }

    #[test]
    fn what_cannot_be_read_names_the_file() {
        let whole = gzip(&[b'x'; 9999]);
        let cut = given_file(&whole[..whole.len() - 4]);
        let folder = tempfile::tempdir().unwrap();
        for path in [cut.path(), folder.path(), Path::new("no/such.csv")] {
            let message = Source::open(path).unwrap_err().to_string();
            assert!(message.starts_with(&format!("cannot read {}: ", path.display())), "{message}");
        }
    }

    #[test]
    fn a_spooled_input_is_read_again_from_its_start() {
        let place = spool(&mut &b"a\n"[..]).unwrap();
        let source = Source::digest("stdin".to_owned(), place).unwrap();
        for _ in 0..2 {
            let mut text = String::new();
            source.reader().unwrap().read_to_string(&mut text).unwrap();
            assert_eq!(text, "a\n");
        }
    }
}
