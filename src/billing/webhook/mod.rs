//! The webhook of a mark of the quota: a message signed as Standard Webhooks says, sent until the
//! receiver takes it.
//!
//! Invariant: the row of the mark is stored with the call that reached it and says that its webhook is
//! pending, so that no crash and no restart loses one. An attempt is begun by a conditional update, which
//! one replica wins; one that never ends is made again, under the same id (ADR 31). Start at
//! [`Webhooks::deliver_due`].

mod backoff;
mod message;
mod send;
mod signature;
mod store;

use std::{collections::HashMap, sync::Arc, time::Duration};

use chrono::TimeDelta;
use entity::quota_crossing::Model;
use futures_util::{StreamExt as _, stream};
use metrics::counter;
use secrecy::ExposeSecret as _;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

pub(super) use self::message::message_id;
use self::{
    backoff::next_delay,
    message::Message,
    send::{Answer, Sender},
};
use crate::{
    clock::Clock,
    config::{Config, signing_key},
    db::Db,
    error::{Code, Error, Result},
    tenant::{Tenant, TenantId},
};

/// How often is looked for what is due, besides at once when a mark is reached here.
const POLL: Duration = Duration::from_secs(1);
/// After so long an attempt that has not ended is taken for lost; far more than it may take.
const LEASE_SECS: i64 = 60;
/// After so long no further attempt is made.
const GIVE_UP_AFTER_HOURS: i64 = 72;
/// Marks that are looked at together, and messages under way at once.
const BATCH: u64 = 64;
const AT_ONCE: usize = 8;

/// Delivers the webhooks of all tenants that have one.
pub struct Webhooks {
    db: Db,
    clock: Arc<dyn Clock>,
    sender: Sender,
    receivers: HashMap<String, Receiver>,
    /// Told when a mark is reached.
    reached: Arc<Notify>,
}

/// Where a tenant's messages go.
struct Receiver {
    tenant: Arc<Tenant>,
    url: reqwest::Url,
    /// The present key first.
    keys: Vec<Vec<u8>>,
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Delivered,
    /// In so long it is tried again.
    Again(TimeDelta),
    GivenUp,
}

impl Webhooks {
    /// # Errors
    /// [`Error::Internal`] when HTTP cannot be spoken at all.
    pub(super) fn new(
        db: Db,
        clock: Arc<dyn Clock>,
        config: &Config,
        reached: Arc<Notify>,
    ) -> Result<Self> {
        let receivers = config.tenants.values().filter_map(Receiver::of);
        let receivers = receivers.map(|receiver| (receiver.tenant.id.to_string(), receiver));
        Ok(Self { db, clock, sender: Sender::new()?, receivers: receivers.collect(), reached })
    }

    /// Delivers what is due until `stop`, which cuts an attempt short: it is made again later.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) {
        if !self.receivers.is_empty() {
            stop.run_until_cancelled(self.deliver()).await;
        }
    }

    async fn deliver(&self) {
        loop {
            match self.deliver_due().await {
                // There may be more.
                Ok(attempts) if attempts > 0 => continue,
                Ok(_) => {}
                // It is looked again in a second, and whoever watches the database tells that it is away.
                Err(error) if error.code() == Code::Unavailable => {
                    tracing::debug!(?error, "cannot look for webhooks that are due");
                }
                Err(error) => tracing::warn!(?error, "cannot look for webhooks that are due"),
            }
            let _ = tokio::time::timeout(POLL, self.reached.notified()).await;
        }
    }

    /// Makes one attempt at each message that is due and that nobody else attempts; returns how many
    /// that were.
    pub async fn deliver_due(&self) -> Result<usize> {
        let tenants = self.receivers.keys().map(String::as_str);
        let due = store::list_due(&self.db, tenants, self.clock.now(), BATCH).await?;
        let attempts = stream::iter(due).map(|crossing| self.attempt(crossing));
        let attempts: Vec<_> = attempts.buffer_unordered(AT_ONCE).collect().await;
        let mut made = 0;
        for attempt in attempts {
            made += usize::from(attempt?);
        }
        Ok(made)
    }

    /// Whether it was this process's to make.
    async fn attempt(&self, due: Model) -> Result<bool> {
        let Some(receiver) = self.receivers.get(&due.tenant_id) else { return Ok(false) };
        let begun_at = self.clock.now();
        let lease_end = begun_at + TimeDelta::seconds(LEASE_SECS);
        let Some(begun) = store::begin(&self.db, &due, begun_at, lease_end).await? else {
            return Ok(false);
        };
        let message = Message::of(&receiver.tenant, &begun)?;
        let headers = message.headers(&receiver.keys, begun_at)?;
        let answer = self.sender.send(receiver.url.clone(), &message, headers).await;
        let now = self.clock.now();
        let outcome = outcome(&begun, &answer, now - begun.crossed_at);
        store::end(&self.db, &begun, &answer, &outcome, now).await?;
        tell(&receiver.tenant.id, &begun, &answer, &outcome);
        Ok(true)
    }
}

impl Receiver {
    fn of(tenant: &Arc<Tenant>) -> Option<Self> {
        let webhook = tenant.quota_webhook.as_ref()?;
        // The configuration was checked: each is there.
        let secrets = std::iter::once(&webhook.secret).chain(&webhook.previous_secret);
        Some(Self {
            tenant: Arc::clone(tenant),
            url: webhook.url.expose_secret().parse().ok()?,
            keys: secrets.filter_map(signing_key).collect(),
        })
    }
}

fn outcome(begun: &Model, answer: &Answer, age: TimeDelta) -> Outcome {
    if answer.is_taken() {
        return Outcome::Delivered;
    }
    let delay = next_delay(begun.delivery_attempts, answer.retry_after, &mut rand::rng());
    if answer.is_unwanted() || age + delay > TimeDelta::hours(GIVE_UP_AFTER_HOURS) {
        return Outcome::GivenUp;
    }
    Outcome::Again(delay)
}

fn tell(tenant: &TenantId, begun: &Model, answer: &Answer, outcome: &Outcome) {
    let (percent, attempts) = (begun.percent, begun.delivery_attempts);
    let (http_status, reason) = (answer.http_status, answer.reason());
    let result = match outcome {
        Outcome::Delivered => "delivered",
        Outcome::Again(_) => "failed",
        Outcome::GivenUp => "given_up",
    };
    counter!("quota_webhook_attempts_total", "tenant" => tenant.to_string(), "result" => result)
        .increment(1);
    match outcome {
        Outcome::Delivered => {
            tracing::info!(%tenant, percent, attempts, "a webhook was delivered");
        }
        Outcome::Again(delay) => {
            let delay_secs = delay.num_seconds();
            tracing::warn!(
                %tenant, percent, attempts, http_status, reason, delay_secs,
                "a webhook was not delivered and is sent again"
            );
        }
        Outcome::GivenUp => {
            tracing::error!(
                %tenant, percent, attempts, http_status, reason,
                "a webhook was not delivered and is given up"
            );
        }
    }
}

/// A message cannot be made or signed: a fault of this folder.
fn unmade(cause: impl std::fmt::Display) -> Error {
    Error::Internal(format!("a webhook: {cause}"))
}

#[cfg(test)]
mod tests {
    use entity::quota_crossing::Delivery;

    use super::*;

    fn begun(attempts: i32) -> Model {
        Model {
            tenant_id: "t".into(),
            starts_at: chrono::DateTime::UNIX_EPOCH,
            ends_at: chrono::DateTime::UNIX_EPOCH,
            percent: 80,
            tokens_used: 8,
            tokens_total: 10,
            crossed_at: chrono::DateTime::UNIX_EPOCH,
            delivery: Delivery::Pending,
            delivery_attempts: attempts,
            last_attempt_at: None,
            next_attempt_at: None,
            delivered_at: None,
            last_http_status: None,
            last_error: None,
        }
    }

    #[test]
    fn only_success_is_delivery_and_only_gone_or_age_the_end() {
        let hour = TimeDelta::hours(1);
        for (status, age, expected) in [
            (Some(200), hour, "delivered"),
            (Some(204), hour * 100, "delivered"),
            (Some(302), hour, "again"),
            (Some(404), hour, "again"),
            (Some(410), hour, "given up"),
            (Some(500), hour * 70, "again"),
            (Some(500), hour * 72, "given up"),
            (None, hour, "again"),
            (None, hour * 72, "given up"),
        ] {
            let answer = Answer { http_status: status, ..Answer::default() };
            let found = match outcome(&begun(1), &answer, age) {
                Outcome::Delivered => "delivered",
                Outcome::Again(_) => "again",
                Outcome::GivenUp => "given up",
            };
            assert_eq!(found, expected, "{status:?} after {age}");
        }
    }
}
