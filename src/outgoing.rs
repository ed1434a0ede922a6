//! HTTP to others: the client that asks them, and why there was no answer.

use std::time::Duration;

use reqwest::{Client, redirect};

use crate::error::{Error, Result};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A client that follows no redirect: whom it may ask is in the configuration. `timeout` is for all of
/// an answer.
pub(crate) fn client(timeout: Duration) -> Result<Client> {
    // Fails when a provider is there already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .user_agent(concat!("deskpulse/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(timeout)
        .redirect(redirect::Policy::none())
        .build()
        .map_err(|cause| Error::Internal(format!("no client for HTTP: {cause}")))
}

/// Why there was no answer, in words for whoever configures the address; without it, since it may hold a
/// token.
pub(crate) fn missing(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection was lost"
    }
}
