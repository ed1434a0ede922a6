//! Folds events into the state of a session, whatever their order.
//!
//! Each register is a minimum or a maximum over (instant, content): the content breaks ties, so
//! that two events of the same instant give the same state in either order.

use chrono::{DateTime, Utc};
use entity::session::Model as Session;

use crate::tracker::{NewEvent, fact::Fact};

/// The state after the first event of a session.
pub(super) fn open(event: &NewEvent) -> Option<Session> {
    let session_id = event.session_id.clone()?;
    let mut session = Session {
        tenant_id: event.tenant.to_string(),
        session_id,
        product: event.product.clone(),
        first_event_at: event.occurred_at,
        first_product: event.product.clone(),
        last_event_at: event.occurred_at,
        last_event_hour: hour_of(event.occurred_at),
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
        duration_ms: None,
        stated_duration_ms: None,
        wait_ms: None,
        abandon_ms: None,
    };
    fold(&mut session, event);
    Some(session)
}

/// Adds one event to the state. Adding it twice changes nothing.
pub(super) fn fold(session: &mut Session, event: &NewEvent) {
    let at = event.occurred_at;
    session.last_event_at = session.last_event_at.max(at);
    if (at, &event.product) < (session.first_event_at, &session.first_product) {
        session.first_event_at = at;
        session.first_product.clone_from(&event.product);
    }
    match &event.fact {
        Fact::Start { channel, channel_name, visitor_id, customer_name } => {
            let start = (channel, channel_name, visitor_id, customer_name);
            fold_start(session, at, &event.product, start);
        }
        Fact::Queue { queue } => fold_queue(session, at, queue.as_deref()),
        Fact::Assign { agent_id, .. } => fold_assign(session, at, agent_id),
        Fact::Transfer { to_person: true } => {
            session.transferred_at = Some(session.transferred_at.map_or(at, |held| held.min(at)));
        }
        Fact::End { by, resolved, duration_ms } => {
            fold_end(session, at, (by, resolved, duration_ms));
        }
        _ => {}
    }
    derive(session);
}

type Start<'a> = (&'a Option<String>, &'a Option<String>, &'a Option<String>, &'a Option<String>);

/// The first start counts.
fn fold_start(session: &mut Session, at: DateTime<Utc>, product: &str, start: Start<'_>) {
    let held = session.started_at.map(|held| {
        let start =
            (&session.channel, &session.channel_name, &session.visitor_id, &session.customer_name);
        (held, session.product.as_str(), start)
    });
    if is_earlier((at, product, start), held) {
        session.started_at = Some(at);
        product.clone_into(&mut session.product);
        session.channel.clone_from(start.0);
        session.channel_name.clone_from(start.1);
        session.visitor_id.clone_from(start.2);
        session.customer_name.clone_from(start.3);
    }
}

/// The first queueing counts.
fn fold_queue(session: &mut Session, at: DateTime<Utc>, queue: Option<&str>) {
    if is_earlier((at, queue), session.queued_at.map(|held| (held, session.queue.as_deref()))) {
        session.queued_at = Some(at);
        session.queue = queue.map(str::to_owned);
    }
}

/// The first assignment answers the customer; the last says whose conversation it is.
fn fold_assign(session: &mut Session, at: DateTime<Utc>, agent_id: &str) {
    session.assigned_at = Some(session.assigned_at.map_or(at, |held| held.min(at)));
    let held = session.agent_assigned_at.map(|held| (held, session.agent_id.as_deref()));
    if held.is_none_or(|held| (at, Some(agent_id)) > held) {
        session.agent_assigned_at = Some(at);
        session.agent_id = Some(agent_id.to_owned());
    }
}

/// The last end counts: a conversation that went on after a first end has the later outcome.
fn fold_end(
    session: &mut Session,
    at: DateTime<Utc>,
    end: (&Option<String>, &Option<bool>, &Option<i64>),
) {
    let held = session
        .ended_at
        .map(|held| (held, (&session.ended_by, &session.resolved, &session.stated_duration_ms)));
    if held.is_none_or(|held| (at, end) > held) {
        session.ended_at = Some(at);
        session.ended_by.clone_from(end.0);
        session.resolved = *end.1;
        session.stated_duration_ms = *end.2;
    }
}

/// Whole hours from 1970 to an instant.
pub(super) fn hour_of(instant: DateTime<Utc>) -> i32 {
    i32::try_from(instant.timestamp().div_euclid(3_600)).unwrap_or(i32::MAX)
}

/// Sets what follows from the registers.
fn derive(session: &mut Session) {
    session.last_event_hour = hour_of(session.last_event_at);
    if session.started_at.is_none() {
        session.product.clone_from(&session.first_product);
    }
    let from_start = between_ms(session.started_at, session.ended_at);
    session.duration_ms = session.ended_at.and(session.stated_duration_ms.or(from_start));
    session.wait_ms = between_ms(session.queued_at, session.assigned_at);
    let unanswered = session.ended_at.filter(|_| session.assigned_at.is_none());
    session.abandon_ms = between_ms(session.queued_at, unanswered);
}

/// Milliseconds from one instant to the other; clocks that disagree make no negative time.
fn between_ms(from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> Option<i64> {
    Some((to? - from?).num_milliseconds().max(0))
}

fn is_earlier<T: PartialOrd + Copy>(new: T, held: Option<T>) -> bool {
    held.is_none() || Some(new) < held
}

/// The instants by which figures count a session.
pub(super) fn instants(session: &Session) -> impl Iterator<Item = DateTime<Utc>> {
    [
        session.started_at,
        session.queued_at,
        session.assigned_at,
        session.transferred_at,
        session.ended_at,
    ]
    .into_iter()
    .flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::tracker::testing;

    fn event(name: &str, second: i64, data: Value) -> NewEvent {
        NewEvent {
            session_id: Some("s".to_owned()),
            occurred_at: DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap(),
            ..testing::event(name, data)
        }
    }

    fn folded<'a>(events: impl IntoIterator<Item = &'a NewEvent>) -> Session {
        let mut session = None;
        for event in events {
            match &mut session {
                None => session = open(event),
                Some(session) => fold(session, event),
            }
        }
        session.unwrap()
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
            product,
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
        fn an_event_folded_twice_changes_nothing(
            events in prop::collection::vec(any_event(), 1..8),
        ) {
            prop_assert_eq!(folded(&events), folded(events.iter().chain(&events)));
        }
    }
}
