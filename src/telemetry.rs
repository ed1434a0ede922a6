//! What the service tells about itself: log lines, metrics and, if asked for, traces.
//!
//! `init` is called once, before anything that could log. The `Guard` it returns lives as long
//! as the service: dropping it sends the traces that still wait.

use std::{io::IsTerminal as _, sync::mpsc, thread::JoinHandle, time::Duration};

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing::{Level, Metadata};
use tracing_subscriber::{
    EnvFilter, Layer, Registry, filter::filter_fn, fmt, layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

use crate::config::{LogConfig, LogFormat};

#[cfg(feature = "otlp")]
mod otlp;

/// Upper bounds of the histograms of seconds.
const SECONDS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// How often samples are folded into their histograms, so that they do not pile up unscraped.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// Why logging, metrics or traces could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("configuration: {0}")]
pub struct TelemetryError(String);

/// Keeps telemetry going.
pub struct Guard {
    metrics: PrometheusHandle,
    /// Dropped first: that ends the upkeep.
    stop: Option<mpsc::Sender<()>>,
    upkeep: Option<JoinHandle<()>>,
    #[cfg(feature = "otlp")]
    traces: Option<otlp::Traces>,
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Guard").finish_non_exhaustive()
    }
}

impl Guard {
    /// Renders the metrics.
    pub fn metrics(&self) -> PrometheusHandle {
        self.metrics.clone()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(upkeep) = self.upkeep.take() {
            // It only folds histograms; a panic there was logged when it happened.
            let _ = upkeep.join();
        }
        #[cfg(feature = "otlp")]
        if let Some(traces) = self.traces.take() {
            traces.flush();
        }
    }
}

/// Sets up logging, metrics and traces for the process.
///
/// # Errors
/// [`TelemetryError`] for a filter or an endpoint that cannot be used, and when called twice.
pub fn init(config: &LogConfig) -> Result<Guard, TelemetryError> {
    let filter = EnvFilter::try_new(&config.filter)
        .map_err(|cause| fault("log.filter", &config.filter, &cause))?;
    #[cfg(feature = "otlp")]
    let traces = config.otlp_endpoint.as_ref().map(otlp::Traces::to).transpose()?;
    #[cfg(feature = "otlp")]
    let spans = traces.as_ref().map(otlp::Traces::layer);
    #[cfg(not(feature = "otlp"))]
    let spans = without_traces(config)?;
    tracing_subscriber::registry()
        .with(spans)
        .with(lines(config.format))
        .with(filter)
        .with(filter_fn(may_be_told))
        .try_init()
        .map_err(|cause| TelemetryError(cause.to_string()))?;
    log_panics();
    let metrics = install_metrics()?;
    let (stop, stopped) = mpsc::channel();
    let upkeep = keep_up(metrics.clone(), stopped);
    Ok(Guard {
        metrics,
        stop: Some(stop),
        upkeep: Some(upkeep),
        #[cfg(feature = "otlp")]
        traces,
    })
}

/// Leaves out, whatever the filter, what would tell credentials: the engine of the sockets writes each
/// message out, and the first of a socket brings them.
fn may_be_told(metadata: &Metadata<'_>) -> bool {
    !metadata.target().starts_with("tungstenite") || *metadata.level() <= Level::INFO
}

fn fault(key: &str, value: &str, reason: &dyn std::fmt::Display) -> TelemetryError {
    TelemetryError(format!("`{key}` is `{value}`: {reason}"))
}

#[cfg(not(feature = "otlp"))]
fn without_traces(config: &LogConfig) -> Result<Option<fmt::Layer<Registry>>, TelemetryError> {
    match &config.otlp_endpoint {
        None => Ok(None),
        Some(_) => {
            let reason = "this build has no traces, build it with `--features otlp`";
            Err(fault("log.otlp_endpoint", "not shown", &reason))
        }
    }
}

/// Lines go to the standard error, where they do not mix with what commands print.
fn lines<S>(format: LogFormat) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    let terminal = std::io::stderr().is_terminal();
    let text = format == LogFormat::Text || (format == LogFormat::Auto && terminal);
    let layer = fmt::layer().with_writer(std::io::stderr);
    if text {
        layer.with_ansi(terminal).boxed()
    } else {
        layer.json().flatten_event(true).with_span_list(false).boxed()
    }
}

/// Logs panics like everything else, instead of as loose text.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let payload = panic.payload();
        let text = payload.downcast_ref::<&str>().map(ToString::to_string);
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default();
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panicked: {text}");
    }));
}

fn install_metrics() -> Result<PrometheusHandle, TelemetryError> {
    PrometheusBuilder::new()
        .set_buckets(&SECONDS)
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(|cause| TelemetryError(format!("metrics: {cause}")))
}

fn keep_up(metrics: PrometheusHandle, stopped: mpsc::Receiver<()>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        while stopped.recv_timeout(UPKEEP_INTERVAL) == Err(mpsc::RecvTimeoutError::Timeout) {
            metrics.run_upkeep();
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_filter_is_named() {
        let config = LogConfig { filter: "deskpulse=loud".to_owned(), ..LogConfig::default() };
        let error = init(&config).unwrap_err().to_string();
        assert!(error.starts_with("configuration: `log.filter` is `deskpulse=loud`"), "{error}");
    }
}
