//! Connections that do nothing, or too much.

use std::time::Duration;

use deskpulse::auth::Role;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _, http::HeaderValue},
};

use crate::harness::{Attack, Service};

const IDLE: usize = 10_000;

/// Opens that many connections and says nothing on any.
async fn idle_connections(service: &Service) -> Vec<TcpStream> {
    let files = rlimit::increase_nofile_limit(u64::MAX).expect("a limit of files");
    assert!(files > IDLE as u64 + 200, "{files} files are too few (ulimit -Hn)");
    let mut idle = Vec::with_capacity(IDLE);
    while idle.len() < IDLE {
        idle.push(TcpStream::connect(&service.address).await.expect("a connection"));
    }
    idle
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_idle_connections_that_close_at_once() {
    let service = Service::start().await;
    let attack = Attack { name: "idle connections", attackers: 1, most_mib: 200 };
    attack
        .hold(&service, async {
            let idle = idle_connections(&service).await;
            tokio::time::sleep(Duration::from_secs(3)).await;
            let closing = tokio::task::spawn_blocking(|| drop(idle));
            closing.await.expect("no panic");
            tokio::time::sleep(Duration::from_secs(1)).await;
            IDLE as u64
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_idle_connections_that_time_out_at_once() {
    let service = Service::start_with(&[("DESKPULSE_SERVER__HEADER_TIMEOUT_MS", "2000")]).await;
    let attack = Attack { name: "idle until the end", attackers: 1, most_mib: 200 };
    attack
        .hold(&service, async {
            let mut idle = idle_connections(&service).await;
            tokio::time::sleep(Duration::from_secs(4)).await;
            for stream in &mut idle {
                let mut said = Vec::new();
                let end =
                    tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut said));
                end.await.expect("an end in time").expect("an end in order");
            }
            idle.len() as u64
        })
        .await;
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn socket(service: &Service) -> Socket {
    let url = format!("ws://{}/graphql/ws", service.address);
    let mut request = url.into_client_request().expect("a request");
    let protocol = HeaderValue::from_static("graphql-transport-ws");
    request.headers_mut().insert("sec-websocket-protocol", protocol);
    let (mut socket, _) = connect_async(request).await.expect("a handshake");
    let authorization = format!("Bearer {}", Service::token("default", Role::Viewer));
    let init = json!({ "type": "connection_init", "payload": { "authorization": authorization } });
    socket.send(Message::text(init.to_string())).await.expect("an open socket");
    assert_eq!(message(&mut socket).await["type"], "connection_ack");
    socket
}

async fn message(socket: &mut Socket) -> Value {
    loop {
        let next = tokio::time::timeout(Duration::from_secs(20), socket.next());
        match next.await.expect("a message in time").expect("an open socket") {
            Ok(Message::Text(text)) => return serde_json::from_str(&text).expect("JSON"),
            Ok(_) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_subscriptions() {
    let service = Service::start().await;
    let attack = Attack { name: "subscriptions", attackers: 4, most_mib: 200 };
    attack
        .repeat(&service, |service: Service| async move {
            let mut socket = socket(&service).await;
            let (mut refused, mut shown) = (0, 0);
            for id in 0..1_000 {
                // Each in other words, so that none shares another's execution.
                let query = format!("subscription S{id} {{ realtimeOverview {{ version }} }}");
                let start = json!({ "type": "subscribe", "id": id.to_string(),
                                    "payload": { "query": query } });
                socket.feed(Message::text(start.to_string())).await.expect("an open socket");
            }
            socket.flush().await.expect("an open socket");
            // Those that are refused are told at once, the others when their pictures are there.
            while refused < 900 || shown == 0 {
                let message = message(&mut socket).await;
                match message["type"].as_str() {
                    Some("error") => {
                        let code = &message["payload"][0]["extensions"]["code"];
                        assert_eq!(code, "RATE_LIMITED", "{message}");
                        refused += 1;
                    }
                    _ => shown += 1,
                }
            }
        })
        .await;
}

/// Opens a WebSocket that offers to pack its frames, and sends one that says it is packed.
async fn send_packed(service: &Service) -> (String, usize) {
    let mut stream = TcpStream::connect(&service.address).await.expect("a connection");
    let request = format!(
        "GET /graphql/ws HTTP/1.1\r\nhost: {}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         sec-websocket-protocol: graphql-transport-ws\r\n\
         sec-websocket-extensions: permessage-deflate; client_max_window_bits\r\n\r\n",
        service.address
    );
    stream.write_all(request.as_bytes()).await.expect("a request");
    let mut answer = vec![0; 4_096];
    let read = stream.read(&mut answer).await.expect("an answer");
    answer.truncate(read);
    // FIN, RSV1 and text; masked with zeros, 5 bytes.
    let frame = [0xC1, 0x85, 0, 0, 0, 0, 0xAA, 0x56, 0x4A, 0x04, 0];
    stream.write_all(&frame).await.expect("an open socket");
    let mut rest = Vec::new();
    let end = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut rest));
    // A reset is an end too.
    let _ = end.await.expect("an end");
    (String::from_utf8_lossy(&answer).to_lowercase(), rest.len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn packed_frames() {
    let service = Service::start().await;
    let attack = Attack { name: "permessage-deflate", attackers: 4, most_mib: 150 };
    attack
        .repeat(&service, |service: Service| async move {
            let (answer, said) = send_packed(&service).await;
            assert!(answer.starts_with("http/1.1 101"), "{answer}");
            assert!(!answer.contains("sec-websocket-extensions"), "{answer}");
            assert!(said < 200, "no more than a close frame: {said} bytes");
        })
        .await;
}
