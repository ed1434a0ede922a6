//! Reads the variables of a tracking mutation straight into events.
//!
//! Strict on purpose: a key that is unknown or there twice, a value of another JSON type than the
//! usual, anything missing ends the reading, and the engine, which starts anew, has the say.

use std::{borrow::Cow, fmt};

use bytestring::ByteString;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::plan::{DurabilityFrom, Plan, durability};
use crate::{
    graphql::scalar::parse_instant,
    tracker::{Durability, Fields, Payload, RawEvent, fact::Fact, service::MAX_EVENTS},
};

/// The events and the durability in the text of `variables`; `None` when it does not fit the plan.
pub(super) fn read(text: &ByteString, plan: &Plan) -> Option<(Vec<RawEvent>, Durability)> {
    let mut json = serde_json::Deserializer::from_str(text);
    let read = Variables { plan, text }.deserialize(&mut json).ok()?;
    json.end().ok()?;
    Some(read)
}

/// The object of variables, a part of `text`.
pub(super) struct Variables<'p> {
    pub(super) plan: &'p Plan,
    pub(super) text: &'p ByteString,
}

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
            if name == self.plan.input && events.is_none() {
                events = Some(if self.plan.takes_list {
                    map.next_value_seed(Events(self.text))?
                } else {
                    let mut events = Vec::with_capacity(1);
                    map.next_value_seed(Event { text: self.text, events: &mut events })?;
                    events
                });
            } else if self.plan.durability.is(&name) && given.is_none() {
                given = Some(map.next_value::<Option<Text<'_>>>()?);
            } else {
                return Err(A::Error::custom("a variable too many"));
            }
        }
        let events = events.ok_or_else(|| A::Error::custom("no events"))?;
        let durability = self.plan.durability.resolve(given.flatten());
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

/// What an event takes in JSON, or less: a list seldom grows.
const USUAL_BYTES: usize = 256;

/// A list of as many events as a call may have.
struct Events<'t>(&'t ByteString);

impl<'de> DeserializeSeed<'de> for Events<'_> {
    type Value = Vec<RawEvent>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Vec<RawEvent>, D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Events<'_> {
    type Value = Vec<RawEvent>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<RawEvent>, A::Error> {
        let mut events = Vec::with_capacity((self.0.len() / USUAL_BYTES).clamp(1, MAX_EVENTS));
        while list.next_element_seed(Event { text: self.0, events: &mut events })?.is_some() {
            if events.len() > MAX_EVENTS {
                return Err(A::Error::custom("too many events"));
            }
        }
        Ok(events)
    }
}

/// An object of the type `TrackEventInput`, put behind other events: it is too large to be handed on.
/// Not by derive, which would take a list too.
struct Event<'t, 'e> {
    text: &'t ByteString,
    events: &'e mut Vec<RawEvent>,
}

impl<'de> DeserializeSeed<'de> for Event<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
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

impl<'de> Visitor<'de> for Event<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (mut event, mut seen, mut fields) = (RawEvent::default(), 0_u8, None);
        let text = PartOf(self.text);
        while let Some(field) = map.next_key::<Field>()? {
            let bit = 1 << field as u8;
            if seen & bit != 0 {
                return Err(A::Error::custom("a field twice"));
            }
            seen |= bit;
            match field {
                Field::Id => event.id = map.next_value_seed(OrNull(text))?,
                Field::Name => event.name = map.next_value_seed(text)?,
                Field::Product => event.product = map.next_value_seed(text)?,
                Field::SessionId => event.session_id = map.next_value_seed(OrNull(text))?,
                Field::Data => {
                    if let Some(raw) = map.next_value::<Option<&RawValue>>()? {
                        (event.data, fields) = read_data(self.text, raw)?;
                    }
                }
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
        // While all of it is in the cache.
        event.meaning = fields.map(|fields| Fact::of(&event.name, &fields));
        self.events.push(event);
        Ok(())
    }
}

/// Keeps the JSON of an event as the text that it is, and takes it apart.
fn read_data<'a, E: serde::de::Error>(
    text: &ByteString,
    raw: &'a RawValue,
) -> Result<(Payload, Option<Fields<'a>>), E> {
    let read = Payload::part_of(text, raw.get());
    read.ok_or_else(|| E::custom("data that is not stored as it stands"))
}

/// A string: the part of the text that it is, or text of its own where something is escaped.
#[derive(Clone, Copy)]
struct PartOf<'t>(&'t ByteString);

impl<'de> DeserializeSeed<'de> for PartOf<'_> {
    type Value = ByteString;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<ByteString, D::Error> {
        json.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for PartOf<'_> {
    type Value = ByteString;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, part: &'de str) -> Result<ByteString, E> {
        Ok(self.0.slice_ref(part))
    }

    fn visit_str<E>(self, text: &str) -> Result<ByteString, E> {
        Ok(text.into())
    }
}

/// The same, or null.
struct OrNull<'t>(PartOf<'t>);

impl<'de> DeserializeSeed<'de> for OrNull<'_> {
    type Value = Option<ByteString>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for OrNull<'_> {
    type Value = Option<ByteString>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string or null")
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        self.0.deserialize(json).map(Some)
    }
}
