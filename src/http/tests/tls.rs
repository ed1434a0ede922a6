//! Connections over TLS: how they begin, and what becomes of those that do not.

use std::{
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use rcgen::generate_simple_self_signed;
use reqwest::{Certificate, tls::Version};
use rustls::{ClientConfig, RootCertStore, pki_types::CertificateDer};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    signal::unix::{SignalKind, signal},
    time::timeout,
};
use tokio_rustls::TlsConnector;

use super::{Answer, Server, client};
use crate::{config::Config, http::Tls};

const LONG: Duration = Duration::from_mins(1);

/// A service over TLS, and the certificate that its clients trust.
async fn secure(handshake_timeout: Duration) -> (Server, CertificateDer<'static>) {
    secure_with(handshake_timeout, Config::default()).await
}

async fn secure_with(
    handshake_timeout: Duration,
    config: Config,
) -> (Server, CertificateDer<'static>) {
    // The first test installs a provider for clients; the others find it there.
    let _ = client();
    let own = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = TempDir::new().unwrap();
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    fs::write(&cert, own.cert.pem()).unwrap();
    fs::write(&key, own.signing_key.serialize_pem()).unwrap();
    let mut tls = Tls::open(&cert, &key).await.unwrap();
    tls.handshake_timeout = handshake_timeout;
    (Server::behind(Some(Arc::new(tls)), config), own.cert.into())
}

fn trusting(
    server: &Server,
    cert: &CertificateDer<'static>,
    version: Version,
) -> reqwest::RequestBuilder {
    let builder = reqwest::Client::builder().tls_certs_only([Certificate::from_der(cert).unwrap()]);
    let client = builder.tls_version_min(version).tls_version_max(version).build().unwrap();
    let request = client.post(format!("https://localhost:{}/graphql", server.address.port()));
    request.header("content-type", "application/json").body(r#"{"query": "{ a }"}"#)
}

#[tokio::test]
async fn both_versions_of_tls_are_spoken() {
    let (server, cert) = secure(LONG).await;
    for version in [Version::TLS_1_2, Version::TLS_1_3] {
        let answer = Answer::to(trusting(&server, &cert, version)).await;
        assert_eq!((answer.status, answer.has_data()), (200, true), "{version:?}");
    }
}

#[tokio::test]
async fn plain_http_is_not_answered_on_a_secure_port() {
    let (server, cert) = secure(LONG).await;
    assert!(client().get(server.url("/healthz")).send().await.is_err());
    let answer = Answer::to(trusting(&server, &cert, Version::TLS_1_3)).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_cut_and_hurts_nobody() {
    let (server, cert) = secure(Duration::from_millis(300)).await;
    let started = Instant::now();
    let mut silent = Vec::new();
    for index in 0..200 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        if index % 2 == 0 {
            // The head of a record whose body never comes.
            stream.write_all(&[0x16, 3, 1, 2, 0]).await.unwrap();
        }
        silent.push(stream);
    }
    let answer = Answer::to(trusting(&server, &cert, Version::TLS_1_3)).await;
    assert_eq!(answer.status, 200);
    for mut stream in silent {
        let ended = timeout(Duration::from_secs(5), stream.read_to_end(&mut Vec::new())).await;
        assert!(ended.is_ok(), "still open after {:?}", started.elapsed());
    }
}

#[tokio::test]
async fn silence_after_a_handshake_ends_the_connection() {
    let mut config = Config::default();
    config.server.header_timeout_ms = 200;
    let (server, cert) = secure_with(LONG, config).await;
    let mut roots = RootCertStore::empty();
    roots.add(cert).unwrap();
    let trust = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(server.address).await.unwrap();
    let name = "localhost".try_into().unwrap();
    let mut silent = TlsConnector::from(Arc::new(trust)).connect(name, stream).await.unwrap();
    let ended = timeout(Duration::from_secs(5), silent.read_to_end(&mut Vec::new())).await;
    assert!(ended.is_ok());
}

#[tokio::test]
async fn a_stop_does_not_wait_for_handshakes() {
    let (server, _) = secure(LONG).await;
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    let started = Instant::now();
    server.stop.cancel();
    assert_eq!(silent.read(&mut [0; 16]).await.unwrap_or(0), 0);
    server.task.await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_certificate_is_looked_at_again_after_a_while() {
    let folder = TempDir::new().unwrap();
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let given = || {
        let own = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(&key, own.signing_key.serialize_pem()).unwrap();
        fs::write(&cert, own.cert.pem()).unwrap();
        CertificateDer::from(own.cert)
    };
    let _ = (given(), client());
    let tls = Arc::new(Tls::open(&cert, &key).await.unwrap());
    let server = Server::behind(Some(Arc::clone(&tls)), Config::default());
    let hangup = signal(SignalKind::hangup()).unwrap();
    tokio::spawn(tls.watch(hangup, server.stop.clone(), Duration::from_millis(10)));
    fs::write(&cert, "half of a fi").unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let renewed = given();
    let asked = async {
        while trusting(&server, &renewed, Version::TLS_1_3).send().await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(10), asked).await.expect("the certificate is not renewed");
}
