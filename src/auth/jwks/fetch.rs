//! Asks a provider for its keys, and takes no more than a set can be.

use std::time::Duration;

use reqwest::{
    Client, Response, StatusCode, Url,
    header::{ACCEPT, CACHE_CONTROL, HeaderMap},
};

use super::set::{self, Named};
use crate::{
    error::{Error, Result},
    outgoing::{self, missing},
};

/// For all of an answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Largest answer, unpacked.
const MAX_BYTES: usize = 256 * 1024;
/// How long an answer is fresh that does not say so, and the bounds of one that does.
const FRESH_FOR: Duration = Duration::from_mins(10);
const FRESH_AT_LEAST: Duration = Duration::from_mins(1);
const FRESH_AT_MOST: Duration = Duration::from_hours(24);

/// Asks one provider.
pub(super) struct Fetcher {
    client: Client,
    url: Url,
}

/// What it has answered.
pub(super) struct Answer {
    pub(super) keys: Vec<Named>,
    pub(super) digest: [u8; 32],
    pub(super) fresh_for: Duration,
}

impl Fetcher {
    pub(super) fn of(url: &str) -> Result<Self> {
        let url = url.parse().map_err(|_| Error::bad_text("auth.jwks_url", url, "an address"))?;
        Ok(Self { client: outgoing::client(TIMEOUT)?, url })
    }

    /// # Errors
    /// Why there are no keys, in words for whoever configures it.
    pub(super) async fn fetch(&self) -> Result<Answer, &'static str> {
        let request = self.client.get(self.url.clone());
        let request = request.header(ACCEPT, "application/jwk-set+json, application/json");
        let response = request.send().await.map_err(|error| missing(&error))?;
        if response.status() != StatusCode::OK {
            return Err("the answer's status is not 200");
        }
        let fresh_for = fresh_for(response.headers());
        let text = body(response).await?;
        let digest = *blake3::hash(&text).as_bytes();
        Ok(Answer { keys: set::read(&text)?, digest, fresh_for })
    }
}

async fn body(mut response: Response) -> Result<Vec<u8>, &'static str> {
    let mut text = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| missing(&error))? {
        if text.len() + piece.len() > MAX_BYTES {
            return Err("the answer is larger than 256 KiB");
        }
        text.extend_from_slice(&piece);
    }
    Ok(text)
}

/// `max-age` of `Cache-Control`, within bounds.
fn fresh_for(headers: &HeaderMap) -> Duration {
    let directives =
        headers.get_all(CACHE_CONTROL).into_iter().filter_map(|value| value.to_str().ok());
    let mut directives = directives.flat_map(|value| value.split(','));
    let secs = directives.find_map(|directive| {
        let (name, secs) = directive.split_once('=')?;
        name.trim().eq_ignore_ascii_case("max-age").then(|| secs.trim().parse().ok())?
    });
    let stated = secs.map_or(FRESH_FOR, Duration::from_secs);
    stated.clamp(FRESH_AT_LEAST, FRESH_AT_MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_fresh_for_as_long_as_it_says_within_bounds() {
        for (value, secs) in [
            ("public, max-age=3600", 3_600),
            ("MAX-AGE = 120 , must-revalidate", 120),
            ("max-age=0", 60),
            ("max-age=99999999", 86_400),
            ("s-maxage=3600", 600),
            ("no-store", 600),
            ("max-age=soon", 600),
        ] {
            let headers = HeaderMap::from_iter([(CACHE_CONTROL, value.parse().unwrap())]);
            assert_eq!(fresh_for(&headers), Duration::from_secs(secs), "{value}");
        }
        assert_eq!(fresh_for(&HeaderMap::new()), FRESH_FOR);
    }
}
