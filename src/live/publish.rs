//! Publishes figures under the seed's Redis keys, for readers in other languages.
//!
//! Values are set, never incremented: the keys are a cache of the database and heal by themselves.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use tokio::{sync::broadcast::error::RecvError, time::MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::{Keys, Live, Outage, RedisLink};
use crate::{
    billing::Billing,
    error::{Error, Result},
    stats::{Measure, Stats, realtime::Agent},
    tenant::{Tenant, TenantId},
};

/// Without changes every tenant is published this often, because time alone changes figures.
const REFRESH: Duration = Duration::from_secs(5);
/// Changes are published this long after the first of them, all that came meanwhile as one.
const PAUSE: Duration = Duration::from_secs(1);
/// Many events take long to sum: between two times lies this many times as long, up to a limit, so
/// that readers in other languages cost a small part of the database's time.
const PAUSES: u32 = 50;
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Live keys of a channel or agent that left, or of a service that stopped, go away by themselves.
const LIVE_TTL_SECS: i64 = 120;
/// Days for which figures of a day are there, the day itself included.
pub(super) const DAYS_PUBLISHED: u64 = 9;
const DAY_TTL_SECS: i64 = 8 * 86_400;

/// Figures that are read and published together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Figures {
    Floor,
    Today,
}

/// Writes the keys of all tenants.
pub struct Publisher {
    redis: RedisLink,
    keys: Keys,
    live: Arc<Live>,
    stats: Arc<Stats>,
    billing: Arc<Billing>,
    outage: Outage,
    /// When figures are published again.
    next: Mutex<HashMap<(TenantId, Figures), Instant>>,
}

impl Publisher {
    pub fn new(
        redis: RedisLink,
        live: Arc<Live>,
        stats: Arc<Stats>,
        billing: Arc<Billing>,
    ) -> Self {
        let keys = Keys::new(live.config().store.redis_prefix());
        let outage = Outage::of("the figures there are out of date");
        Self { redis, keys, live, stats, billing, outage, next: Mutex::default() }
    }

    /// Publishes until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        stop.run_until_cancelled(self.publish_changes()).await;
    }

    async fn publish_changes(&self) {
        let mut notices = self.live.notices();
        let coalesce = Duration::from_millis(self.live.config().live.coalesce_ms).max(PAUSE);
        let mut refresh = tokio::time::interval(REFRESH);
        refresh.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let tenants = tokio::select! {
                _ = refresh.tick() => self.all(),
                notice = notices.recv() => match notice {
                    Ok(notice) => {
                        let mut tenants = BTreeSet::from([TenantId::new(&notice.tenant)]);
                        tokio::time::sleep(coalesce).await;
                        while let Ok(notice) = notices.try_recv() {
                            tenants.insert(TenantId::new(&notice.tenant));
                        }
                        tenants
                    }
                    Err(RecvError::Lagged(_)) => self.all(),
                    Err(RecvError::Closed) => return,
                },
            };
            for tenant in tenants {
                match self.publish(&tenant).await {
                    Ok(()) => self.outage.succeeded(),
                    // The other tenants may be on another server of a cluster; where all are away,
                    // nobody waits for them twice.
                    Err(Error::Redis(error)) => self.outage.failed(&error),
                    Err(error) => tracing::warn!(?error, %tenant, "cannot read what to publish"),
                }
            }
        }
    }

    fn all(&self) -> BTreeSet<TenantId> {
        self.live.config().tenants.keys().map(|id| TenantId::new(id)).collect()
    }

    async fn publish(&self, tenant: &TenantId) -> Result<()> {
        let tenant = self.live.config().tenant(tenant)?;
        for figures in [Figures::Floor, Figures::Today] {
            if !self.is_due(&tenant.id, figures) {
                continue;
            }
            let started = Instant::now();
            match figures {
                Figures::Floor => self.publish_floor(&tenant).await?,
                Figures::Today => self.publish_today(&tenant).await?,
            }
            let pause = (started.elapsed() * PAUSES).min(LONGEST_PAUSE);
            let next = Instant::now() + pause;
            self.next().insert((tenant.id.clone(), figures), next);
        }
        Ok(())
    }

    fn is_due(&self, tenant: &TenantId, figures: Figures) -> bool {
        let next = self.next().get(&(tenant.clone(), figures)).copied();
        next.is_none_or(|next| next <= Instant::now())
    }

    fn next(&self) -> MutexGuard<'_, HashMap<(TenantId, Figures), Instant>> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn publish_floor(&self, tenant: &Tenant) -> Result<()> {
        let picture = self.live.picture(tenant).await?;
        let (keys, id) = (&self.keys, &tenant.id);
        let overview = &picture.floor.overview;
        // Each key may be on another server of a cluster: one that is away keeps no other from being
        // written.
        let mut written = self
            .set(
                keys.overview(id),
                LIVE_TTL_SECS,
                &[
                    ("active_sessions", overview.active_sessions.to_string()),
                    ("queue_count", overview.queue_count.to_string()),
                    ("online_agents", overview.online_agents.to_string()),
                    ("total_agents", overview.total_agents.to_string()),
                    ("sla_alerts", overview.sla_alerts.to_string()),
                    ("system_load", crate::stats::label::percent(overview.system_load())),
                ],
            )
            .await;
        for channel in &picture.floor.channels {
            let set = self
                .set(
                    keys.channel(id, &channel.id),
                    LIVE_TTL_SECS,
                    &[
                        ("name", channel.name.clone()),
                        ("online_users", channel.online_users.to_string()),
                        ("load_percent", format!("{:.0}", channel.load)),
                        ("trend", channel.trend.as_str().to_owned()),
                    ],
                )
                .await;
            written = written.and(set);
        }
        for agent in &picture.floor.agents {
            let in_status = picture.as_of - agent.presence.since;
            let fields = agent_fields(agent, in_status);
            written =
                written.and(self.set(keys.agent(id, &agent.id), LIVE_TTL_SECS, &fields).await);
        }
        written
    }

    async fn publish_today(&self, tenant: &Tenant) -> Result<()> {
        let date = self.stats.today_of(tenant);
        let totals = self.stats.totals(tenant, date, date, None).await?;
        let sum = |measures: &[Measure]| {
            measures.iter().map(|measure| totals.get(*measure)).sum::<i64>().to_string()
        };
        let written = self
            .set(
                self.keys.daily(&tenant.id, date),
                DAY_TTL_SECS,
                &[
                    ("sessions", sum(&[Measure::TotalSessions])),
                    ("ai_resolved", sum(&[Measure::AiResolved])),
                    ("transferred", sum(&[Measure::Transferred])),
                    (
                        "total_response_time",
                        sum(&[Measure::AiResponseMsSum, Measure::AgentResponseMsSum]),
                    ),
                    (
                        "response_count",
                        sum(&[Measure::AiResponseCount, Measure::AgentResponseCount]),
                    ),
                ],
            )
            .await;
        let usage = self.billing.totals(tenant, date, date).await?;
        let set = self
            .set(
                self.keys.billing(&tenant.id, date),
                DAY_TTL_SECS,
                &[
                    ("tokens_used", usage.tokens.to_string()),
                    ("api_calls", usage.calls.to_string()),
                ],
            )
            .await;
        written.and(set)
    }

    async fn set(&self, key: String, ttl: i64, fields: &[(&str, String)]) -> Result<()> {
        redis::pipe()
            .hset_multiple(&key, fields)
            .ignore()
            .expire(&key, ttl)
            .ignore()
            .query_async::<()>(&mut self.redis.clone())
            .await?;
        Ok(())
    }
}

fn agent_fields(agent: &Agent, in_status: TimeDelta) -> [(&'static str, String); 4] {
    [
        ("name", agent.name.clone()),
        ("status", agent.presence.status.as_str().to_owned()),
        ("current_session_duration", in_status.num_seconds().max(0).to_string()),
        ("load", agent.load().as_str().to_owned()),
    ]
}
