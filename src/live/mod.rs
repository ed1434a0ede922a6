//! What is so now, for many watchers: a snapshot, then changes.
//!
//! Floors are counted over state in Redis, or over the database's; a [`Bus`] only carries the notice
//! that something changed, to every replica. The picture of a tenant is taken once however many watch
//! it, and published under the seed's Redis keys for readers in other languages.

mod audience;
mod bus;
mod changes;
mod event_reader;
pub mod graphql;
mod keys;
mod link;
mod notice;
mod outage;
mod publish;
pub mod service;
mod state;
#[cfg(test)]
pub(crate) mod testing;
mod version;
mod watch;
mod watched;

pub use self::{
    bus::{Bus, MemoryBus, RedisBus},
    graphql::LiveSubscription,
    keys::Keys,
    link::{Node, RedisLink, Servers, is_away},
    outage::Outage,
    publish::Publisher,
    service::{Live, Picture},
    state::Rebuilt,
    watched::Progress,
};
