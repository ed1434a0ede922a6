//! `serve --tls-cert --tls-key`, as its clients see it.

use std::{fs, sync::Arc, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use rcgen::generate_simple_self_signed;
use reqwest::Certificate;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::{
    client_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};

use crate::process::{Desk, Service};

const FILES: [&str; 4] = ["--tls-cert", "cert.pem", "--tls-key", "key.pem"];

/// Writes a certificate of its own and its key into the folder; the certificate.
fn given_certificate(desk: &Desk) -> String {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let own = generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]);
    let own = own.expect("a certificate");
    let write = |name: &str, text: &str| fs::write(desk.path().join(name), text).expect("a file");
    write("key.pem", &own.signing_key.serialize_pem());
    write("cert.pem", &own.cert.pem());
    own.cert.pem()
}

/// Asks over a new connection, trusting this certificate and no other.
async fn ask(service: &Service, cert: &str, query: &str) -> Option<Value> {
    let cert = Certificate::from_pem(cert.as_bytes()).expect("a certificate");
    let client = reqwest::Client::builder().tls_certs_only([cert]).build().expect("a client");
    let request = client.post(format!("{}/graphql", service.url));
    let response = request.json(&json!({ "query": query })).send().await.ok()?;
    Some(response.json().await.expect("JSON"))
}

/// Asks until that succeeds.
async fn asked_at_last(service: &Service, cert: &str) {
    for _ in 0..200 {
        if ask(service, cert, "{ __typename }").await.is_some() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the certificate is not used");
}

async fn logged_at_last(desk: &Desk, text: &str) {
    for _ in 0..200 {
        if desk.read("serve.log").contains(text) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no `{text}` in {}", desk.read("serve.log"));
}

#[tokio::test]
async fn queries_go_over_tls_to_who_trusts_the_certificate() {
    let desk = Desk::new();
    let cert = given_certificate(&desk);
    let service = desk.serve_with(&FILES);
    assert!(service.url.starts_with("https://127.0.0.1:"), "{}", service.url);
    let answer = ask(&service, &cert, "{ ingestStatus { stored } }").await.expect("an answer");
    assert_eq!(answer, json!({ "data": { "ingestStatus": { "stored": 0 } } }));
    let stranger = given_certificate(&Desk::new());
    assert_eq!(ask(&service, &stranger, "{ __typename }").await, None);
    assert_eq!(service.stop().code(), Some(0));
}

#[tokio::test]
async fn a_subscription_goes_over_tls() {
    let desk = Desk::new();
    let cert = given_certificate(&desk);
    let service = desk.serve_with(&FILES);
    let address = service.url.strip_prefix("https://").expect("an address");
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(cert.as_bytes()).expect("PEM")).expect("a root");
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(address).await.expect("a connection");
    let name = ServerName::try_from("localhost").expect("a name");
    let connector = TlsConnector::from(Arc::new(config));
    let stream = connector.connect(name, stream).await.expect("a handshake");
    let mut request = format!("wss://{address}/graphql/ws").into_client_request().expect("a URL");
    let protocol = "graphql-transport-ws".parse().expect("a protocol");
    request.headers_mut().insert("sec-websocket-protocol", protocol);
    let (mut socket, _) = client_async(request, stream).await.expect("a socket");
    let query = "subscription { realtimeOverview { activeSessions } }";
    for message in [
        json!({ "type": "connection_init" }),
        json!({ "type": "subscribe", "id": "1", "payload": { "query": query } }),
    ] {
        socket.send(Message::text(message.to_string())).await.expect("a sent message");
    }
    for expected in [
        json!({ "type": "connection_ack" }),
        json!({ "type": "next", "id": "1",
            "payload": { "data": { "realtimeOverview": { "activeSessions": 0 } } } }),
    ] {
        let message = socket.next().await.expect("a message").expect("a whole message");
        let message: Value = serde_json::from_str(message.to_text().expect("text")).expect("JSON");
        assert_eq!(message, expected);
    }
}

#[tokio::test]
async fn a_renewed_certificate_is_used_and_a_broken_one_is_not() {
    let desk = Desk::new();
    let first = given_certificate(&desk);
    let service = desk.serve_with(&FILES);
    asked_at_last(&service, &first).await;
    let second = given_certificate(&desk);
    service.hang_up();
    asked_at_last(&service, &second).await;
    assert_eq!(ask(&service, &first, "{ __typename }").await, None);
    logged_at_last(&desk, "the TLS certificate was renewed").await;

    fs::write(desk.path().join("cert.pem"), "half of a fi").expect("a file");
    service.hang_up();
    logged_at_last(&desk, "was not renewed").await;
    let expected = "configuration: `server.tls_cert` is `cert.pem`, expected a chain of \
                    certificates in PEM, the server's own first";
    assert!(desk.read("serve.log").contains(expected), "{}", desk.read("serve.log"));
    asked_at_last(&service, &second).await;

    let third = given_certificate(&desk);
    service.hang_up();
    asked_at_last(&service, &third).await;
    assert!(!desk.read("serve.log").contains("PRIVATE KEY"));
}

#[tokio::test]
async fn a_client_that_never_ends_its_handshake_does_not_hurt_others() {
    let desk = Desk::new();
    let cert = given_certificate(&desk);
    let service = desk.serve_with(&FILES);
    let address = service.url.strip_prefix("https://").expect("an address");
    let mut silent = Vec::new();
    for _ in 0..50 {
        silent.push(TcpStream::connect(address).await.expect("a connection"));
    }
    asked_at_last(&service, &cert).await;
    drop(silent);
    assert_eq!(service.stop().code(), Some(0));
}

#[test]
fn what_is_wrong_with_the_files_is_said_in_one_line() {
    let desk = Desk::new();
    let refused = |arguments: &[&str]| {
        desk.refused(&[&["serve", "--listen", "127.0.0.1:0"], arguments].concat())
    };
    let expected = "configuration: `server.tls_key` is `missing`, expected a file, because \
                    `server.tls_cert` is set";
    assert_eq!(refused(&FILES[..2]), expected);
    let expected = "configuration: `server.tls_cert` is `cert.pem`, expected a file that can be \
                    read (entity not found)";
    assert_eq!(refused(&FILES), expected);
    let own = given_certificate(&desk);
    given_certificate(&desk);
    fs::write(desk.path().join("cert.pem"), own).expect("a file");
    let expected = "configuration: `server.tls_key` is `key.pem`, expected the key of the \
                    certificate in `cert.pem`";
    assert_eq!(refused(&FILES), expected);
}

#[test]
fn tls_does_not_stand_in_for_credentials() {
    let desk = Desk::new();
    given_certificate(&desk);
    let arguments = [&["serve", "--listen", "0.0.0.0:0"], &FILES[..]].concat();
    let reason = desk.refused(&arguments);
    assert!(reason.starts_with("configuration: `server.listen` is `0.0.0.0:0`"), "{reason}");
}

#[test]
fn the_files_may_stand_in_the_configuration() {
    let toml = "[server]\ntls_cert = \"cert.pem\"\ntls_key = \"key.pem\"\n";
    let desk = Desk::new().given("desk.toml", toml);
    given_certificate(&desk);
    let service = desk.serve_with(&["--config", "desk.toml"]);
    assert!(service.url.starts_with("https://"), "{}", service.url);
}
