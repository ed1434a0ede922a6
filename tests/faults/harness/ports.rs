//! Ports that stay a server's own over its restarts.

use std::net::TcpListener;

use rand::Rng as _;

/// A port that nobody listens on. Below 32768, where Linux starts to hand out ports to clients: a
/// server that is started again must find its port free.
pub(crate) fn free_port() -> u16 {
    let mut random = rand::rng();
    std::iter::repeat_with(|| random.random_range(20_000..32_000))
        .take(1_000)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a free port from 20000 to 31999")
}
