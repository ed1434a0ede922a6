//! The certificate and its key as files, and in one line what is wrong with them.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{
    Error as Fault, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    version::{TLS12, TLS13},
};
use secrecy::{ExposeSecret as _, SecretSlice};

const CERT: &str = "server.tls_cert";
const KEY: &str = "server.tls_key";
const A_CHAIN: &str = "a chain of certificates in PEM, the server's own first";
const A_KEY: &str = "a private key in PEM without a passphrase (PKCS#8, SEC1 or PKCS#1): \
                     RSA of 2048 bits or more, ECDSA on P-256 or P-384, or Ed25519";

/// Why a certificate cannot be used: one line that names the setting, the file and what is expected.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("configuration: `{setting}` is `{file}`, expected {expected}")]
pub struct TlsError {
    setting: &'static str,
    file: String,
    expected: String,
}

impl TlsError {
    fn new(setting: &'static str, file: &Path, expected: impl Into<String>) -> Self {
        Self { setting, file: file.display().to_string(), expected: expected.into() }
    }
}

/// Where they are, as the operator named them.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) cert: PathBuf,
    pub(super) key: PathBuf,
}

/// What stood in them.
pub(super) struct Content {
    cert: Vec<u8>,
    key: SecretSlice<u8>,
}

impl Content {
    /// Tells this content from another, without keeping the key.
    pub(super) fn digest(&self) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.cert.len().to_le_bytes());
        hasher.update(&self.cert).update(self.key.expose_secret());
        hasher.finalize()
    }
}

impl Files {
    pub(super) async fn read(&self) -> Result<Content, TlsError> {
        let cert = read(CERT, &self.cert).await?;
        let key = read(KEY, &self.key).await?.into();
        Ok(Content { cert, key })
    }

    /// Makes of them what a handshake needs.
    ///
    /// # Errors
    /// What is no PEM, what nobody could use, and a key of another certificate.
    pub(super) fn configure(&self, content: &Content) -> Result<Arc<ServerConfig>, TlsError> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&content.cert).collect();
        let chain = chain.ok().filter(|chain| !chain.is_empty());
        let chain = chain.ok_or_else(|| TlsError::new(CERT, &self.cert, A_CHAIN))?;
        let key = PrivateKeyDer::from_pem_slice(content.key.expose_secret())
            .map_err(|_| TlsError::new(KEY, &self.key, A_KEY))?;
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(|fault| self.explain(&fault))?;
        let mut config = builder
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|fault| self.explain(&fault))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    fn explain(&self, fault: &Fault) -> TlsError {
        match fault {
            Fault::InvalidCertificate(_) => TlsError::new(CERT, &self.cert, A_CHAIN),
            Fault::InconsistentKeys(_) => {
                let expected = format!("the key of the certificate in `{}`", self.cert.display());
                TlsError::new(KEY, &self.key, expected)
            }
            _ => TlsError::new(KEY, &self.key, A_KEY),
        }
    }
}

async fn read(setting: &'static str, file: &Path) -> Result<Vec<u8>, TlsError> {
    tokio::fs::read(file).await.map_err(|cause| {
        TlsError::new(setting, file, format!("a file that can be read ({})", cause.kind()))
    })
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, generate_simple_self_signed};
    use tempfile::TempDir;

    use super::*;

    /// What `configure` says to files with this content.
    async fn configured(cert: &str, key: &str) -> Result<Arc<ServerConfig>, String> {
        let folder = TempDir::new().unwrap();
        let (cert_file, key_file) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
        std::fs::write(&cert_file, cert).unwrap();
        std::fs::write(&key_file, key).unwrap();
        let files = Files { cert: cert_file, key: key_file };
        let configured = files.configure(&files.read().await.unwrap());
        let folder = format!("{}/", folder.path().display());
        configured.map_err(|error| error.to_string().replace(&folder, ""))
    }

    fn pair(algorithm: &'static rcgen::SignatureAlgorithm) -> (String, String) {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
    }

    #[tokio::test]
    async fn a_chain_and_a_key_of_any_usual_kind_are_taken() {
        let kinds =
            [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_ED25519];
        for (cert, key) in kinds.map(pair) {
            let (issuer, _) = pair(&rcgen::PKCS_ED25519);
            // A key may stand among other things, and a chain after a comment.
            let chain = format!("the server's own\n{cert}{issuer}");
            let config = configured(&chain, &format!("{issuer}{key}")).await.unwrap();
            assert_eq!(config.alpn_protocols, [b"http/1.1"]);
        }
    }

    #[tokio::test]
    async fn what_cannot_be_used_names_the_setting_the_file_and_what_is_expected() {
        let own = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (cert, key) = (own.cert.pem(), own.signing_key.serialize_pem());
        let (_, other) = pair(&rcgen::PKCS_ED25519);
        let cut = cert.replace("-----END CERTIFICATE-----", "");
        let no_cert = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let no_key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        let locked = key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
        let chain = format!("`server.tls_cert` is `c.pem`, expected {A_CHAIN}");
        let usable = format!("`server.tls_key` is `k.pem`, expected {A_KEY}");
        let own = "`server.tls_key` is `k.pem`, expected the key of the certificate in `c.pem`";
        for (cert, key, expected) in [
            ("", key.as_str(), chain.as_str()),
            ("a certificate", &key, &chain),
            (&cut, &key, &chain),
            (no_cert, &key, &chain),
            (&key, &key, &chain),
            (&cert, "", &usable),
            (&cert, &cert, &usable),
            (&cert, no_key, &usable),
            (&cert, &locked, &usable),
            (&cert, &other, own),
        ] {
            let reason = configured(cert, key).await.unwrap_err();
            assert_eq!(reason, format!("configuration: {expected}"));
        }
    }

    #[tokio::test]
    async fn a_file_that_is_not_there_is_named() {
        let files = Files { cert: "no/c.pem".into(), key: "no/k.pem".into() };
        let reason = files.read().await.map(|_| ()).unwrap_err().to_string();
        let expected = "configuration: `server.tls_cert` is `no/c.pem`, expected a file that can be \
                        read (entity not found)";
        assert_eq!(reason, expected);
    }
}
