//! Requests that are too large, too slow or packed.

use std::time::{Duration, Instant};

use deskpulse::auth::Role;
use futures_util::future::join_all;
use http_body_util::StreamBody;
use hyper::body::Frame;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::harness::{Attack, Service};

const MIB: usize = 1024 * 1024;
const SLOW: usize = 500;

/// The status of the answer to a body; none when the connection ended while it was sent.
async fn status_of(service: &Service, body: impl Into<reqwest::Body>) -> Option<u16> {
    let request = service.http().post(service.url("/graphql")).body(body);
    let request = request.header("content-type", "application/json");
    let request = request.header("accept", "application/graphql-response+json");
    let answer = request.bearer_auth(Service::token("default", Role::Viewer)).send().await;
    Some(answer.ok()?.status().as_u16())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_megabytes_of_variables() {
    let service = Service::start().await;
    let mut body = br#"{"query": "{ a }", "variables": {"a": [1"#.to_vec();
    body.resize(100 * MIB, b' ');
    let body = bytes::Bytes::from(body);
    let attack = Attack { name: "100 MB, announced", attackers: 2, most_mib: 150 };
    let announced = body.clone();
    attack
        .repeat(&service, move |service: Service| {
            let body = announced.clone();
            async move {
                assert!(matches!(status_of(&service, body).await, None | Some(413)));
            }
        })
        .await;
    let attack = Attack { name: "100 MB in pieces", attackers: 2, most_mib: 150 };
    attack
        .repeat(&service, move |service: Service| {
            let body = body.clone();
            async move {
                let pieces = (0..body.len()).step_by(MIB).map(move |at| {
                    let piece = body.slice(at..(at + MIB).min(body.len()));
                    Ok::<_, std::io::Error>(Frame::data(piece))
                });
                let pieces = StreamBody::new(futures_util::stream::iter(pieces));
                let pieces = reqwest::Body::wrap(pieces);
                assert!(matches!(status_of(&service, pieces).await, None | Some(413)));
            }
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_full_of_small_values() {
    let service = Service::start().await;
    let mut body =
        r#"{"query": "query($a: [[Int]]) { a(a: $a) }", "variables": {"a": ["#.to_owned();
    body.push_str(&"[],".repeat(2_600_000));
    body.push_str("[]]}}");
    let body = bytes::Bytes::from(body);
    let attack = Attack { name: "2.6 million values", attackers: 2, most_mib: 200 };
    attack
        .repeat(&service, move |service: Service| {
            let body = body.clone();
            async move {
                assert_eq!(status_of(&service, body).await, Some(400));
            }
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_packed_body() {
    let service = Service::start().await;
    let attack = Attack { name: "gzip", attackers: 4, most_mib: 150 };
    attack
        .repeat(&service, |service: Service| async move {
            // The packed form of nothing; what a bomb begins with.
            let packed = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0".to_vec();
            let request = service.http().post(service.url("/graphql")).body(packed);
            let request = request.header("content-type", "application/json");
            let request = request.header("content-encoding", "gzip");
            let token = Service::token("default", Role::Viewer);
            let answer = request.bearer_auth(token).send().await.expect("an answer");
            assert_eq!(answer.status(), 415);
        })
        .await;
}

/// Sends `head`, then a byte now and then, and reads what is answered until the end.
async fn drip(address: &str, head: &str) -> (String, Duration) {
    let begun = Instant::now();
    let stream = TcpStream::connect(address).await.expect("a connection");
    let (mut read, mut write) = stream.into_split();
    write.write_all(head.as_bytes()).await.expect("a head");
    let dripping = async {
        while write.write_all(b"a").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        std::future::pending::<()>().await;
    };
    let mut answer = Vec::new();
    tokio::select! {
        _ = read.read_to_end(&mut answer) => {}
        () = dripping => {}
    }
    (String::from_utf8_lossy(&answer).into_owned(), begun.elapsed())
}

async fn is_cut_off(name: &'static str, setting: &str, head: String, answer: &str) {
    let service = Service::start_with(&[(setting, "1000")]).await;
    let attack = Attack { name, attackers: SLOW, most_mib: 150 };
    attack
        .hold(&service, async {
            let all = join_all((0..SLOW).map(|_| drip(&service.address, &head))).await;
            for (said, took) in &all {
                assert!(said.starts_with(answer), "{said}");
                assert!(*took < Duration::from_secs(10), "{took:?}");
            }
            all.len() as u64
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_headers() {
    let head = "POST /graphql HTTP/1.1\r\nhost: localhost\r\nx-slow: ".to_owned();
    is_cut_off("slow headers", "DESKPULSE_SERVER__HEADER_TIMEOUT_MS", head, "").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_bodies() {
    let token = Service::token("default", Role::Viewer);
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: 100000\r\n\r\n{{"
    );
    let setting = "DESKPULSE_SERVER__BODY_TIMEOUT_MS";
    is_cut_off("slow bodies", setting, head, "HTTP/1.1 408").await;
}
