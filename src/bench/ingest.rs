//! `bench ingest` and `bench prepare`: events that are counted only once the service has stored
//! them.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use indicatif::{HumanBytes, HumanCount};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use super::{
    client::{Call, Client},
    copy::copy_alone,
    cpu::Watched,
    data::{Event, PRODUCT},
    error::BenchError,
    latency::Latencies,
    options::{Events, Found, Ingest, Prepare, Target},
    report::{Pass, Report, Work},
    traffic::{Plan, Traffic},
};
use crate::clock::Clock;

const INGEST: &str = "mutation Ingest($input: [TrackEventInput!]!, $durability: Durability) { \
     trackEvents(input: $input, durability: $durability) { id status reason } }";
const STATUS: &str = "query { ingestStatus { stored pending } }";
/// How long accepted events may take to be stored.
const PENDING_LIMIT: Duration = Duration::from_mins(5);
const PENDING_POLL: Duration = Duration::from_millis(50);
/// The stretch of time that `ingest` sends as if it were just now.
const PRESENT: TimeDelta = TimeDelta::minutes(10);
const STORED: &str = "STORED";
/// Mean size of an event, for what is said before anything is sent.
const EVENT_BYTES: u64 = 390;

#[derive(Serialize)]
struct Variables<'a> {
    input: &'a [Event],
    durability: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tracked {
    track_events: Vec<Outcome>,
}

#[derive(Deserialize)]
struct Outcome {
    status: Status,
    reason: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Status {
    Accepted,
    Duplicate,
    Conflict,
    Rejected,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Books {
    ingest_status: Stored,
}

#[derive(Deserialize)]
struct Stored {
    stored: i64,
    pending: i64,
}

impl Ingest {
    pub(super) async fn run(
        &self,
        found: Found,
        clock: &dyn Clock,
        say: impl Fn(&str),
    ) -> Result<Report, BenchError> {
        let until = clock.now();
        let sender = Sender {
            durability: self.durability.clone(),
            ..Sender::new(&self.target, &self.events, self.count, (until - PRESENT, until))?
        };
        say(&sender.announcement());
        let url = found.database_url.as_ref().filter(|_| self.copy);
        if self.copy && url.is_none() {
            return Err(BenchError::NoDatabase);
        }
        let watched = sender.watch(&self.target, &found).await?;
        let mut passes = vec![sender.pass("new ids", &watched).await?];
        if self.again && passes[0].complete {
            passes.push(sender.pass("known ids", &watched).await?);
        }
        let copy_alone = match url {
            Some(url) => Some(copy_alone(url.expose_secret(), &watched).await?),
            None => None,
        };
        Ok(Report { copy_alone, ..sender.report("ingest", passes) })
    }
}

impl Prepare {
    pub(super) async fn run(
        &self,
        found: Found,
        clock: &dyn Clock,
        say: impl Fn(&str),
    ) -> Result<Report, BenchError> {
        let until = clock.now();
        let from = until - TimeDelta::days(i64::from(self.days));
        let sender = Sender::new(&self.target, &self.events, self.count, (from, until))?;
        say(&sender.announcement());
        let watched = sender.watch(&self.target, &found).await?;
        let pass = sender.pass("new ids", &watched).await?;
        Ok(sender.report("prepare", vec![pass]))
    }
}

/// Sends the same events each time it is asked to.
struct Sender {
    client: Client,
    lanes: Vec<Plan>,
    batch: u32,
    durability: String,
    events: u64,
    time_limit: Duration,
}

impl Sender {
    fn new(
        target: &Target,
        events: &Events,
        count: u64,
        (from, until): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<Self, BenchError> {
        let seed = events.seed.unwrap_or_else(rand::random);
        let lane = |lane| {
            let events = share(count, target.connections, lane);
            Plan { seed, lane, events, from, until }
        };
        Ok(Self {
            client: target.client()?,
            lanes: (0..target.connections).map(lane).collect(),
            batch: events.batch,
            durability: STORED.to_owned(),
            events: count,
            time_limit: target.time_limit(),
        })
    }

    fn announcement(&self) -> String {
        format!(
            "sending {} events ({}) in calls of {} over {} connections to {}, for at most {} s; \
             they stay in the tenant of the token, as those of the product `{PRODUCT}`",
            HumanCount(self.events),
            HumanBytes(self.events * EVENT_BYTES),
            self.batch,
            self.lanes.len(),
            self.client.url(),
            self.time_limit.as_secs(),
        )
    }

    /// Asks the service for its books, so that it is known to answer, and looks for the processes.
    async fn watch(&self, target: &Target, found: &Found) -> Result<Watched, BenchError> {
        self.books().await?;
        Ok(target.watched(found))
    }

    /// Events stored so far, by the service's own books.
    async fn books(&self) -> Result<Stored, BenchError> {
        let body = Call { query: STATUS, variables: &() }.body();
        Ok(self.client.call::<Books>(body).await?.data.ingest_status)
    }

    /// Waits until nothing is pending; returns what is stored then.
    async fn stored(&self) -> Result<i64, BenchError> {
        let started = Instant::now();
        loop {
            let Stored { stored, pending } = self.books().await?;
            if pending == 0 {
                return Ok(stored);
            }
            if started.elapsed() > PENDING_LIMIT {
                return Err(BenchError::Pending { pending, secs: PENDING_LIMIT.as_secs() });
            }
            tokio::time::sleep(PENDING_POLL).await;
        }
    }

    /// Sends every event once.
    async fn pass(&self, name: &'static str, watched: &Watched) -> Result<Pass, BenchError> {
        let stored_before = self.stored().await?;
        let (started, cpu_before) = (Instant::now(), watched.read()?);
        let sent = self.send(started + self.time_limit).await?;
        let elapsed = started.elapsed();
        let grown = self.stored().await? - stored_before;
        let (all_stored, cpu_after) = (started.elapsed(), watched.read()?);
        if self.durability == STORED {
            // Otherwise the answers do not tell what was new.
            sent.check(grown)?;
        }
        let work = Work {
            unit: "events",
            count: sent.stored + sent.known,
            elapsed,
            latencies: sent.latencies,
            retries: sent.retries,
        };
        let pass = Pass::new(name, work, cpu_after, cpu_before)?;
        let complete = sent.stored + sent.known == self.events;
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
        let stored_per_second =
            (self.durability != STORED).then(|| pass.count as f64 / all_stored.as_secs_f64());
        Ok(Pass { stored: Some(grown), stored_per_second, complete, ..pass })
    }

    async fn send(&self, until: Instant) -> Result<Sent, BenchError> {
        let mut lanes = JoinSet::new();
        for plan in &self.lanes {
            let (client, durability) = (self.client.clone(), self.durability.clone());
            lanes.spawn(send_lane(client, *plan, (self.batch, durability), until));
        }
        let mut sent = Sent::default();
        while let Some(lane) = lanes.join_next().await {
            sent.add(lane??);
        }
        Ok(sent)
    }

    fn report(&self, load: &'static str, passes: Vec<Pass>) -> Report {
        Report {
            batch: Some(self.batch),
            passes,
            ..Report::new(load, self.client.url(), self.lanes.len())
        }
    }
}

/// What came back.
#[derive(Default)]
struct Sent {
    stored: u64,
    /// Ids that were stored before: by an earlier pass, or by a try whose answer was lost.
    known: u64,
    retries: u64,
    latencies: Latencies,
}

impl Sent {
    fn add(&mut self, other: Self) {
        self.stored += other.stored;
        self.known += other.known;
        self.retries += other.retries;
        self.latencies.extend(other.latencies);
    }

    /// Compares the answers with the books. Where a call was repeated, an event of it that is
    /// answered as known may be stored by this pass or by an earlier one.
    fn check(&self, grown: i64) -> Result<(), BenchError> {
        let repeated = if self.retries > 0 { self.known } else { 0 };
        let expected = self.stored..=self.stored + repeated;
        if u64::try_from(grown).is_ok_and(|grown| expected.contains(&grown)) {
            return Ok(());
        }
        Err(BenchError::Books { sent: self.stored, grown })
    }
}

async fn send_lane(
    client: Client,
    plan: Plan,
    (batch, durability): (u32, String),
    until: Instant,
) -> Result<Sent, BenchError> {
    let mut traffic = Traffic::new(plan);
    let mut sent = Sent::default();
    while Instant::now() < until {
        let events = traffic.batch(batch as usize);
        if events.is_empty() {
            break;
        }
        let body = Call {
            query: INGEST,
            variables: &Variables { input: &events, durability: &durability },
        }
        .body();
        let answer = client.call::<Tracked>(body).await?;
        sent.latencies.add(answer.took);
        sent.retries += u64::from(answer.retries);
        for outcome in answer.data.track_events {
            match outcome.status {
                Status::Accepted => sent.stored += 1,
                Status::Duplicate => sent.known += 1,
                Status::Conflict | Status::Rejected => {
                    let reason = outcome.reason.unwrap_or_default();
                    return Err(BenchError::Refused { reason });
                }
            }
        }
    }
    Ok(sent)
}

/// The part of `count` that falls to one of `lanes`; all parts add up to `count`.
fn share(count: u64, lanes: u32, lane: u32) -> u64 {
    let (lanes, lane) = (u64::from(lanes), u64::from(lane));
    count / lanes + u64::from(lane < count % lanes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up() {
        for (count, lanes) in [(100_000, 8), (10, 3), (2, 5), (0, 4)] {
            assert_eq!((0..lanes).map(|lane| share(count, lanes, lane)).sum::<u64>(), count);
        }
    }

    #[test]
    fn books_have_to_agree_with_the_answers() {
        let sent = |stored, known, retries| Sent { stored, known, retries, ..Sent::default() };
        for (sent, grown, agree) in [
            (sent(100, 0, 0), 100, true),
            (sent(100, 0, 0), 99, false),
            (sent(100, 0, 0), 101, false),
            (sent(0, 100, 0), 0, true),
            (sent(0, 100, 0), 100, false),
            (sent(60, 40, 1), 100, true),
            (sent(0, 0, 0), -1, false),
        ] {
            assert_eq!(sent.check(grown).is_ok(), agree);
        }
    }
}
