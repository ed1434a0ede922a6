//! `bench live`: many who watch the floor while events come in, and how soon each sees them.
//!
//! Each event starts a session, and of a tenant they are sent one call after the other: a call is seen
//! once a picture has arrived with as many sessions more. Of each picture the call counts that has
//! waited longest since its acceptance. Nobody else may start or end sessions meanwhile.

mod sender;
mod subscriber;

use std::{
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use indicatif::HumanCount;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize, de::IgnoredAny};
use tokio::{sync::watch, task::JoinSet};

use self::subscriber::{Seen, Subscriber};
use super::{
    client::{Call, Client},
    cpu,
    error::BenchError,
    options::{Found, Live},
    report::{Pass, Report, Work},
};
use crate::{
    auth::{Role, issue_token},
    clock::Clock,
};

/// Sockets that are opened at once.
const OPENINGS: usize = 32;
/// How long subscribers have to see the last event.
const SETTLE: Duration = Duration::from_secs(3);
const TOKEN_LIFE: TimeDelta = TimeDelta::hours(1);
const OVERVIEW: &str = "query { realtime { overview { activeSessions } } }";

/// What one run knew of its subscribers.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Watching {
    pub(super) subscribers: u32,
    pub(super) tenants: usize,
    pub(super) events: u64,
    /// Of the service, in KiB: before the first socket, with all of them, and at the end.
    pub(super) memory_kib: Option<[u64; 3]>,
    /// Of the service: CPU seconds in a second for a thousand subscribers.
    pub(super) cores_per_thousand: Option<f64>,
}

/// One tenant with what was accepted of it.
struct Desk {
    client: Client,
    /// Of the replica that is watched.
    watched: Client,
    /// For the payload of `connection_init`.
    authorization: Option<String>,
    timeline: Timeline,
    /// Active sessions before the first event.
    first: OnceLock<i64>,
    /// Calls, each with how many sessions were started so far.
    accepted: Mutex<Vec<(DateTime<Utc>, i64)>>,
    /// Active sessions at the end, by the service's own answer.
    last: OnceLock<i64>,
}

/// A clock that all tasks share.
#[derive(Clone, Copy, Debug)]
struct Timeline {
    start: DateTime<Utc>,
    started: Instant,
}

impl Timeline {
    fn now(&self) -> DateTime<Utc> {
        self.start + self.started.elapsed()
    }
}

impl Desk {
    fn accepted(&self) -> MutexGuard<'_, Vec<(DateTime<Utc>, i64)>> {
        self.accepted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sessions that are active by the service's own answer.
    async fn active_sessions(&self) -> Result<i64, BenchError> {
        #[derive(Deserialize)]
        struct Data {
            realtime: Realtime,
        }
        #[derive(Deserialize)]
        struct Realtime {
            overview: Overview,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Overview {
            active_sessions: i64,
        }
        let call = Call { query: OVERVIEW, variables: &() };
        let answer = self.watched.call::<Data>(call.body()).await?;
        Ok(answer.data.realtime.overview.active_sessions)
    }
}

impl Live {
    pub(super) async fn run(
        &self,
        found: Found,
        clock: &dyn Clock,
        say: impl Fn(&str),
    ) -> Result<Report, BenchError> {
        let desks = self.desks(clock)?;
        say(&format!(
            "{} subscribers of {} tenants at {}, {} events a second for {} s, to {}; the events stay, \
             as those of the product `bench`",
            HumanCount(self.subscribers.into()),
            desks.len(),
            self.watched_url(),
            HumanCount(self.rate.into()),
            self.secs,
            self.target.url,
        ));
        for desk in &desks {
            let _ = desk.first.set(desk.active_sessions().await?);
        }
        let watched = self.target.watched_at(self.watched_url(), &found);
        let memory = || watched.service.and_then(cpu::memory_kib);
        let without = memory();
        let subscribers = self.subscribe(&desks).await?;
        let with = memory();
        let (stop, stopped) = watch::channel(false);
        let (started, before) = (Instant::now(), watched.read()?);
        let mut watching = JoinSet::new();
        for (subscriber, desk) in subscribers {
            watching.spawn(subscriber.watch(desk, stopped.clone()));
        }
        let events = self.send(&desks).await?;
        let (elapsed, after) = (started.elapsed(), watched.read()?);
        let at_end = memory();
        tokio::time::sleep(SETTLE).await;
        for desk in &desks {
            let _ = desk.last.set(desk.active_sessions().await?);
        }
        // Subscribers have gone once this is dropped as well.
        let _ = stop.send(true);
        let mut seen = Seen::default();
        while let Some(one) = watching.join_next().await {
            seen.add(one??);
        }
        let cores = after.service.zip(before.service).map(|(after, before)| after - before);
        let thousands = f64::from(self.subscribers) / 1_000.0;
        let work = Work {
            unit: "messages",
            count: seen.messages,
            elapsed,
            latencies: seen.latencies,
            retries: 0,
        };
        Ok(Report {
            passes: vec![Pass::new("pictures", work, after, before)?],
            watching: Some(Watching {
                subscribers: self.subscribers,
                tenants: desks.len(),
                events,
                memory_kib: without.zip(with).zip(at_end).map(|((a, b), c)| [a, b, c]),
                cores_per_thousand: cores.map(|cores| cores / elapsed.as_secs_f64() / thousands),
            }),
            ..Report::new("live", self.watched_url(), self.subscribers as usize)
        })
    }

    /// The tenants that are named, each with tokens of its own; else that of the token.
    fn desks(&self, clock: &dyn Clock) -> Result<Vec<Arc<Desk>>, BenchError> {
        let timeline = Timeline { start: clock.now(), started: Instant::now() };
        let desk = |token: Option<SecretString>| {
            let authorization =
                token.as_ref().map(|token| format!("Bearer {}", token.expose_secret().trim()));
            Ok::<_, BenchError>(Arc::new(Desk {
                client: Client::new(&self.target.url, token.as_ref())?,
                watched: Client::new(self.watched_url(), token.as_ref())?,
                authorization,
                timeline,
                first: OnceLock::new(),
                accepted: Mutex::default(),
                last: OnceLock::new(),
            }))
        };
        if self.tenants.is_empty() {
            return Ok(vec![desk(self.target.token.clone())?]);
        }
        let secret = self.jwt_secret.as_ref().ok_or(BenchError::NoSecret)?;
        let until = (timeline.start + TOKEN_LIFE).timestamp();
        let of = |tenant: &String| {
            let token = issue_token(secret, tenant, "bench", Role::Operator, until);
            desk(Some(token.map_err(|_| BenchError::NoSecret)?.into()))
        };
        self.tenants.iter().map(of).collect()
    }

    /// Opens all sockets, each with its first picture.
    async fn subscribe(
        &self,
        desks: &[Arc<Desk>],
    ) -> Result<Vec<(Subscriber, Arc<Desk>)>, BenchError> {
        let open = |desk: Arc<Desk>| async move {
            let subscriber = Subscriber::open(&desk).await?;
            Ok::<_, BenchError>((subscriber, desk))
        };
        let each = desks.iter().cycle().take(self.subscribers as usize).cloned();
        stream::iter(each.map(open)).buffer_unordered(OPENINGS).try_collect().await
    }

    async fn send(&self, desks: &[Arc<Desk>]) -> Result<u64, BenchError> {
        let until = Instant::now() + Duration::from_secs(self.secs.into());
        let mut senders = JoinSet::new();
        let rate = f64::from(self.rate) / f64::from(u32::try_from(desks.len()).unwrap_or(1));
        for desk in desks {
            senders.spawn(sender::run(Arc::clone(desk), rate, until));
        }
        let mut events = 0;
        while let Some(sent) = senders.join_next().await {
            events += sent??;
        }
        Ok(events)
    }
}

/// An answer that nothing is read of.
type Ignored = IgnoredAny;
