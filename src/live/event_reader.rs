//! A reader of a tenant's events, who is told how many it was too slow to get.

use std::sync::Arc;

use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::{
    audience::Listening,
    bus::Bus,
    notice::{Notice, Streamed},
};
use crate::tenant::TenantId;

/// Listens to the events of one tenant until it is dropped.
#[derive(Debug)]
pub(super) struct EventReader {
    tenant: TenantId,
    notices: Receiver<Arc<Notice>>,
    /// How many events there are before the next notice, if none is missed.
    expected: u64,
    _listening: Listening,
}

/// Events that came together, after others that did not come.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) missed: u64,
    pub(super) events: Vec<Arc<Streamed>>,
}

impl EventReader {
    pub(super) fn new(tenant: &TenantId, bus: &dyn Bus) -> Self {
        // Counted first: what comes in between is missed, or counted twice and not missed.
        let expected = bus.events_heard(tenant);
        let (notices, listening) = (bus.subscribe(), bus.audience().join());
        Self { tenant: tenant.clone(), notices, expected, _listening: listening }
    }

    /// The next events; none once there will be no more.
    pub(super) async fn next(&mut self) -> Option<Heard> {
        loop {
            match self.notices.recv().await {
                Ok(notice) if notice.tenant == *self.tenant && !notice.events.is_empty() => {
                    return Some(self.hear(&notice));
                }
                // How much was missed shows in the next notice.
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    }

    fn hear(&mut self, notice: &Notice) -> Heard {
        let next = notice.events_before + notice.events.len() as u64;
        let expected = std::mem::replace(&mut self.expected, next);
        let missed = notice.events_before.saturating_sub(expected);
        Heard { missed, events: notice.events.clone() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{live::bus::MemoryBus, tracker::testing};

    fn publish(bus: &MemoryBus, tenant: &str, events: usize) {
        let event = testing::event("n", json!({}));
        let events = (0..events).map(|_| Arc::new(Streamed::from(&event))).collect();
        bus.publish(Notice::new(tenant.to_owned(), events));
    }

    #[tokio::test]
    async fn a_slow_reader_is_told_how_many_events_of_its_tenant_it_missed() {
        let bus = MemoryBus::default();
        publish(&bus, "t", 7);
        let mut reader = EventReader::new(&TenantId::new("t"), &bus);
        publish(&bus, "t", 1);
        let first = reader.next().await.unwrap();
        assert_eq!((first.missed, first.events.len()), (0, 1));
        // Far more than is kept for anyone.
        for _ in 0..2_000 {
            publish(&bus, "t", 2);
            publish(&bus, "other", 3);
            publish(&bus, "t", 0);
        }
        let (mut missed, mut read) = (0, 0);
        publish(&bus, "t", 60);
        while missed + read < 4_060 {
            let heard = reader.next().await.unwrap();
            missed += heard.missed;
            read += heard.events.len() as u64;
            assert!(heard.events.len() <= 50, "notices stay small");
        }
        assert_eq!(missed + read, 4_060);
        assert!(missed > 3_000 && read > 60, "{missed} missed, {read} read");
    }
}
