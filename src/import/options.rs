//! The command line of `deskpulse import`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use secrecy::{ExposeSecret, SecretString};

use crate::import::{error::ImportError, http::HttpTarget, source::Source};

/// Imports events from NDJSON, or from CSV through a mapping; gzip is recognised.
#[derive(Debug, Clone, Args)]
pub struct ImportOptions {
    /// Files to import, - for standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The files are CSV, and this TOML file says which events a row makes
    #[arg(long, value_name = "MAP.toml")]
    pub mapping: Option<PathBuf>,
    /// Where rows go that were not stored [default: FILE.rejects.ndjson in the current folder]
    #[arg(long, value_name = "PATH")]
    pub rejects: Option<PathBuf>,
    /// Send to this service instead of the stores of the configuration, e.g. `http://127.0.0.1:8080`
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// File with the bearer token for --url [default: environment variable `DESKPULSE_TOKEN`]
    #[arg(long, value_name = "PATH", requires = "url")]
    pub token_file: Option<PathBuf>,
    // Hidden: a token on a command line is there for every user of the machine to see.
    #[arg(long, env = "DESKPULSE_TOKEN", hide = true, hide_env_values = true)]
    pub token: Option<SecretString>,
}

impl ImportOptions {
    /// The service that `--url` names; `None` without it.
    pub fn http_target(&self) -> Result<Option<HttpTarget>, ImportError> {
        let Some(url) = &self.url else { return Ok(None) };
        HttpTarget::new(url, self.read_token()?.as_ref()).map(Some)
    }

    fn read_token(&self) -> Result<Option<SecretString>, ImportError> {
        let Some(path) = &self.token_file else { return Ok(self.token.clone()) };
        let file = path.display().to_string();
        let text = fs::read_to_string(path).map_err(|source| ImportError::Read { file, source })?;
        Ok(Some(SecretString::from(text)))
    }

    /// Where the rejects of `source` go.
    pub(super) fn rejects_path(&self, source: &Source) -> PathBuf {
        let named = || PathBuf::from(format!("{}.rejects.ndjson", source.base_name()));
        self.rejects.clone().unwrap_or_else(named)
    }

    /// Refuses a rejects file that would overwrite what is read.
    pub(super) fn check_rejects(&self) -> Result<(), ImportError> {
        let Some(rejects) = &self.rejects else { return Ok(()) };
        let same = |path: &Path| match (path.canonicalize(), rejects.canonicalize()) {
            (Ok(path), Ok(rejects)) => path == rejects,
            _ => path == rejects,
        };
        match self.files.iter().chain(&self.mapping).find(|path| same(path)) {
            Some(file) => Err(ImportError::RejectsOverInput { file: file.display().to_string() }),
            None => Ok(()),
        }
    }
}

/// A token as a header carries it.
pub(super) fn bearer(token: &SecretString) -> String {
    format!("Bearer {}", token.expose_secret().trim())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Command {
        #[command(flatten)]
        options: ImportOptions,
    }

    fn read(arguments: &str) -> Result<ImportOptions, String> {
        let arguments = ["import"].into_iter().chain(arguments.split_whitespace());
        let command = Command::try_parse_from(arguments);
        command.map(|command| command.options).map_err(|error| error.to_string())
    }

    #[test]
    fn the_command_line_is_read_or_says_what_is_missing() {
        let options = read("a.csv - --mapping m.toml --url http://h").unwrap();
        assert_eq!(options.files, [PathBuf::from("a.csv"), PathBuf::from("-")]);
        assert!(options.http_target().unwrap().is_some());
        assert!(read("a").unwrap().http_target().unwrap().is_none());
        for (arguments, missing) in [("", "<FILE>"), ("a --token-file t", "--url <URL>")] {
            let message = read(arguments).unwrap_err();
            assert!(message.contains(missing), "{message}");
        }
    }

    #[test]
    fn a_token_stays_out_of_what_is_printed() {
        let options = read("a --url http://h --token secret-word").unwrap();
        assert!(!format!("{options:?} {:?}", options.http_target()).contains("secret-word"));
        assert!(!read("--help").unwrap_err().contains("--token "));
    }

    #[test]
    fn a_wrong_address_or_token_is_named() {
        let cases = [
            ("a --url h", "url `h` is not usable: expected http://HOST[:PORT]"),
            ("a --url http://h --token-file no/such", "cannot read no/such: "),
            ("a --url http://h --token a\u{e9}\u{1}b", "token holds characters"),
        ];
        for (arguments, expected) in cases {
            let message = read(arguments).unwrap().http_target().unwrap_err().to_string();
            assert!(message.starts_with(expected), "{message}");
        }
    }
}
