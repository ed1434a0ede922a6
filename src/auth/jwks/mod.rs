//! The keys of an identity provider, by the address of its set (RFC 7517).
//!
//! Invariant: requests look at the set that is there. Only one whose key is not in it waits, and the
//! provider is asked at most once a while, however many such requests come. Start at [`Jwks::find`].

mod fetch;
mod set;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use jsonwebtoken::Algorithm;
use tokio::sync::{Mutex, OwnedMutexGuard};

use self::{fetch::Fetcher, set::KeySet};
use super::PublicKey;
use crate::error::{Error, Result};

/// When the provider is asked. Tests shorten these; nobody else has a reason to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timing {
    /// From one question to the next, because of a key that is not known or of a failure.
    pub(super) pause: Duration,
    /// The same as long as there was no answer.
    pub(super) first_pause: Duration,
    /// How long a set is used while the provider is away.
    pub(super) longest: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            pause: Duration::from_secs(30),
            first_pause: Duration::from_secs(5),
            longest: Duration::from_hours(24),
        }
    }
}

/// The keys of a provider.
pub(super) struct Jwks {
    shared: Arc<Shared>,
}

struct Shared {
    fetcher: Fetcher,
    timing: Timing,
    set: ArcSwap<KeySet>,
    /// Held while the provider is asked.
    asked: Arc<Mutex<Asked>>,
}

/// What is known of the provider's answers.
#[derive(Debug, Default)]
struct Asked {
    at: Option<Instant>,
    answered_at: Option<Instant>,
    /// How long the last answer is fresh.
    fresh_for: Duration,
    has_failed: bool,
}

impl Asked {
    /// How long the set may stay as it is, if it was fetched at all.
    fn left(&self) -> Duration {
        // Before it is stale, since a question may take its time or fail.
        let age = self.answered_at.map(|at| at.elapsed());
        age.map_or(Duration::ZERO, |age| (self.fresh_for * 4 / 5).saturating_sub(age))
    }

    fn may_be_repeated(&self, timing: Timing) -> bool {
        self.at.is_none_or(|at| at.elapsed() >= self.pause(timing))
    }

    fn pause(&self, timing: Timing) -> Duration {
        if self.answered_at.is_some() { timing.pause } else { timing.first_pause }
    }
}

impl Jwks {
    /// # Errors
    /// [`Error::BadInput`] for an address that is none, [`Error::Internal`] for a client that cannot
    /// be made.
    pub(super) fn of(url: &str) -> Result<Self> {
        Self::with(url, Timing::default())
    }

    pub(super) fn with(url: &str, timing: Timing) -> Result<Self> {
        let shared = Shared {
            fetcher: Fetcher::of(url)?,
            timing,
            set: ArcSwap::default(),
            asked: Arc::default(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Which set it is.
    pub(super) fn number(&self) -> u64 {
        self.shared.set.load().number
    }

    /// The key of that id, or without one the only key of that algorithm.
    pub(super) fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Option<PublicKey> {
        self.shared.set.load().find(kid, algorithm).cloned()
    }

    /// Asks the provider for a key that is not known, unless it was asked a moment ago.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it does not answer, so that nobody can tell.
    pub(super) async fn look_again(&self) -> Result<()> {
        let seen = self.number();
        let asked = Arc::clone(&self.shared.asked).lock_owned().await;
        // While this one waited another may have asked.
        let is_new = self.number() != seen;
        let asked = if !is_new && asked.may_be_repeated(self.shared.timing) {
            self.ask(asked).await?
        } else {
            asked
        };
        if asked.has_failed {
            return Err(Error::unavailable("the identity provider does not answer"));
        }
        Ok(())
    }

    /// Asks the provider before its set is stale, for ever.
    pub(super) async fn keep_fresh(&self) {
        let timing = self.shared.timing;
        loop {
            let mut asked = Arc::clone(&self.shared.asked).lock_owned().await;
            if asked.left().is_zero() && asked.may_be_repeated(timing) {
                match self.ask(asked).await {
                    Ok(then) => asked = then,
                    Err(error) => {
                        tracing::error!(
                            ?error,
                            "the keys of `auth.jwks_url` are no longer fetched"
                        );
                        return;
                    }
                }
            }
            let pause = if asked.has_failed { asked.pause(timing) } else { asked.left() };
            drop(asked);
            tokio::time::sleep(pause.max(Duration::from_millis(10))).await;
        }
    }

    /// In a task of its own: a caller who goes away must not break it off.
    async fn ask(&self, asked: OwnedMutexGuard<Asked>) -> Result<OwnedMutexGuard<Asked>> {
        let asking = tokio::spawn(Arc::clone(&self.shared).ask(asked));
        asking.await.map_err(|cause| Error::Internal(format!("the keys were not fetched: {cause}")))
    }
}

impl Shared {
    async fn ask(self: Arc<Self>, mut asked: OwnedMutexGuard<Asked>) -> OwnedMutexGuard<Asked> {
        asked.at = Some(Instant::now());
        match self.fetcher.fetch().await {
            Ok(answer) => {
                if std::mem::take(&mut asked.has_failed) {
                    tracing::info!("the keys of `auth.jwks_url` are fetched again");
                }
                asked.answered_at = Some(Instant::now());
                asked.fresh_for = answer.fresh_for;
                self.keep(answer.keys, answer.digest);
            }
            Err(reason) => {
                if !std::mem::replace(&mut asked.has_failed, true) {
                    tracing::warn!(reason, "the keys of `auth.jwks_url` cannot be fetched");
                }
                self.drop_outdated(&asked);
            }
        }
        asked
    }

    /// The same keys again stay the same set.
    fn keep(&self, keys: Vec<set::Named>, digest: [u8; 32]) {
        let known = self.set.load();
        if known.digest != digest {
            tracing::info!(keys = keys.len(), "keys of `auth.jwks_url`");
            self.set.store(Arc::new(KeySet { keys, digest, number: known.number + 1 }));
        }
    }

    fn drop_outdated(&self, asked: &Asked) {
        let known = self.set.load();
        let is_outdated = asked.answered_at.is_some_and(|at| at.elapsed() > self.timing.longest);
        if is_outdated && !known.keys.is_empty() {
            tracing::error!("the keys of `auth.jwks_url` are too old and used no more");
            let number = known.number + 1;
            self.set.store(Arc::new(KeySet { number, ..KeySet::default() }));
        }
    }
}
