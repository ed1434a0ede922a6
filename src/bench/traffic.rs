//! The events of one connection: many conversations at once, one event after another.
//!
//! Deterministic: seed, lane, times and count alone decide every byte, ids included.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use rand::{Rng, SeedableRng as _, rngs::StdRng};
use uuid::Builder;

use super::{
    data::{Event, PRODUCT},
    session::Session,
};

/// Seconds between two events of a conversation, as far as [`MAX_OPEN`] allows.
const STEP_SECS: u64 = 30;
/// Conversations open at once on one connection. A batch of 100 then hits some 60 of them.
const MAX_OPEN: u64 = 100;

/// What a lane of events depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) seed: u64,
    /// The connection that sends them, from 0.
    pub(super) lane: u32,
    pub(super) events: u64,
    pub(super) from: DateTime<Utc>,
    pub(super) until: DateTime<Utc>,
}

/// Events in the order of their times, evenly over the stretch of the plan.
#[derive(Clone, Debug)]
pub(super) struct Traffic {
    plan: Plan,
    rng: StdRng,
    open: Vec<Session>,
    max_open: usize,
    made: u64,
}

impl Traffic {
    pub(super) fn new(plan: Plan) -> Self {
        // Far apart, so that lanes of neighbouring seeds are not the same.
        let seed = plan.seed ^ (u64::from(plan.lane) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let secs = u64::try_from((plan.until - plan.from).num_seconds()).unwrap_or_default().max(1);
        let open = (plan.events * STEP_SECS / secs).clamp(1, MAX_OPEN);
        Self {
            plan,
            rng: StdRng::seed_from_u64(seed),
            open: Vec::new(),
            max_open: usize::try_from(open).unwrap_or(1),
            made: 0,
        }
    }

    /// The next `len` events, fewer at the end; none once all are made.
    pub(super) fn batch(&mut self, len: usize) -> Vec<Event> {
        self.take(len).collect()
    }

    /// When the next event happens, to the millisecond.
    fn now(&self) -> DateTime<Utc> {
        let millis = (self.plan.until - self.plan.from).num_milliseconds();
        let elapsed = i128::from(millis) * i128::from(self.made) / i128::from(self.plan.events);
        self.plan.from + TimeDelta::milliseconds(i64::try_from(elapsed).unwrap_or(millis))
    }

    /// A UUID of version 7 at `now`, as products make them.
    fn id(&mut self, now: DateTime<Utc>) -> String {
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or_default();
        Builder::from_unix_timestamp_millis(millis, &self.rng.random()).into_uuid().to_string()
    }

    fn open_session(&mut self, now: DateTime<Utc>) -> usize {
        let id = self.id(now);
        self.open.push(Session::open(id, &mut self.rng));
        self.open.len() - 1
    }
}

impl Iterator for Traffic {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        if self.made >= self.plan.events {
            return None;
        }
        let now = self.now();
        loop {
            let index = if self.open.len() < self.max_open {
                self.open_session(now)
            } else {
                self.rng.random_range(0..self.open.len())
            };
            let Some((name, data)) = self.open[index].next(&mut self.rng) else {
                // Over; the next round opens another.
                self.open.swap_remove(index);
                continue;
            };
            self.made += 1;
            return Some(Event {
                id: self.id(now),
                name,
                product: PRODUCT,
                session_id: self.open[index].id.clone(),
                data,
                occurred_at: now.to_rfc3339_opts(SecondsFormat::Millis, true),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;
    use crate::{tenant::TenantId, tracker::RawEvent};

    fn plan(seed: u64, lane: u32) -> Plan {
        let from: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
        Plan { seed, lane, events: 5_000, from, until: from + TimeDelta::minutes(10) }
    }

    fn text(plan: Plan) -> String {
        serde_json::to_string(&Traffic::new(plan).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn the_same_seed_makes_the_same_events() {
        assert_eq!(text(plan(1, 0)), text(plan(1, 0)));
        assert_ne!(text(plan(1, 0)), text(plan(2, 0)));
    }

    #[test]
    fn no_id_occurs_twice_on_any_lane() {
        let ids: HashSet<_> =
            (0..4).flat_map(|lane| Traffic::new(plan(1, lane))).map(|event| event.id).collect();
        assert_eq!(ids.len(), 20_000);
    }

    #[test]
    fn an_event_is_as_large_as_that_of_a_product() {
        let mean = text(plan(1, 0)).len() / 5_000;
        assert!((370..=410).contains(&mean), "{mean} bytes");
    }

    #[test]
    fn conversations_begin_with_their_start_and_overlap() {
        let mut sessions: HashMap<String, Vec<&str>> = HashMap::new();
        let events: Vec<_> = Traffic::new(plan(1, 0)).collect();
        for event in &events {
            sessions.entry(event.session_id.clone()).or_default().push(event.name);
        }
        assert!(sessions.values().all(|names| names[0] == "session.start"));
        let ended = sessions.values().filter(|names| names.contains(&"session.end")).count();
        assert!(ended + 100 >= sessions.len(), "{ended} of {} ended", sessions.len());
        let of_a_batch: HashSet<_> =
            events[2_000..2_100].iter().map(|event| &event.session_id).collect();
        assert!((40..=80).contains(&of_a_batch.len()), "{}", of_a_batch.len());
    }

    #[test]
    fn a_batch_is_as_long_as_asked_until_the_events_run_out() {
        let mut traffic = Traffic::new(Plan { events: 25, ..plan(1, 0) });
        let lens: Vec<_> = (0..4).map(|_| traffic.batch(10).len()).collect();
        assert_eq!(lens, [10, 10, 5, 0]);
    }

    #[test]
    fn the_service_takes_every_event() {
        let plan = plan(1, 0);
        for event in Traffic::new(plan) {
            let raw = RawEvent {
                id: Some(event.id.into()),
                name: event.name.into(),
                product: event.product.into(),
                session_id: Some(event.session_id.into()),
                data: serde_json::to_value(event.data).unwrap().into(),
                occurred_at: Some(event.occurred_at.parse().map_err(|_| event.occurred_at)),
                meaning: None,
            };
            let checked = raw.check(&TenantId::new("t"), plan.until).unwrap();
            assert!((plan.from..plan.until).contains(&checked.occurred_at));
        }
    }
}
