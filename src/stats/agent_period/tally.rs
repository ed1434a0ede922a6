//! Adds up days into the workloads of agents.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    conversation::Conversation,
    timeline::{Beat, timeline},
    workload::Workload,
};
use crate::{config::LiveConfig, stats::report::Report, tenant::TimeRange};

/// Something of several agents, by their ids.
pub(super) type ByAgent<T> = BTreeMap<String, T>;

/// The workloads so far. Days are added in their order: one begins as the one before ended.
pub(super) struct Tally {
    lease: TimeDelta,
    idle: TimeDelta,
    now: DateTime<Utc>,
    /// The last report of each agent before the next day.
    latest: ByAgent<Report>,
    workloads: ByAgent<Workload>,
}

impl Tally {
    pub(super) fn new(live: &LiveConfig, now: DateTime<Utc>, latest: ByAgent<Report>) -> Self {
        Self {
            lease: TimeDelta::seconds(live.agent_lease_secs.into()),
            idle: TimeDelta::seconds(live.session_idle_secs.into()),
            now,
            latest,
            workloads: BTreeMap::new(),
        }
    }

    /// Adds sums.
    pub(super) fn add(&mut self, workloads: impl IntoIterator<Item = (String, Workload)>) {
        for (agent_id, workload) in workloads {
            *self.workloads.entry(agent_id).or_default() += workload;
        }
    }

    /// The last report of each agent before the next day.
    pub(super) fn latest(&self) -> &ByAgent<Report> {
        &self.latest
    }

    /// Takes the last reports of a day whose sums are known.
    pub(super) fn pass(&mut self, beats: &ByAgent<Vec<Beat>>) {
        for (id, beats) in beats {
            let reports = beats.iter().map(|beat| beat.report).chain(self.latest.get(id).copied());
            if let Some(latest) = reports.max() {
                self.latest.insert(id.clone(), latest);
            }
        }
    }

    /// All sums so far.
    pub(super) fn into_sums(self) -> ByAgent<Workload> {
        self.workloads
    }

    /// Adds a day: its reports, and the conversations that reach into it.
    pub(super) fn add_day(
        &mut self,
        day: TimeRange,
        mut beats: ByAgent<Vec<Beat>>,
        conversations: &ByAgent<Vec<Conversation>>,
    ) {
        let ids: BTreeSet<String> =
            self.latest.keys().chain(beats.keys()).chain(conversations.keys()).cloned().collect();
        for id in ids {
            let mut beats = beats.remove(&id).unwrap_or_default();
            let mut workload = Workload::of_reports(!beats.is_empty());
            beats.extend(self.latest.get(&id).copied().map(Beat::from));
            let stints = timeline(&beats, self.lease, day, self.now);
            let held = conversations.get(&id).map(Vec::as_slice).unwrap_or_default();
            workload += Workload::of(&stints, held, day, self.now, self.idle);
            if let Some(latest) = beats.into_iter().map(|beat| beat.report).max() {
                self.latest.insert(id.clone(), latest);
            }
            *self.workloads.entry(id).or_default() += workload;
        }
    }

    /// The workloads of those who did anything, or were in any state but OFFLINE.
    pub(super) fn workloads(self) -> impl Iterator<Item = (String, Workload)> {
        self.workloads.into_iter().filter(|(_, workload)| !workload.is_absence())
    }
}
