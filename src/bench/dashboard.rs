//! `bench dashboard`: what the Dashboard page asks, again and again.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use chrono::{Days, NaiveDate};
use indicatif::HumanCount;
use serde::{Serialize, de::IgnoredAny};
use tokio::task::JoinSet;

use super::{
    client::{Call, Client},
    error::BenchError,
    latency::Latencies,
    options::{Dashboard, Found},
    report::{Pass, Report, Work},
};
use crate::clock::Clock;

const DASHBOARD: &str = "query Dashboard($from: Date!, $to: Date!) { realtime { \
     overview { activeSessions queueCount onlineAgents totalAgents slaAlerts systemLoad } \
     channels { id name onlineUsers load trend } \
     agents { agentId name status durationSeconds load } } stats { \
     today { totalSessions avgResponseTime satisfactionRate qualityRating \
       changes { sessions responseTime satisfaction } } \
     trend(days: 30) { date name sessions } \
     satisfaction(days: 30) { distribution { label value color } } \
     period(from: $from, to: $to) { totalSessions completedSessions aiResolved transferred \
       answered abandoned resolved avgSessionDuration avgResponseTime avgSpeedOfAnswer \
       serviceLevel totalMessages avgRating ratingCount satisfactionRate } } }";
const PERIOD: Days = Days::new(29);

#[derive(Serialize)]
struct Variables {
    from: NaiveDate,
    to: NaiveDate,
}

impl Dashboard {
    pub(super) async fn run(
        &self,
        found: Found,
        clock: &dyn Clock,
        say: impl Fn(&str),
    ) -> Result<Report, BenchError> {
        let client = self.target.client()?;
        say(&format!(
            "asking {} the dashboard's query {} times over {} connections, for at most {} s; it \
             stores nothing",
            client.url(),
            HumanCount(self.requests),
            self.target.connections,
            self.target.max_secs,
        ));
        let to = clock.now().date_naive();
        let from = to.checked_sub_days(PERIOD).unwrap_or(to);
        let body = Call { query: DASHBOARD, variables: &Variables { from, to } }.body();
        // Once beforehand: that it is answered at all, and by whom.
        client.call::<IgnoredAny>(body.clone()).await?;
        let watched = self.target.watched(&found);
        let (started, before) = (Instant::now(), watched.read()?);
        let asked = self.ask(&client, &body, started + self.target.time_limit()).await?;
        let (elapsed, after) = (started.elapsed(), watched.read()?);
        let count = asked.latencies.count();
        let work = Work {
            unit: "requests",
            count,
            elapsed,
            latencies: asked.latencies,
            retries: asked.retries,
        };
        let pass = Pass::new("dashboard", work, after, before)?;
        Ok(Report {
            passes: vec![Pass { complete: count == self.requests, ..pass }],
            ..Report::new("dashboard", client.url(), self.target.connections as usize)
        })
    }

    async fn ask(&self, client: &Client, body: &[u8], until: Instant) -> Result<Asked, BenchError> {
        let left = Arc::new(AtomicU64::new(self.requests));
        let mut lanes = JoinSet::new();
        for _ in 0..self.target.connections {
            lanes.spawn(ask_lane(client.clone(), body.to_vec(), Arc::clone(&left), until));
        }
        let mut asked = Asked::default();
        while let Some(lane) = lanes.join_next().await {
            let lane = lane??;
            asked.latencies.extend(lane.latencies);
            asked.retries += lane.retries;
        }
        Ok(asked)
    }
}

#[derive(Default)]
struct Asked {
    latencies: Latencies,
    retries: u64,
}

async fn ask_lane(
    client: Client,
    body: Vec<u8>,
    left: Arc<AtomicU64>,
    until: Instant,
) -> Result<Asked, BenchError> {
    let mut asked = Asked::default();
    while Instant::now() < until && take_one(&left) {
        let answer = client.call::<IgnoredAny>(body.clone()).await?;
        asked.latencies.add(answer.took);
        asked.retries += u64::from(answer.retries);
    }
    Ok(asked)
}

/// Takes one of what is left; false when nothing is.
fn take_one(left: &AtomicU64) -> bool {
    let less = |left: u64| left.checked_sub(1);
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
}
