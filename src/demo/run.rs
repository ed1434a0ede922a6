//! One run of the demo: today first, then the days before it while the desk goes on living.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use chrono::{DateTime, Datelike as _, Days, NaiveDate, TimeDelta, Utc};
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};

use super::{
    agenda::Agenda,
    api::Api,
    audits::{self, TODAY},
    plan::{self, Session},
    presence::{self, VISITORS_BEFORE},
    service::{DemoState, Parts, Progress},
};
use crate::{error::Result, quality::PastAudit, tenant::Tenant};

/// How often something comes due.
const TICK: Duration = Duration::from_secs(1);
/// How often agents are heard of, well within their lease, and conversations are audited.
const AGENTS_EVERY: TimeDelta = TimeDelta::seconds(25);
const AUDIT_EVERY: TimeDelta = TimeDelta::minutes(3);

/// Days that are rolled up together: what is not yet is summed anew by whoever asks, and many at once
/// keep the embedded database from writing.
const ROLLED_UP: u64 = 5;

const DAYS: &str = "query DemoDays($days: Int!) { stats { trend(days: $days) { date sessions } } }";

/// A run.
pub(super) struct Run<'a> {
    pub(super) parts: &'a Parts,
    pub(super) api: Api,
    pub(super) tenant: &'a Tenant,
    /// How far it is, for whoever asks.
    pub(super) progress: &'a Mutex<Option<Progress>>,
    pub(super) started_at: DateTime<Utc>,
    pub(super) days: u32,
}

impl Run<'_> {
    /// Runs until it is stopped.
    pub(super) async fn run(&self) -> Result<()> {
        let begun = Instant::now();
        let is_new = !self.parts.tracker.has_events(&self.tenant.id).await?;
        let known = if is_new { None } else { Some(self.known_days().await?) };
        let mut agenda = Agenda::of(self.tenant, self.started_at, is_new);
        self.fill_today(&mut agenda, is_new).await?;
        self.filled();
        tracing::info!(took_ms = millis(begun), "the demo has filled today");
        let past = async {
            self.fill_past(known.as_deref()).await?;
            tracing::info!(took_ms = millis(begun), "the demo has filled its days");
            self.set(|progress| progress.state = DemoState::Playing);
            self.roll_up().await;
            Ok(())
        };
        tokio::try_join!(past, self.play(&mut agenda))?;
        Ok(())
    }

    /// Tells what happened since midnight.
    async fn fill_today(&self, agenda: &mut Agenda, is_new: bool) -> Result<()> {
        let now = self.started_at;
        let mut due = agenda.take(self.tenant, now);
        due.events.extend(presence::visitors(now - VISITORS_BEFORE, now));
        due.events.extend(presence::agents(now, &agenda.busy_since(), true));
        // So that the quota shows at once what most of it went to; told again with its day, it is known.
        due.calls.extend(self.month_began().and_then(|day| plan::index_call(self.tenant, day)));
        self.api.tell(&due.events).await?;
        self.api.record(&due.calls).await?;
        let ended = agenda.take_ended();
        if is_new {
            for session in ended.iter().rev().take(TODAY).rev() {
                self.api.audit(session).await?;
            }
            if let Some(session) = ended.iter().rev().nth(TODAY) {
                self.api.dispute(session).await?;
            }
        }
        Ok(())
    }

    /// The first day of this month, if it is among those that are filled.
    fn month_began(&self) -> Option<NaiveDate> {
        let today = self.tenant.day_of(self.started_at);
        let first = today.with_day(1)?;
        ((today - first).num_days() < i64::from(self.days)).then_some(first)
    }

    /// Tells the days before today, yesterday first; those that are there stay as they are.
    async fn fill_past(&self, known: Option<&[(String, i64)]>) -> Result<()> {
        let today = self.tenant.day_of(self.started_at);
        for back in 1..u64::from(self.days) {
            let Some(date) = today.checked_sub_days(Days::new(back)) else { break };
            if self.api.stop.is_cancelled() {
                return Ok(());
            }
            let sessions = plan::day(self.tenant, date);
            if !known.is_some_and(|known| is_filled(known, date, &sessions)) {
                self.fill_day(date, &sessions).await?;
                if known.is_none() {
                    self.audit_day(audits::of_day(&sessions, date, today)).await?;
                }
            }
            self.filled();
            if back % ROLLED_UP == 0 {
                self.roll_up().await;
            }
        }
        Ok(())
    }

    async fn fill_day(&self, date: NaiveDate, sessions: &[Session]) -> Result<()> {
        let mut events: Vec<_> = sessions.iter().flat_map(Session::events).collect();
        events.sort_by_key(|event| event.at);
        self.api.tell(&events).await?;
        let calls = sessions.iter().filter_map(|session| session.call.clone());
        let calls: Vec<_> = calls.chain(plan::index_call(self.tenant, date)).collect();
        self.api.record(&calls).await
    }

    async fn audit_day(&self, audits: Vec<PastAudit>) -> Result<()> {
        if audits.is_empty() {
            return Ok(());
        }
        self.parts.quality.create_past(&self.api.viewer, audits).await
    }

    /// Does the job's work now: figures of days that are rolled up are quick to read. A removal does not
    /// wait for it.
    async fn roll_up(&self) {
        let rolled_up = Box::pin(self.parts.rollup.run());
        if let Some(Err(error)) = self.api.stop.run_until_cancelled(rolled_up).await {
            tracing::warn!(?error, "cannot roll up the days of the demo");
        }
    }

    /// Tells what comes due, until it is stopped.
    async fn play(&self, agenda: &mut Agenda) -> Result<()> {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut told, mut agents, mut audited) =
            (self.started_at, self.started_at, self.started_at);
        while self.api.stop.run_until_cancelled(ticks.tick()).await.is_some() {
            let now = self.parts.clock.now();
            let mut due = agenda.take(self.tenant, now);
            due.events.extend(presence::visitors(told, now));
            let is_news = due.events.iter().any(is_of_people);
            if is_news || now - agents >= AGENTS_EVERY {
                due.events.extend(presence::agents(now, &agenda.busy_since(), false));
                agents = now;
            }
            self.api.tell(&due.events).await?;
            if !due.calls.is_empty() {
                self.api.record(&due.calls).await?;
            }
            told = told.max(now);
            if now - audited >= AUDIT_EVERY
                && let Some(session) = agenda.take_ended().last()
            {
                self.api.audit(session).await?;
                audited = now;
            }
        }
        Ok(())
    }

    /// The days that hold sessions, with how many.
    async fn known_days(&self) -> Result<Vec<(String, i64)>> {
        let variables = json!({ "days": self.days });
        let answer = self.api.ask(&self.api.viewer, DAYS, variables).await?;
        let days = answer["stats"]["trend"].as_array().cloned().unwrap_or_default();
        let day = |day: &serde_json::Value| {
            Some((day["date"].as_str()?.to_owned(), day["sessions"].as_i64()?))
        };
        Ok(days.iter().filter_map(day).collect())
    }

    /// One day more is filled.
    fn filled(&self) {
        self.set(|progress| progress.days_filled += 1);
    }

    fn set(&self, change: impl FnOnce(&mut Progress)) {
        let mut progress = self.progress.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        progress.as_mut().map(change);
    }
}

fn is_filled(known: &[(String, i64)], date: NaiveDate, sessions: &[Session]) -> bool {
    let planned = i64::try_from(sessions.len()).unwrap_or(i64::MAX);
    let date = date.to_string();
    known.iter().any(|(day, found)| *day == date && *found >= planned)
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Whether it changes what an agent does.
fn is_of_people(event: &plan::Event) -> bool {
    matches!(event.name, "session.assign" | "session.end")
}
