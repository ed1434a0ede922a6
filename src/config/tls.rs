//! The two files that TLS needs.

use std::path::Path;

use super::{ConfigError, ServerConfig, load::fault};

impl ServerConfig {
    /// The certificate and its key; `None` where plain HTTP is spoken.
    pub fn tls_files(&self) -> Option<(&Path, &Path)> {
        Some((self.tls_cert.as_deref()?, self.tls_key.as_deref()?))
    }

    /// Refuses one without the other: whoever sets one means TLS.
    pub(super) fn check_tls(&self) -> Result<(), ConfigError> {
        let missing = |key: &str, other: &str| {
            Err(fault(key, "missing", &format!("a file, because `{other}` is set")))
        };
        match (&self.tls_cert, &self.tls_key) {
            (Some(_), None) => missing("server.tls_key", "server.tls_cert"),
            (None, Some(_)) => missing("server.tls_cert", "server.tls_key"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    #[test]
    fn a_certificate_goes_with_its_key() {
        let missing = |key: &str, other: &str| {
            format!(
                "configuration: `{key}` is `missing`, expected a file, because `{other}` is set"
            )
        };
        for (cert, key, expected) in [
            (None, None, None),
            (Some("c"), Some("k"), None),
            (Some("c"), None, Some(missing("server.tls_key", "server.tls_cert"))),
            (None, Some("k"), Some(missing("server.tls_cert", "server.tls_key"))),
        ] {
            let mut config = Config::default();
            config.server.tls_cert = cert.map(Into::into);
            config.server.tls_key = key.map(Into::into);
            let checked = config.checked().err().map(|error| error.to_string());
            assert_eq!(checked, expected);
        }
    }
}
