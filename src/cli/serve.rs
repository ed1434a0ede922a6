//! `deskpulse serve`.

use std::{io::Write as _, net::SocketAddr, path::PathBuf, process::ExitCode, sync::Arc};

use clap::Args;
use tokio::{
    signal::unix::{SignalKind, signal},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::{CliError, CliResult, Settings, explain, open_database, system_clock};
use crate::{
    app::App,
    config::Config,
    http::{self, RENEWAL_PAUSE, Tls},
    telemetry,
};

/// What whoever serves others without TLS is told.
const PLAIN_HTTP: &str = "credentials and figures cross the network in plain text unless a proxy \
                          does TLS in front: else set server.tls_cert and server.tls_key";

/// Why there is no demo.
const DEMO_IS_OPEN: &str = "--demo is for a service without credentials, and some are configured";

/// Serves the API, the pages and the playground.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Address to listen on; port 0 takes a free one [default: 127.0.0.1:8080].
    #[arg(long, env = "DESKPULSE_LISTEN", value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Chain of certificates in PEM, to speak TLS; read again when it changes.
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate, in PEM.
    #[arg(long, value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Executes only the documents of `server.trusted_documents`, and those of the playground and the
    /// clients that come with the service.
    #[arg(long)]
    trusted_only: bool,
    /// Starts the demo: made-up data in a tenant of its own.
    #[arg(long)]
    demo: bool,
}

impl Serve {
    pub(super) async fn run(self, settings: &Settings) -> CliResult {
        let mut config = settings.load()?;
        if let Some(listen) = self.listen {
            config.server.listen = listen;
        }
        config.server.tls_cert = self.tls_cert.or(config.server.tls_cert);
        config.server.tls_key = self.tls_key.or(config.server.tls_key);
        config.server.trusted_only |= self.trusted_only;
        let config = Arc::new(config.checked()?);
        if self.demo && config.demo_tenant().is_none() {
            return Err(DEMO_IS_OPEN.into());
        }
        let tls = open_tls(&config).await?;
        let telemetry = telemetry::init(&config.log)?;
        let db = open_database(&config).await?;
        let listener = http::bind(config.server.listen)
            .map_err(|cause| format!("cannot listen on {}: {cause}", config.server.listen))?;
        let address = listener.local_addr()?;
        allow_files(config.server.max_connections);
        let app = App::start(Arc::clone(&config), system_clock(), db)
            .await
            .map_err(|error| explain(&error))?;
        let stop = stop_signal()?;
        let site = http::Site::new(app.http_state(telemetry.metrics()));
        match &tls {
            Some(tls) => renew(Arc::clone(tls), stop.clone())?,
            None if !address.ip().is_loopback() => tracing::warn!(%address, "{PLAIN_HTTP}"),
            None => {}
        }
        announce(&config, address)?;
        if self.demo {
            start_demo(&app, address).await?;
        }
        let door = http::Door::new(listener, tls);
        let deadline = http::serve(door, site, stop, &config.server).await;
        stop_app(app, deadline).await
    }
}

/// Starts the demo as whoever calls an open service would.
async fn start_demo(app: &App, address: SocketAddr) -> Result<(), CliError> {
    let viewer = app.auth.authenticate(None).await.map_err(|error| explain(&error))?;
    app.services.demo.start(&viewer).await.map_err(|error| explain(&error))?;
    println!("demo: http://{address}/monitoring?demo=1");
    Ok(())
}

/// Takes as many file descriptors as the system gives: each connection needs one.
fn allow_files(connections: usize) {
    /// The stores, the log and others beside the connections.
    const OTHERS: usize = 200;
    let needed = u64::try_from(connections + OTHERS).unwrap_or(u64::MAX);
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(limit) if limit < needed => tracing::info!(
            limit,
            needed,
            "fewer file descriptors than `server.max_connections` needs (ulimit -n)"
        ),
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the limit of file descriptors stays as it is"),
    }
}

/// One line with the address, for people and for scripts.
fn announce(config: &Config, address: SocketAddr) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    let scheme = if config.server.tls_files().is_some() { "https" } else { "http" };
    writeln!(out, "deskpulse is listening on {scheme}://{address}")?;
    writeln!(out, "playground: {scheme}://{address}/playground/")?;
    writeln!(out, "pages: {scheme}://{address}/monitoring")?;
    if config.auth.is_open() {
        writeln!(
            out,
            "no credentials are configured: whoever reaches this loopback address is operator of \
             tenant `default`"
        )?;
    }
    out.flush()?;
    Ok(())
}

async fn open_tls(config: &Config) -> Result<Option<Arc<Tls>>, CliError> {
    let Some((cert, key)) = config.server.tls_files() else { return Ok(None) };
    Ok(Some(Arc::new(Tls::open(cert, key).await?)))
}

/// Keeps the certificate up to date, until `stop`.
fn renew(tls: Arc<Tls>, stop: CancellationToken) -> Result<(), CliError> {
    // Before the address is told: whoever knows it may send the signal, which would end the process.
    let hangup = signal(SignalKind::hangup())?;
    tokio::spawn(tls.watch(hangup, stop, RENEWAL_PAUSE));
    Ok(())
}

/// A token that SIGTERM and Ctrl-C cancel; a second signal ends the process at once.
fn stop_signal() -> Result<CancellationToken, CliError> {
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    tokio::spawn(async move {
        let mut next = async || {
            tokio::select! {
                _ = terminate.recv() => (),
                _ = interrupt.recv() => (),
            }
        };
        next().await;
        stopped.cancel();
        next().await;
        std::process::exit(130);
    });
    Ok(stop)
}

async fn stop_app(app: App, deadline: Instant) -> CliResult {
    let started = Instant::now();
    let left = app.stop(deadline.saturating_duration_since(Instant::now())).await;
    let elapsed_ms = started.elapsed().as_millis();
    if left > 0 {
        tracing::warn!(left, elapsed_ms, "stopped with events that wait for the database");
    } else {
        tracing::info!(elapsed_ms, "stopped");
    }
    Ok(ExitCode::SUCCESS)
}
