//! TLS for whoever has no proxy in front (ADR 38).
//!
//! Invariant: whatever becomes of the files, the service goes on with the last certificate that could
//! be used. Start at [`Tls::open`]; a handshake runs in its connection's own task, so that one which
//! never ends holds up nobody.

mod files;

use std::{path::Path, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use tokio::{
    net::{TcpListener, TcpStream},
    signal::unix::Signal,
    sync::Mutex,
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_util::sync::CancellationToken;

use self::files::Files;
pub use self::files::TlsError;

/// How long a client may take for its handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// How often the files are looked at again.
pub const RENEWAL_PAUSE: Duration = Duration::from_mins(1);

/// On a request that came over TLS of ours.
#[derive(Clone, Copy, Debug)]
pub(super) struct Secure;

/// Where connections come from, and whether they speak TLS.
#[derive(Debug)]
pub struct Door {
    pub(super) listener: TcpListener,
    pub(super) tls: Option<Arc<Tls>>,
}

impl Door {
    pub fn new(listener: TcpListener, tls: Option<Arc<Tls>>) -> Self {
        Self { listener, tls }
    }
}

impl From<TcpListener> for Door {
    fn from(listener: TcpListener) -> Self {
        Self::new(listener, None)
    }
}

/// The certificate in use, and the files that it came from.
pub struct Tls {
    files: Files,
    current: ArcSwap<ServerConfig>,
    /// What was found at the last look.
    seen: Mutex<Seen>,
    pub(super) handshake_timeout: Duration,
}

#[derive(Debug)]
struct Seen {
    digest: blake3::Hash,
    fault: Option<TlsError>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Tls").field("files", &self.files).finish_non_exhaustive()
    }
}

impl Tls {
    /// Reads a certificate and its key.
    ///
    /// # Errors
    /// [`TlsError`] for the first thing that is wrong with them.
    pub async fn open(cert: &Path, key: &Path) -> Result<Self, TlsError> {
        let files = Files { cert: cert.to_owned(), key: key.to_owned() };
        let content = files.read().await?;
        Ok(Self {
            current: ArcSwap::new(files.configure(&content)?),
            seen: Mutex::new(Seen { digest: content.digest(), fault: None }),
            files,
            handshake_timeout: HANDSHAKE_TIMEOUT,
        })
    }

    /// Looks at the files every `pause` and whenever the process is told to by SIGHUP, until `stop`.
    pub async fn watch(
        self: Arc<Self>,
        mut hangup: Signal,
        stop: CancellationToken,
        pause: Duration,
    ) {
        loop {
            let is_asked = tokio::select! {
                () = tokio::time::sleep(pause) => false,
                _ = hangup.recv() => true,
                () = stop.cancelled() => return,
            };
            self.renew(is_asked).await;
        }
    }

    /// Uses what stands in the files now; what cannot be used is logged once, or whenever somebody asks.
    async fn renew(&self, is_asked: bool) {
        let mut seen = self.seen.lock().await;
        let renewed = async {
            let content = self.files.read().await?;
            let digest = content.digest();
            if digest != seen.digest {
                self.current.store(self.files.configure(&content)?);
            }
            Ok::<_, TlsError>(digest)
        };
        match renewed.await {
            Ok(digest) if digest != seen.digest => {
                tracing::info!("the TLS certificate was renewed");
                *seen = Seen { digest, fault: None };
            }
            Ok(_) => {
                if is_asked || seen.fault.is_some() {
                    tracing::info!("the TLS certificate is the one in use");
                }
                seen.fault = None;
            }
            Err(fault) => {
                if is_asked || seen.fault.as_ref() != Some(&fault) {
                    tracing::error!(%fault, "the TLS certificate was not renewed, the last one stays");
                }
                seen.fault = Some(fault);
            }
        }
    }

    /// Shakes hands; `None` when that failed or took too long.
    pub(super) async fn accept(&self, stream: TcpStream) -> Option<TlsStream<TcpStream>> {
        let acceptor = TlsAcceptor::from(self.current.load_full());
        let result = match timeout(self.handshake_timeout, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => {
                count("ok");
                return Some(stream);
            }
            Ok(Err(error)) => {
                tracing::debug!(%error, "a TLS handshake failed");
                "failed"
            }
            Err(_) => {
                tracing::debug!("a TLS handshake took too long");
                "timeout"
            }
        };
        count(result);
        None
    }
}

fn count(result: &'static str) {
    metrics::counter!("tls_handshakes_total", "result" => result).increment(1);
}
