//! A way to a server that can swallow everything, as a firewall that forgets a connection does.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// Hands connections on to a port of this machine; gone with its owner.
pub(crate) struct Proxy {
    port: u16,
    /// Connections of a lower number are silent.
    silent_below: watch::Sender<u64>,
    /// Whether new connections are silent from their beginning.
    deaf: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Proxy {
    pub(crate) async fn to(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let silent_below = watch::Sender::new(0);
        let deaf = Arc::<AtomicBool>::default();
        let served = serve(listener, target, silent_below.subscribe(), Arc::clone(&deaf));
        let task = tokio::spawn(served);
        Self { port, silent_below, deaf, task }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Forwards nothing more over the connections of the present, and leaves them open. New ones
    /// work.
    pub(crate) fn silence(&self) {
        self.silent_below.send_modify(|below| *below += 1);
    }

    /// Forwards nothing more over any connection, or something again over new ones.
    pub(crate) fn swallow(&self, all: bool) {
        self.deaf.store(all, Ordering::SeqCst);
        self.silence();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    listener: TcpListener,
    target: u16,
    silent_below: watch::Receiver<u64>,
    deaf: Arc<AtomicBool>,
) {
    while let Ok((client, _)) = listener.accept().await {
        let mut silence = silent_below.clone();
        let born = *silence.borrow();
        let deaf = deaf.load(Ordering::SeqCst);
        tokio::spawn(async move {
            let mut client = client;
            let Ok(mut server) = TcpStream::connect(("127.0.0.1", target)).await else { return };
            let silenced = async { silence.wait_for(|below| born < *below).await.is_ok() };
            let silenced = tokio::select! {
                biased;
                () = std::future::ready(()), if deaf => true,
                _ = copy_bidirectional(&mut client, &mut server) => false,
                silenced = silenced => silenced,
            };
            // Both ends stay open, and hear nothing, until the proxy is gone.
            while silenced && silence.changed().await.is_ok() {}
        });
    }
}
