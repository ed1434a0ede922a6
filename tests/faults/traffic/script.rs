//! The whole of what one producer sends, made from its seed before the first call.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};
use rand::{
    Rng as _, SeedableRng as _,
    rngs::StdRng,
    seq::{IndexedRandom as _, SliceRandom as _},
};
use serde_json::json;

use super::{
    Event,
    conversation::{Teller, id},
};
use crate::harness::TENANTS;

/// What may be answered and stored of a sent event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Stored once, with this body.
    Kept,
    /// Its id is stored already with this body, or was sent with it.
    Repeat,
    /// Its id was acknowledged as stored with another body, which stays.
    Conflict,
    /// Its id was acknowledged as buffered with another body: either may be stored, because
    /// replicas take batches in any order.
    Rival,
    /// Never stored.
    Rejected,
}

#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub event: Event,
    pub expected: Expected,
}

/// One call, of one tenant.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub tenant: usize,
    pub durability: &'static str,
    pub items: Vec<Item>,
}

/// The only events that get rivals: they feed no figure, so that it does not matter who wins.
pub(crate) const RIVALS: &str = "page.view";
/// How many events back a repeat or a conflict reaches.
const MEMORY: usize = 2_000;
/// Conversations that are told side by side, their events shuffled.
const AT_ONCE: usize = 25;

/// The calls of one producer with at least `events` events in all.
pub(crate) fn script(seed: u64, events: usize, now: DateTime<Utc>) -> Vec<Batch> {
    let random = StdRng::seed_from_u64(seed);
    let mut writer = Writer { random, now, stored: VecDeque::new(), buffered: VecDeque::new() };
    let mut batches = Vec::new();
    let mut written = 0;
    while written < events {
        for batch in writer.episode() {
            written += batch.items.len();
            batches.push(batch);
        }
    }
    batches
}

struct Writer {
    random: StdRng,
    now: DateTime<Utc>,
    /// Events that were acknowledged as stored before this point of the script.
    stored: VecDeque<Event>,
    /// Events that were acknowledged as buffered.
    buffered: VecDeque<Event>,
}

impl Writer {
    /// Conversations of one tenant at about the same time.
    fn episode(&mut self) -> Vec<Batch> {
        let tenant = self.random.random_range(0..TENANTS.len());
        let mut events = Vec::new();
        for _ in 0..AT_ONCE {
            let conversation = self.random.random_bool(0.8);
            let teller = Teller::new(&mut self.random, tenant, self.now);
            events.extend(if conversation { teller.conversation() } else { teller.aside() });
        }
        events.shuffle(&mut self.random);
        let mut batches = Vec::new();
        while !events.is_empty() {
            let most = if self.random.random_bool(0.2) { 3 } else { 100 };
            let len = self.random.random_range(1..=most).min(events.len());
            let rest = events.split_off(len);
            batches.push(self.batch(tenant, std::mem::replace(&mut events, rest)));
        }
        batches
    }

    fn batch(&mut self, tenant: usize, events: Vec<Event>) -> Batch {
        let stored = self.random.random_bool(0.5);
        let durability = if stored { "STORED" } else { "BUFFERED" };
        let kept = |event: &Event| Item { event: event.clone(), expected: Expected::Kept };
        let mut items: Vec<_> = events.iter().map(kept).collect();
        items.extend(self.extras(tenant));
        if self.random.random_bool(0.1)
            && let Some(event) = events.first()
        {
            items.push(Item { event: event.clone(), expected: Expected::Repeat });
        }
        let memory = if stored { &mut self.stored } else { &mut self.buffered };
        memory.extend(events);
        let forgotten = memory.len().saturating_sub(MEMORY);
        memory.drain(..forgotten);
        Batch { tenant, durability, items }
    }

    /// What should not move a figure.
    fn extras(&mut self, tenant: usize) -> Vec<Item> {
        let mut items = Vec::new();
        for expected in [Expected::Repeat, Expected::Conflict, Expected::Rival, Expected::Rejected]
        {
            if self.random.random_bool(0.25) {
                items.extend(self.extra(tenant, expected));
            }
        }
        items
    }

    fn extra(&mut self, tenant: usize, expected: Expected) -> Option<Item> {
        let durable = match expected {
            Expected::Conflict => true,
            Expected::Rival => false,
            _ => self.random.random_bool(0.5),
        };
        let known = self.recall(durable, tenant, expected)?;
        let mut event = known;
        match expected {
            // With another time of occurrence: the first one stays.
            Expected::Repeat if durable => event.at -= TimeDelta::days(1),
            Expected::Conflict | Expected::Rival => event.product = "imposter",
            Expected::Rejected => {
                event.id = id(&mut self.random);
                event.name = "rating.submit";
                event.data = json!({ "score": 9 });
            }
            Expected::Kept | Expected::Repeat => {}
        }
        Some(Item { event, expected })
    }

    /// Some event that was sent before.
    fn recall(&mut self, stored: bool, tenant: usize, expected: Expected) -> Option<Event> {
        let memory = if stored { &self.stored } else { &self.buffered };
        let fits = |event: &&Event| {
            event.tenant == tenant && (expected != Expected::Rival || event.name == RIVALS)
        };
        let known: Vec<_> = memory.iter().filter(fits).collect();
        known.choose(&mut self.random).copied().cloned()
    }
}
