//! What was acknowledged, by id.

use std::collections::{BTreeMap, HashMap};

use super::{Batch, Event, Expected, Item, RIVALS};
use crate::harness::{Told, now};

/// One id: the bodies it was sent with, and what was said of it.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    /// What may stand in the store: one body, but where rivals were sent.
    pub bodies: Vec<Event>,
    /// Whether it was acknowledged as taken.
    pub is_kept: bool,
    /// What was said of it first, and when.
    pub said: String,
}

/// What all producers were told.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// By tenant and id.
    pub sent: HashMap<(usize, String), Sent>,
    /// Answers by tenant and status; each is an arrival in the books.
    pub answers: BTreeMap<(usize, String), i64>,
    /// Refused calls by code.
    pub refusals: BTreeMap<String, usize>,
    /// Calls without an answer, by why.
    pub lost: BTreeMap<String, usize>,
    /// What should never have been said.
    pub surprises: Vec<String>,
}

impl Record {
    /// Writes down the answer to one call.
    pub(super) fn told(&mut self, batch: &Batch, told: Vec<Told>) {
        for (item, told) in batch.items.iter().zip(told) {
            *self.answers.entry((batch.tenant, told.status.clone())).or_default() += 1;
            if !is_right(item, batch.durability, &told.status) || told.id != item.event.id {
                self.surprises.push(format!("{} {item:?}: {told:?}", batch.durability));
            }
            let said = format!("{} {} at {}", batch.durability, told.status, now());
            self.keep(&item.event, item.expected, said);
        }
    }

    /// Writes down an event that was acknowledged outside of any script.
    pub(crate) fn keep_one(&mut self, event: &Event) {
        *self.answers.entry((event.tenant, "ACCEPTED".to_owned())).or_default() += 1;
        self.keep(event, Expected::Kept, String::new());
    }

    fn keep(&mut self, event: &Event, expected: Expected, said: String) {
        let key = (event.tenant, event.id.clone());
        match expected {
            Expected::Kept => {
                let sent = Sent { bodies: vec![event.clone()], is_kept: true, said };
                self.sent.insert(key, sent);
            }
            Expected::Rival => {
                let sent = self.sent.get_mut(&key).expect("a rival of something sent");
                sent.bodies.push(event.clone());
            }
            Expected::Rejected => {
                let sent = Sent { bodies: Vec::new(), is_kept: false, said };
                self.sent.insert(key, sent);
            }
            Expected::Repeat | Expected::Conflict => {}
        }
    }

    pub(super) fn refused(&mut self, code: &str) {
        *self.refusals.entry(code.to_owned()).or_default() += 1;
        if !["UNAVAILABLE", "RATE_LIMITED"].contains(&code) {
            self.surprises.push(format!("a call was refused with {code}"));
        }
    }

    /// Both records together; producers share no ids.
    pub(super) fn add(&mut self, other: Self) {
        self.sent.extend(other.sent);
        for (key, events) in other.answers {
            *self.answers.entry(key).or_default() += events;
        }
        for (code, calls) in other.refusals {
            *self.refusals.entry(code).or_default() += calls;
        }
        for (why, calls) in other.lost {
            *self.lost.entry(why).or_default() += calls;
        }
        self.surprises.extend(other.surprises);
    }

    /// Events that were taken and count, in any order.
    pub(crate) fn kept(&self) -> impl Iterator<Item = &Event> {
        self.sent.values().filter(|sent| sent.is_kept).map(|sent| &sent.bodies[0])
    }

    /// Answers about one tenant's events, of some statuses.
    pub(crate) fn answered(&self, tenant: usize, statuses: &[&str]) -> i64 {
        let of = |status: &&str| self.answers.get(&(tenant, (*status).to_owned()));
        statuses.iter().filter_map(of).sum()
    }
}

fn is_right(item: &Item, durability: &str, status: &str) -> bool {
    let buffered = durability == "BUFFERED";
    match (item.expected, status) {
        (Expected::Kept | Expected::Repeat, "ACCEPTED" | "DUPLICATE")
        | (Expected::Conflict, "CONFLICT")
        | (Expected::Rejected, "REJECTED")
        | (Expected::Rival, "ACCEPTED" | "DUPLICATE" | "CONFLICT") => true,
        // Nobody has looked yet.
        (Expected::Conflict, "ACCEPTED") => buffered,
        // Its rival came first.
        (Expected::Repeat, "CONFLICT") => item.event.name == RIVALS,
        _ => false,
    }
}
