//! `deskpulse serve`.

use std::{io::Write as _, net::SocketAddr, process::ExitCode, sync::Arc};

use clap::Args;
use tokio::{
    signal::unix::{SignalKind, signal},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::{CliError, CliResult, Settings, explain, open_database, system_clock};
use crate::{app::App, config::Config, http, telemetry};

/// Serves the API and the playground.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Address to listen on; port 0 takes a free one [default: 127.0.0.1:8080].
    #[arg(long, env = "DESKPULSE_LISTEN", value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
}

impl Serve {
    pub(super) async fn run(self, settings: &Settings) -> CliResult {
        let mut config = settings.load()?;
        if let Some(listen) = self.listen {
            config.server.listen = listen;
        }
        let config = Arc::new(config.checked()?);
        let telemetry = telemetry::init(&config.log)?;
        let db = open_database(&config).await?;
        let listener = http::bind(config.server.listen)
            .map_err(|cause| format!("cannot listen on {}: {cause}", config.server.listen))?;
        let address = listener.local_addr()?;
        let app = App::start(Arc::clone(&config), system_clock(), db)
            .await
            .map_err(|error| explain(&error))?;
        let stop = stop_signal()?;
        let site = http::Site::new(app.http_state(telemetry.metrics()));
        announce(&config, address)?;
        let deadline = http::serve(listener, site, stop, &config.server).await;
        stop_app(app, deadline).await
    }
}

/// One line with the address, for people and for scripts.
fn announce(config: &Config, address: SocketAddr) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "deskpulse is listening on http://{address}")?;
    writeln!(out, "playground: http://{address}/playground/")?;
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
