//! Traces by OTLP over HTTP, in protobuf.

use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{
    Resource,
    trace::{SdkTracerProvider, Tracer},
};
use secrecy::{ExposeSecret as _, SecretString};
use tracing_opentelemetry::OpenTelemetryLayer;

use super::{Registry, TelemetryError, fault};

/// Where the collector takes traces below its endpoint (OTLP/HTTP).
const PATH: &str = "/v1/traces";

const EXPECTED: &str = "expected an address such as http://localhost:4318";

/// For one batch; a collector that does not answer must not hold up a stop.
const TIMEOUT: Duration = Duration::from_secs(3);

/// The way of finished spans to a collector.
pub(super) struct Traces(SdkTracerProvider);

impl Traces {
    /// Sends to `endpoint`, such as `http://localhost:4318`.
    ///
    /// # Errors
    /// [`TelemetryError`] for an endpoint that is no address.
    pub(super) fn to(endpoint: &SecretString) -> Result<Self, TelemetryError> {
        let address = match endpoint.expose_secret().trim_end_matches('/') {
            complete if complete.ends_with(PATH) => complete.to_owned(),
            base => format!("{base}{PATH}"),
        };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client()?)
            .with_endpoint(address)
            .with_timeout(TIMEOUT)
            .build()
            .map_err(|_| fault("log.otlp_endpoint", "not shown", &EXPECTED))?;
        let resource = Resource::builder().with_service_name(env!("CARGO_PKG_NAME")).build();
        let provider = SdkTracerProvider::builder()
            .with_resource(resource)
            .with_batch_exporter(exporter)
            .build();
        Ok(Self(provider))
    }

    pub(super) fn layer(&self) -> OpenTelemetryLayer<Registry, Tracer> {
        tracing_opentelemetry::layer().with_tracer(self.0.tracer(env!("CARGO_PKG_NAME")))
    }

    /// Sends what waits.
    pub(super) fn flush(self) {
        if let Err(error) = self.0.shutdown_with_timeout(TIMEOUT) {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// A blocking client for the exporter's own thread; made in another, as it refuses to be made
/// inside a runtime.
fn client() -> Result<reqwest::blocking::Client, TelemetryError> {
    // Whoever came first has installed the same one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let made = std::thread::spawn(|| reqwest::blocking::Client::builder().timeout(TIMEOUT).build());
    match made.join() {
        Ok(Ok(client)) => Ok(client),
        Ok(Err(cause)) => Err(TelemetryError(format!("traces: {cause}"))),
        Err(_) => Err(TelemetryError("traces: no HTTP client".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read as _, Write as _},
        net::TcpListener,
    };

    use opentelemetry::trace::Tracer as _;

    use super::*;

    #[test]
    fn spans_reach_the_collector_as_protobuf() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}/", listener.local_addr().unwrap());
        let collector = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut head = vec![0; 4_096];
            let read = stream.read(&mut head).unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
            String::from_utf8_lossy(&head[..read]).to_lowercase()
        });
        let traces = Traces::to(&endpoint.into()).unwrap();
        traces.0.tracer("test").in_span("a span", |_| {});
        traces.flush();
        let request = collector.join().unwrap();
        assert!(request.starts_with("post /v1/traces http/1.1"), "{request}");
        assert!(request.contains("content-type: application/x-protobuf"), "{request}");
    }

    #[test]
    fn an_endpoint_that_is_no_address_is_named() {
        let error = Traces::to(&"no address: secret".into()).map(|_| ()).unwrap_err().to_string();
        let expected = "configuration: `log.otlp_endpoint` is `not shown`: expected an address such as \
                        http://localhost:4318";
        assert_eq!(error, expected);
    }
}
