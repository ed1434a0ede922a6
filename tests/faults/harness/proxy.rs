//! A wire between the service and a store that can be cut, or can swallow everything.

use std::sync::Arc;

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::AbortHandle,
};

use super::ports::free_port;

/// What has become of the connections so far; new ones are forwarded unless `blocked`.
#[derive(Clone, Copy, Default)]
struct Wire {
    /// Counts the cuts: a connection ends when it changes.
    cuts: u32,
    /// Counts the stalls: a connection falls silent when it changes.
    stalls: u32,
    /// New connections are silent from the start.
    blocked: bool,
}

/// Forwards a port of its own to `target`.
pub(crate) struct Proxy {
    port: u16,
    wire: Arc<watch::Sender<Wire>>,
    listener: AbortHandle,
}

impl Proxy {
    pub(crate) async fn to(target: u16) -> Self {
        let port = free_port();
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("a free port");
        let wire = Arc::new(watch::Sender::new(Wire::default()));
        let forward = accept(listener, target, Arc::clone(&wire));
        Self { port, wire, listener: tokio::spawn(forward).abort_handle() }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Ends every connection of this moment.
    pub(crate) fn cut(&self) {
        self.wire.send_modify(|wire| wire.cuts += 1);
    }

    /// Lets every connection of this moment fall silent for good, neither forwarded nor closed.
    pub(crate) fn stall(&self) {
        self.wire.send_modify(|wire| wire.stalls += 1);
    }

    /// The same, also for whoever connects until `unblock`.
    pub(crate) fn block(&self) {
        self.wire.send_modify(|wire| {
            wire.stalls += 1;
            wire.blocked = true;
        });
    }

    pub(crate) fn unblock(&self) {
        self.wire.send_modify(|wire| wire.blocked = false);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

async fn accept(listener: TcpListener, target: u16, wire: Arc<watch::Sender<Wire>>) {
    while let Ok((client, _)) = listener.accept().await {
        tokio::spawn(forward(client, target, wire.subscribe()));
    }
}

async fn forward(mut client: TcpStream, target: u16, mut wire: watch::Receiver<Wire>) {
    let at_start = *wire.borrow_and_update();
    let is_cut = |wire: &Wire| wire.cuts != at_start.cuts;
    let is_silent = |wire: &Wire| is_cut(wire) || wire.stalls != at_start.stalls;
    let mut server = None;
    if !at_start.blocked {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", target)).await else { return };
        let _ = (client.set_nodelay(true), stream.set_nodelay(true));
        tokio::select! {
            _ = copy_bidirectional(&mut client, &mut stream) => return,
            _ = wire.wait_for(is_silent) => server = Some(stream),
        }
    }
    // Both ends are held open, and nothing is read from them, until they are cut.
    let _ = wire.wait_for(is_cut).await;
    drop((client, server));
}
