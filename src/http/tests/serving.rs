//! How connections begin and end.

use std::time::{Duration, Instant};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::{Answer, Server, client};

#[tokio::test]
async fn a_stop_lets_requests_end_and_closes_idle_connections() {
    let server = Server::open();
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    assert!(idle.read(&mut [0; 1_024]).await.unwrap() > 0);
    let request = server.post(r#"{"query": "{ slowB }"}"#);
    let under_way = tokio::spawn(Answer::to(request));
    tokio::time::sleep(Duration::from_millis(10)).await;
    let started = Instant::now();
    server.stop.cancel();
    assert_eq!(under_way.await.unwrap().status, 200);
    assert_eq!(idle.read(&mut [0; 16]).await.unwrap(), 0);
    server.task.await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_request_that_crosses_a_stop_is_answered_and_is_the_last() {
    let server = Server::open();
    let mut kept = TcpStream::connect(server.address).await.unwrap();
    let request = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    kept.write_all(request).await.unwrap();
    assert!(kept.read(&mut [0; 1_024]).await.unwrap() > 0);
    server.stop.cancel();
    tokio::task::yield_now().await;
    for mut client in [kept, TcpStream::connect(server.address).await.unwrap()] {
        client.write_all(request).await.unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.to_lowercase().contains("\r\nconnection: close\r\n"), "{answer}");
    }
}

#[tokio::test]
async fn a_stop_does_not_wait_longer_than_its_deadline() {
    let mut config = crate::config::Config::default();
    config.server.stop_timeout_ms = 100;
    let server = Server::start(config);
    let stuck = tokio::spawn(server.post(r#"{"query": "{ forever }"}"#).send());
    tokio::time::sleep(Duration::from_millis(50)).await;
    server.stop.cancel();
    let address = server.address;
    server.task.await.unwrap();
    assert!(stuck.await.unwrap().is_err());
    assert!(client().get(format!("http://{address}/healthz")).send().await.is_err());
}
