//! Folds events into the state of a session, whatever their order.
//!
//! Each register is a minimum or a maximum over (instant, content): the content breaks ties, so
//! that two events of the same instant give the same state in either order.

use chrono::{DateTime, Utc};
use entity::session::Model as Session;

use super::{session_key::SessionKey, span};
use crate::{
    tenant::TenantId,
    tracker::{NewEvent, fact::Fact},
};

/// The registers of a session; texts stay where they are, in events or in what is stored.
#[derive(Clone, Debug)]
pub(super) struct State<'a> {
    pub(super) session_id: &'a str,
    pub(super) session_key: SessionKey,
    /// That of the start, if there was one.
    product: &'a str,
    pub(super) first_event_at: DateTime<Utc>,
    pub(super) first_product: &'a str,
    pub(super) last_event_at: DateTime<Utc>,
    pub(super) started_at: Option<DateTime<Utc>>,
    pub(super) channel: Option<&'a str>,
    pub(super) channel_name: Option<&'a str>,
    pub(super) visitor_id: Option<&'a str>,
    pub(super) customer_name: Option<&'a str>,
    pub(super) queued_at: Option<DateTime<Utc>>,
    pub(super) queue: Option<&'a str>,
    pub(super) assigned_at: Option<DateTime<Utc>>,
    pub(super) agent_assigned_at: Option<DateTime<Utc>>,
    pub(super) agent_id: Option<&'a str>,
    pub(super) transferred_at: Option<DateTime<Utc>>,
    pub(super) ended_at: Option<DateTime<Utc>>,
    pub(super) ended_by: Option<&'a str>,
    pub(super) resolved: Option<bool>,
    pub(super) stated_duration_ms: Option<i64>,
}

impl<'a> State<'a> {
    /// The state that events of one session give; none without a session.
    pub(super) fn of(events: impl IntoIterator<Item = &'a NewEvent>) -> Option<Self> {
        let mut events = events.into_iter();
        let mut state = Self::open(events.next()?)?;
        for event in events {
            state.fold(event);
        }
        Some(state)
    }

    fn open(event: &'a NewEvent) -> Option<Self> {
        let session_id = event.session_id.as_ref()?;
        let mut state = Self {
            session_id,
            session_key: session_id.key(),
            product: &event.product,
            first_event_at: event.occurred_at,
            first_product: &event.product,
            last_event_at: event.occurred_at,
            started_at: None,
            channel: None,
            channel_name: None,
            visitor_id: None,
            customer_name: None,
            queued_at: None,
            queue: None,
            assigned_at: None,
            agent_assigned_at: None,
            agent_id: None,
            transferred_at: None,
            ended_at: None,
            ended_by: None,
            resolved: None,
            stated_duration_ms: None,
        };
        state.fold(event);
        Some(state)
    }

    /// Adds one event. Adding it twice changes nothing.
    pub(super) fn fold(&mut self, event: &'a NewEvent) {
        let at = event.occurred_at;
        self.last_event_at = self.last_event_at.max(at);
        if (at, &*event.product) < (self.first_event_at, self.first_product) {
            self.first_event_at = at;
            self.first_product = &event.product;
        }
        match &event.fact {
            Fact::Start { channel, channel_name, visitor_id, customer_name } => {
                let start = [channel, channel_name, visitor_id, customer_name];
                self.fold_start(at, &event.product, start.map(Option::as_deref));
            }
            Fact::Queue { queue } => self.fold_queue(at, queue.as_deref()),
            Fact::Assign { agent_id, .. } => self.fold_assign(at, agent_id),
            Fact::Transfer { to_person: true } => {
                self.transferred_at = Some(self.transferred_at.map_or(at, |held| held.min(at)));
            }
            Fact::End { by, resolved, duration_ms } => {
                self.fold_end(at, (by.as_deref(), *resolved, *duration_ms));
            }
            _ => {}
        }
    }

    /// The first start counts.
    fn fold_start(&mut self, at: DateTime<Utc>, product: &'a str, start: [Option<&'a str>; 4]) {
        let held = [self.channel, self.channel_name, self.visitor_id, self.customer_name];
        let held = self.started_at.map(|held_at| (held_at, self.product, held));
        if is_earlier((at, product, start), held) {
            self.started_at = Some(at);
            self.product = product;
            [self.channel, self.channel_name, self.visitor_id, self.customer_name] = start;
        }
    }

    /// The first queueing counts.
    fn fold_queue(&mut self, at: DateTime<Utc>, queue: Option<&'a str>) {
        if is_earlier((at, queue), self.queued_at.map(|held| (held, self.queue))) {
            self.queued_at = Some(at);
            self.queue = queue;
        }
    }

    /// The first assignment answers the customer; the last says whose conversation it is.
    fn fold_assign(&mut self, at: DateTime<Utc>, agent_id: &'a str) {
        self.assigned_at = Some(self.assigned_at.map_or(at, |held| held.min(at)));
        let held = self.agent_assigned_at.map(|held| (held, self.agent_id));
        if held.is_none_or(|held| (at, Some(agent_id)) > held) {
            self.agent_assigned_at = Some(at);
            self.agent_id = Some(agent_id);
        }
    }

    /// The last end counts: a conversation that went on after a first end has the later outcome.
    fn fold_end(&mut self, at: DateTime<Utc>, end: (Option<&'a str>, Option<bool>, Option<i64>)) {
        let held = (self.ended_by, self.resolved, self.stated_duration_ms);
        let held = self.ended_at.map(|held_at| (held_at, held));
        if held.is_none_or(|held| (at, end) > held) {
            self.ended_at = Some(at);
            (self.ended_by, self.resolved, self.stated_duration_ms) = end;
        }
    }

    /// The product of the start; of the first event while there is no start.
    pub(super) fn product(&self) -> &'a str {
        if self.started_at.is_some() { self.product } else { self.first_product }
    }

    pub(super) fn last_event_hour(&self) -> i32 {
        hour_of(self.last_event_at)
    }

    /// The row, with what follows from the registers.
    pub(super) fn to_session(&self, tenant: &TenantId) -> Session {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let from_start = between_ms(self.started_at, self.ended_at);
        let unanswered = self.ended_at.filter(|_| self.assigned_at.is_none());
        Session {
            tenant_id: tenant.to_string(),
            session_id: self.session_id.to_owned(),
            product: self.product().to_owned(),
            first_event_at: self.first_event_at,
            first_product: self.first_product.to_owned(),
            last_event_at: self.last_event_at,
            last_event_hour: self.last_event_hour(),
            span: span::of(self.last_event_at - self.first_event_at),
            started_at: self.started_at,
            channel: owned(self.channel),
            channel_name: owned(self.channel_name),
            visitor_id: owned(self.visitor_id),
            customer_name: owned(self.customer_name),
            queued_at: self.queued_at,
            queue: owned(self.queue),
            assigned_at: self.assigned_at,
            agent_assigned_at: self.agent_assigned_at,
            agent_id: owned(self.agent_id),
            transferred_at: self.transferred_at,
            ended_at: self.ended_at,
            ended_by: owned(self.ended_by),
            resolved: self.resolved,
            stated_duration_ms: self.stated_duration_ms,
            duration_ms: self.ended_at.and(self.stated_duration_ms.or(from_start)),
            wait_ms: between_ms(self.queued_at, self.assigned_at),
            abandon_ms: between_ms(self.queued_at, unanswered),
        }
    }
}

impl<'a> From<&'a Session> for State<'a> {
    fn from(session: &'a Session) -> Self {
        Self {
            session_id: &session.session_id,
            session_key: SessionKey::of(&session.session_id),
            product: &session.product,
            first_event_at: session.first_event_at,
            first_product: &session.first_product,
            last_event_at: session.last_event_at,
            started_at: session.started_at,
            channel: session.channel.as_deref(),
            channel_name: session.channel_name.as_deref(),
            visitor_id: session.visitor_id.as_deref(),
            customer_name: session.customer_name.as_deref(),
            queued_at: session.queued_at,
            queue: session.queue.as_deref(),
            assigned_at: session.assigned_at,
            agent_assigned_at: session.agent_assigned_at,
            agent_id: session.agent_id.as_deref(),
            transferred_at: session.transferred_at,
            ended_at: session.ended_at,
            ended_by: session.ended_by.as_deref(),
            resolved: session.resolved,
            stated_duration_ms: session.stated_duration_ms,
        }
    }
}

/// Whole hours from 1970 to an instant.
pub(super) fn hour_of(instant: DateTime<Utc>) -> i32 {
    i32::try_from(instant.timestamp().div_euclid(3_600)).unwrap_or(i32::MAX)
}

/// Milliseconds from one instant to the other; clocks that disagree make no negative time.
fn between_ms(from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> Option<i64> {
    Some((to? - from?).num_milliseconds().max(0))
}

fn is_earlier<T: PartialOrd + Copy>(new: T, held: Option<T>) -> bool {
    held.is_none() || Some(new) < held
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::tracker::testing;

    fn event(name: &str, second: i64, data: Value) -> NewEvent {
        NewEvent {
            session_id: Some("s".into()),
            occurred_at: DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap(),
            ..testing::event(name, data)
        }
    }

    fn folded<'a>(events: impl IntoIterator<Item = &'a NewEvent>) -> Session {
        State::of(events).unwrap().to_session(&TenantId::new("t"))
    }

    #[test]
    fn a_conversation_becomes_its_outcome() {
        let session = folded(&[
            event("session.start", 0, json!({"channel": "app"})),
            event("session.queue", 10, json!({})),
            event("session.assign", 40, json!({"agent_id": "li"})),
            event("session.end", 100, json!({"by": "agent", "resolved": true})),
        ]);
        assert_eq!(session.wait_ms, Some(30_000));
        assert_eq!(session.duration_ms, Some(100_000));
        assert_eq!(session.agent_id.as_deref(), Some("li"));
    }

    #[test]
    fn clocks_that_disagree_make_no_negative_time() {
        let session = folded(&[
            event("session.queue", 50, json!({})),
            event("session.assign", 40, json!({"agent_id": "li"})),
        ]);
        assert_eq!(session.wait_ms, Some(0));
    }

    fn any_event() -> impl Strategy<Value = NewEvent> {
        // Few instants and few contents, so that ties are common.
        let named = prop_oneof![
            ("[ab]").prop_map(|channel| ("session.start", json!({"channel": channel}))),
            ("[ab]").prop_map(|queue| ("session.queue", json!({"queue": queue}))),
            ("[ab]").prop_map(|agent| ("session.assign", json!({"agent_id": agent}))),
            any::<bool>().prop_map(|back| {
                ("session.transfer", json!({"to": if back { "ai" } else { "agent" }}))
            }),
            (any::<bool>(), 0..3).prop_map(|(resolved, duration)| {
                ("session.end", json!({"resolved": resolved, "duration": duration}))
            }),
            Just(("message.ai", json!({}))),
        ];
        (named, 0..4_i64, "[pq]").prop_map(|((name, data), second, product)| NewEvent {
            product: product.into(),
            ..event(name, second, data)
        })
    }

    proptest! {
        #[test]
        fn the_order_of_events_does_not_matter(
            (events, shuffled) in prop::collection::vec(any_event(), 1..12)
                .prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
        ) {
            prop_assert_eq!(folded(&events), folded(&shuffled));
        }

        #[test]
        fn events_may_be_folded_into_what_is_stored(
            events in prop::collection::vec(any_event(), 1..12),
            stored in 0..12_usize,
        ) {
            let (first, then) = events.split_at(stored.clamp(1, events.len()));
            let session = folded(first);
            let mut state = State::from(&session);
            for event in then {
                state.fold(event);
            }
            prop_assert_eq!(state.to_session(&TenantId::new("t")), folded(&events));
        }

        #[test]
        fn an_event_folded_twice_changes_nothing(
            events in prop::collection::vec(any_event(), 1..8),
        ) {
            prop_assert_eq!(folded(&events), folded(events.iter().chain(&events)));
        }
    }
}
