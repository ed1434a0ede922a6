//! Reads the variables of a tracking mutation straight into events.
//!
//! Strict on purpose: a key that is unknown or there twice, a value of another JSON type than the
//! usual, anything missing ends the reading, and the engine, which starts anew, has the say.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{
    plain::is_plain,
    plan::{DurabilityFrom, Plan, durability},
};
use crate::{
    graphql::scalar::parse_instant,
    tracker::{Durability, Payload, RawEvent, service::MAX_EVENTS},
};

/// The events and the durability in the text of `variables`; `None` when it does not fit the plan.
pub(super) fn read(variables: &str, plan: &Plan) -> Option<(Vec<RawEvent>, Durability)> {
    let mut json = serde_json::Deserializer::from_str(variables);
    let read = Variables(plan).deserialize(&mut json).ok()?;
    json.end().ok()?;
    Some(read)
}

/// The object of variables.
pub(super) struct Variables<'p>(pub(super) &'p Plan);

impl<'de> DeserializeSeed<'de> for Variables<'_> {
    type Value = (Vec<RawEvent>, Durability);

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Variables<'_> {
    type Value = (Vec<RawEvent>, Durability);

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the variables of the operation")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut events, mut given) = (None, None);
        while let Some(Text(name)) = map.next_key()? {
            if name == self.0.input && events.is_none() {
                events = Some(if self.0.takes_list {
                    map.next_value::<Events>()?.0
                } else {
                    vec![map.next_value::<Event>()?.0]
                });
            } else if self.0.durability.is(&name) && given.is_none() {
                given = Some(map.next_value::<Option<Text<'_>>>()?);
            } else {
                return Err(A::Error::custom("a variable too many"));
            }
        }
        let events = events.ok_or_else(|| A::Error::custom("no events"))?;
        let durability = self.0.durability.resolve(given.flatten());
        Ok((events, durability.ok_or_else(|| A::Error::custom("no such durability"))?))
    }
}

impl DurabilityFrom {
    fn is(&self, variable: &str) -> bool {
        matches!(self, Self::Variable { name, .. } if name == variable)
    }

    fn resolve(&self, given: Option<Text<'_>>) -> Option<Durability> {
        match (self, given) {
            (Self::Literal(literal), _) => Some(*literal),
            (Self::Variable { .. }, Some(Text(name))) => durability(&name),
            (Self::Variable { required, .. }, None) => (!required).then(Durability::default),
        }
    }
}

/// A string, in place where nothing is escaped.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// A list of as many events as a call may have.
struct Events(Vec<RawEvent>);

impl<'de> Deserialize<'de> for Events {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_seq(EventsVisitor)
    }
}

struct EventsVisitor;

impl<'de> Visitor<'de> for EventsVisitor {
    type Value = Events;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Events, A::Error> {
        let mut events = Vec::new();
        while let Some(Event(event)) = list.next_element()? {
            if events.len() == MAX_EVENTS {
                return Err(A::Error::custom("too many events"));
            }
            events.push(event);
        }
        Ok(Events(events))
    }
}

/// An object of the type `TrackEventInput`. Not by derive, which would take a list too.
struct Event(RawEvent);

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_map(EventVisitor)
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Field {
    Id,
    Name,
    Product,
    SessionId,
    Data,
    OccurredAt,
}

struct EventVisitor;

impl<'de> Visitor<'de> for EventVisitor {
    type Value = Event;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Event, A::Error> {
        let (mut event, mut seen) = (RawEvent::default(), 0_u8);
        while let Some(field) = map.next_key::<Field>()? {
            let bit = 1 << field as u8;
            if seen & bit != 0 {
                return Err(A::Error::custom("a field twice"));
            }
            seen |= bit;
            match field {
                Field::Id => event.id = map.next_value()?,
                Field::Name => event.name = map.next_value()?,
                Field::Product => event.product = map.next_value()?,
                Field::SessionId => event.session_id = map.next_value()?,
                Field::Data => event.data = map.next_value::<Option<_>>()?.map(data).transpose()?,
                Field::OccurredAt => {
                    let text = map.next_value::<Option<Text<'_>>>()?;
                    event.occurred_at =
                        text.map(|Text(text)| parse_instant(&text).ok_or(text.into_owned()));
                }
            }
        }
        let required = 1 << Field::Name as u8 | 1 << Field::Product as u8;
        if seen & required != required {
            return Err(A::Error::custom("a field is missing"));
        }
        Ok(Event(event))
    }
}

/// Keeps the JSON of an event as the text that it is.
fn data<E: serde::de::Error>(raw: &RawValue) -> Result<Payload, E> {
    if !is_plain(raw.get()) {
        return Err(E::custom("data that is not stored as it stands"));
    }
    Ok(Payload::from_text(raw.get()))
}
