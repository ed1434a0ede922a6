//! Reads the body of a tracking mutation in one pass, where its document stands before its variables
//! and is known.
//!
//! Any other body is taken apart first, like those of all operations.

use std::{fmt, sync::Arc};

use bytestring::ByteString;
use serde::{
    Deserializer,
    de::{DeserializeSeed, Error as _, MapAccess, Visitor},
};

use super::{
    Call,
    variables::{Text, Variables},
};
use crate::http::documents::Documents;

/// The call in a body; `None` when it is not of the usual form.
pub(super) fn read(body: &ByteString, documents: &Documents) -> Option<Call> {
    let mut json = serde_json::Deserializer::from_str(body);
    let call = Body { text: body, documents }.deserialize(&mut json).ok()?;
    json.end().ok()?;
    Some(call)
}

/// The object of parameters.
struct Body<'b> {
    text: &'b ByteString,
    documents: &'b Documents,
}

impl<'de> DeserializeSeed<'de> for Body<'_> {
    type Value = Call;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Call, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Body<'_> {
    type Value = Call;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the parameters of a request")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Call, A::Error> {
        let (mut query, mut name, mut call) = (None, None, None);
        while let Some(Text(key)) = map.next_key()? {
            match (&*key, &query, &call) {
                ("query", None, _) => query = Some(map.next_value::<Text<'_>>()?.0),
                ("operationName", _, None) if name.is_none() => {
                    name = Some(map.next_value::<Option<Text<'_>>>()?);
                }
                ("variables", Some(query), None) => {
                    let name = name.iter().flatten().map(|Text(name)| &**name).next();
                    let document = self.documents.find(query, name.filter(|name| !name.is_empty()));
                    let plan = document.as_ref().and_then(|document| document.ingest.as_ref());
                    let plan = plan.ok_or_else(|| A::Error::custom("no plan"))?;
                    let (events, durability) =
                        map.next_value_seed(Variables { plan, text: self.text })?;
                    call = Some(Call { plan: Arc::clone(plan), events, durability });
                }
                _ => return Err(A::Error::custom("not the usual form")),
            }
        }
        call.ok_or_else(|| A::Error::custom("no variables"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::ServerConfig,
        http::{params::Params, prepare},
    };

    const QUERY: &str = "mutation T($i: TrackEventInput!) {trackEvent(input: $i) {id}}";

    fn is_read(body: &str) -> bool {
        let documents = Documents::new(1 << 20);
        for name in [None, Some("T".to_owned())] {
            let params =
                Params { query: QUERY.to_owned(), operation_name: name, ..Params::default() };
            assert!(prepare::find(&params, &ServerConfig::default(), &documents).is_ok());
        }
        let body = body.replace("QUERY", &format!("\"query\": \"{QUERY}\""));
        let body =
            body.replace("VARIABLES", r#""variables": {"i": {"name": "a", "product": "b"}}"#);
        read(&body.into(), &documents).is_some()
    }

    #[test]
    fn a_known_document_before_its_variables_is_read_in_one_pass() {
        for body in [
            "{QUERY, VARIABLES}",
            "{\"operationName\": \"T\", QUERY, VARIABLES}",
            "{QUERY, \"operationName\": \"\", VARIABLES}",
            "{\"operationName\": null, QUERY, VARIABLES}",
        ] {
            assert!(is_read(body), "{body}");
        }
    }

    #[test]
    fn any_other_body_is_taken_apart_first() {
        for body in [
            "{VARIABLES, QUERY}",
            "{QUERY, VARIABLES, VARIABLES}",
            "{QUERY, QUERY, VARIABLES}",
            "{QUERY, VARIABLES, \"operationName\": \"T\"}",
            "{\"operationName\": \"X\", QUERY, VARIABLES}",
            "{\"operationName\": 7, QUERY, VARIABLES}",
            "{\"operationName\": \"T\", \"operationName\": \"T\", QUERY, VARIABLES}",
            "{QUERY, VARIABLES, \"extensions\": {}}",
            "{QUERY, VARIABLES, \"more\": 1}",
            "{QUERY, \"variables\": {}}",
            "{QUERY, \"variables\": null}",
            "{QUERY}",
            "{QUERY, VARIABLES",
            "{QUERY, VARIABLES} 7",
            "{\"query\": \"{a}\", VARIABLES}",
            "{\"query\": 7, VARIABLES}",
            "[]",
            "",
        ] {
            assert!(!is_read(body), "{body}");
        }
    }
}
