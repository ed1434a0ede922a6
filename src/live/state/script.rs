//! The scripts of the state, and what goes into them and comes out.
//!
//! All keys of a script are those of one tenant and share its hash tag, those of its channels
//! included, which the scripts name themselves.

use std::{sync::LazyLock, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use entity::agent;
use redis::{
    Cmd, ErrorKind, FromRedisValue, RedisError, Script, ServerErrorKind, ToRedisArgs, Value,
    from_redis_value,
};

use crate::{
    error::{Error, Result},
    live::{Keys, RedisLink},
    stats::{
        SessionChange, Visit,
        alert::MAX_ALERTS,
        realtime::{Counted, QUEUE_SILENCE, SessionCounts},
    },
    tenant::TenantId,
};

macro_rules! script {
    ($file:literal) => {
        LazyLock::new(|| Script::new(concat!(include_str!("lib.lua"), include_str!($file))))
    };
}

static APPLY: LazyLock<Script> = script!("apply.lua");
static READ: LazyLock<Script> = script!("read.lua");
static BEGIN: LazyLock<Script> = script!("begin.lua");
static FINISH: LazyLock<Script> = script!("finish.lua");
static BEAT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("beat.lua")));

/// How long a rebuild may pause before another replica may begin one.
const LEASE: Duration = Duration::from_secs(30);
/// How long sessions that went silent are kept beyond the time for which they count, so that a
/// replica whose clock is ahead takes nothing from the others.
const MARGIN: TimeDelta = TimeDelta::minutes(10);

/// The state of one tenant in Redis.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) redis: &'a RedisLink,
    pub(super) keys: &'a Keys,
    pub(super) tenant: &'a TenantId,
}

/// Some changes, few enough for one script.
#[derive(Default)]
pub(super) struct Part<'a> {
    pub(super) sessions: &'a [(String, SessionChange)],
    pub(super) heard: &'a [(String, DateTime<Utc>)],
    /// In the order of their channels.
    pub(super) visits: &'a [(String, Visit)],
    pub(super) agents: &'a [agent::Model],
    pub(super) acknowledged: bool,
}

/// What became of them.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Applied {
    /// All but what is said of these sessions, of which more must be known.
    But(Vec<String>),
    /// None: there is no state to join them into, or they come too late.
    Lost,
}

/// When changes may be applied, by the clock of Redis in milliseconds, and to which state.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Terms<'a> {
    /// The last at which they may; 0 for any.
    pub(super) latest_ms: i64,
    /// Before which none of them was so; 0 where that is not known. A state that was begun later knows
    /// nothing of sessions that ended before it, so these may open none unasked.
    pub(super) since_ms: i64,
    /// The rebuild that they are of.
    pub(super) token: Option<&'a str>,
}

/// The instants between which a floor counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) now: DateTime<Utc>,
    pub(super) idle: TimeDelta,
    pub(super) threshold: TimeDelta,
    pub(super) window: TimeDelta,
}

/// What is counted at an instant.
pub(super) enum Reading {
    Counted {
        /// Without alerts.
        counted: Box<Counted>,
        /// The sessions that wait longest of those that wait too long.
        late: Vec<String>,
        /// Changes when an alert may read differently.
        alerts: i64,
        /// Readings are numbered in the order in which they were taken, whoever took them.
        number: i64,
    },
    /// There is no state, or it may have forgotten something.
    Lost,
    /// Someone builds it anew.
    Building,
}

/// A call of a script. The driver's own takes memory for each argument, of which there may be thousands.
struct Call {
    script: &'static Script,
    command: Cmd,
}

impl Call {
    fn new(script: &'static Script, keys: &[String]) -> Self {
        let mut command = redis::cmd("EVALSHA");
        command.arg(script.get_hash()).arg(keys.len()).arg(keys);
        Self { script, command }
    }

    fn arg(&mut self, argument: impl ToRedisArgs) -> &mut Self {
        self.command.arg(argument);
        self
    }

    async fn ask<T: FromRedisValue>(&self, redis: &RedisLink) -> Result<T> {
        let mut redis = redis.clone();
        match self.command.query_async(&mut redis).await {
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                self.script.load_async(&mut redis).await?;
                Ok(self.command.query_async(&mut redis).await?)
            }
            answered => Ok(answered?),
        }
    }
}

impl Place<'_> {
    fn call(&self, script: &'static Script) -> Call {
        Call::new(script, &self.keys.state(self.tenant))
    }

    /// Joins changes into the state.
    pub(super) async fn apply(&self, part: &Part<'_>, terms: Terms<'_>) -> Result<Applied> {
        let mut call = self.call(&APPLY);
        let channels: Vec<_> = part.visits.chunk_by(|(a, _), (b, _)| a == b).collect();
        call.arg(terms.latest_ms).arg(terms.since_ms).arg(terms.token.unwrap_or_default());
        call.arg(part.sessions.len()).arg(part.heard.len());
        call.arg(channels.len()).arg(part.agents.len());
        call.arg(u8::from(part.acknowledged));
        let mut registers = String::new();
        for (id, change) in part.sessions {
            registers.clear();
            write_registers(&mut registers, change);
            call.arg(id).arg(&registers);
        }
        for (id, at) in part.heard {
            call.arg(at.timestamp_micros()).arg(id);
        }
        for visits in channels {
            call.arg(&visits[0].0).arg(visits.len());
            for (_, visit) in visits {
                call.arg(visit.at.timestamp_micros()).arg(&visit.visitor.to_be_bytes()[..]);
            }
        }
        for agent in part.agents {
            let row = serde_json::to_string(agent);
            let row = row.map_err(|cause| Error::Internal(cause.to_string()))?;
            call.arg(&agent.agent_id).arg(agent.revision).arg(row);
        }
        let (said, unknown): (String, Vec<String>) = call.ask(self.redis).await?;
        Ok(if said == "ok" { Applied::But(unknown) } else { Applied::Lost })
    }

    /// Counts what is so at an instant.
    pub(super) async fn read(&self, bounds: Bounds) -> Result<Reading> {
        let Bounds { now, idle, threshold, window } = bounds;
        let silent = now - QUEUE_SILENCE;
        let mut call = self.call(&READ);
        for at in
            [now - idle, now - threshold, silent, silent - MARGIN, now - window, now - window * 2]
        {
            call.arg(at.timestamp_micros());
        }
        call.arg(MAX_ALERTS);
        reading(call.ask(self.redis).await?)
    }

    /// Empties the state and begins to build it anew; returns what time it is in Redis, in
    /// milliseconds, or none when someone else is at it.
    pub(super) async fn begin(&self, token: &str) -> Result<Option<i64>> {
        let mut call = self.call(&BEGIN);
        call.arg(token).arg(LEASE.as_millis().to_string());
        call.ask(self.redis).await
    }

    /// Takes it upon this replica to compare the state with the database's, for about so long.
    pub(super) async fn claim_verification(&self, lease: Duration) -> Result<bool> {
        let mut claim = redis::cmd("SET");
        claim.arg(self.keys.verification(self.tenant)).arg("1").arg("NX");
        claim.arg("PX").arg((lease * 9 / 10).as_millis().to_string());
        let claimed: Option<String> = claim.query_async(&mut self.redis.clone()).await?;
        Ok(claimed.is_some())
    }

    /// Ends a rebuild, gone through or not; returns whether its state stands.
    pub(super) async fn finish(&self, token: &str, is_complete: bool) -> Result<bool> {
        let mut call = self.call(&FINISH);
        call.arg(token).arg(u8::from(is_complete));
        call.ask(self.redis).await
    }
}

/// The flags and registers of a session, in the order in which the script reads them.
fn write_registers(text: &mut String, change: &SessionChange) {
    let flags = [(change.is_whole, 1), (change.is_started, 2), (change.is_ended, 4)];
    let flags: u8 = flags.into_iter().filter_map(|(is_set, flag)| is_set.then_some(flag)).sum();
    let (assigned_at, agent) = match &change.agent {
        Some((at, agent)) => (Some(*at), agent.as_str()),
        None => (None, ""),
    };
    let mut buffer = itoa::Buffer::new();
    text.push_str(buffer.format(flags));
    for at in [change.queued_at, assigned_at, Some(change.last_event_at)] {
        text.push(' ');
        text.push_str(at.map_or("", |at| buffer.format(at.timestamp_micros())));
    }
    text.push(' ');
    text.push_str(agent);
}

fn reading(answer: Vec<Value>) -> Result<Reading> {
    let mut answer = answer.into_iter();
    let mut next = || answer.next().unwrap_or(Value::Nil);
    match take::<String>(next())?.as_str() {
        "ok" => {}
        "building" => return Ok(Reading::Building),
        _ => return Ok(Reading::Lost),
    }
    let number = take(next())?;
    let (active, queued, late) = (take(next())?, take(next())?, take(next())?);
    let waiting_since: String = take(next())?;
    let waiting_since = waiting_since.parse().ok().and_then(DateTime::from_timestamp_micros);
    let sessions = SessionCounts { active, queued, late, waiting_since };
    let alerts = take(next())?;
    let late = take(next())?;
    let busy = take(next())?;
    let visitors: Vec<(String, i64, i64)> = take(next())?;
    let visitors = visitors.into_iter().map(|(id, now, before)| (id, (now, before))).collect();
    let agents: Vec<String> = take(next())?;
    let agents = agents.iter().map(|row| agent(row)).collect::<Result<_>>()?;
    let counted = Counted { sessions, agents, busy, visitors, alerts: Vec::new() };
    Ok(Reading::Counted { counted: Box::new(counted), late, alerts, number })
}

fn take<T: FromRedisValue>(value: Value) -> Result<T> {
    Ok(from_redis_value(value).map_err(RedisError::from)?)
}

/// The row after its revision.
fn agent(text: &str) -> Result<agent::Model> {
    let row = text.split_once(' ').map(|(_, row)| row).unwrap_or_default();
    serde_json::from_str(row).map_err(|cause| Error::Internal(cause.to_string()))
}

/// Says that a replica lives. Returns whether it was known, and the names of those that have died.
pub(super) async fn beat(
    redis: &RedisLink,
    keys: &Keys,
    name: &str,
    silence: Duration,
) -> Result<(bool, Vec<String>)> {
    let mut call = Call::new(&BEAT, &[keys.replicas()]);
    call.arg(name).arg(silence.as_millis().to_string());
    call.ask(redis).await
}
