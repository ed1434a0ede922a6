//! Writes the answer of a tracking mutation as JSON, in the order of its selection.

use async_graphql::resolver_utils::EnumType as _;

use super::{
    TrackResult,
    plan::{Leaf, Plan},
};
use crate::tracker::TrackStatus;

/// What the values of a result take, about.
const VALUES_BYTES: usize = 64;

/// The answer with one result.
pub(super) fn single(plan: &Plan, result: &TrackResult) -> Vec<u8> {
    let mut json = Vec::with_capacity(256);
    open(&mut json, plan);
    write_result(&mut json, plan, result);
    json.extend_from_slice(b"}}");
    json
}

/// The answer with a list of results.
pub(super) fn list(plan: &Plan, results: &[TrackResult]) -> Vec<u8> {
    let keys: usize = plan.leaves.iter().map(|(key, _)| key.len() + 4).sum();
    let mut json = Vec::with_capacity(256 + results.len() * (keys + VALUES_BYTES));
    open(&mut json, plan);
    json.push(b'[');
    for (index, result) in results.iter().enumerate() {
        if index > 0 {
            json.push(b',');
        }
        write_result(&mut json, plan, result);
    }
    json.extend_from_slice(b"]}}");
    json
}

fn open(json: &mut Vec<u8>, plan: &Plan) {
    json.extend_from_slice(b"{\"data\":{");
    write_key(json, &plan.key);
}

fn write_result(json: &mut Vec<u8>, plan: &Plan, result: &TrackResult) {
    for (index, (key, leaf)) in plan.leaves.iter().enumerate() {
        json.push(if index == 0 { b'{' } else { b',' });
        write_key(json, key);
        match leaf {
            Leaf::Id => write_text(json, &result.id),
            Leaf::Status => write_name(json, name(result.status)),
            Leaf::Typename => write_name(json, "TrackResult"),
            Leaf::Reason => match result.reason.as_deref() {
                Some(reason) => write_text(json, reason),
                None => json.extend_from_slice(b"null"),
            },
        }
    }
    json.push(b'}');
}

fn write_key(json: &mut Vec<u8>, key: &str) {
    write_name(json, key);
    json.push(b':');
}

/// Text with nothing to escape, as the names of GraphQL are.
fn write_name(json: &mut Vec<u8>, name: &str) {
    json.push(b'"');
    json.extend_from_slice(name.as_bytes());
    json.push(b'"');
}

fn write_text(json: &mut Vec<u8>, text: &str) {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')) {
        return write_name(json, text);
    }
    // Text always has a form in JSON, and a vector takes it.
    let _ = serde_json::to_writer(json, text);
}

/// The status as the schema spells it.
fn name(status: TrackStatus) -> &'static str {
    let known = TrackStatus::items().iter().find(|item| item.value == status);
    known.map_or("", |item| item.name)
}

#[cfg(test)]
mod tests {
    use async_graphql::Pos;

    use super::*;
    use crate::{http::ingest::plan::DurabilityFrom, tracker::Durability};

    #[test]
    fn an_answer_keeps_the_order_and_the_keys_of_the_selection() {
        let plan = Plan {
            takes_list: true,
            input: "i".to_owned(),
            durability: DurabilityFrom::Literal(Durability::Buffered),
            key: "sent".to_owned(),
            place: Pos::default(),
            leaves: [("why", Leaf::Reason), ("id", Leaf::Id), ("s", Leaf::Status)]
                .map(|(key, leaf)| (key.to_owned(), leaf))
                .into(),
        };
        let accepted =
            TrackResult { id: "a\"".into(), status: TrackStatus::Accepted, reason: None };
        let reason = Some("`name` is \"\n\"".into());
        let rejected = TrackResult { id: "文".into(), status: TrackStatus::Rejected, reason };
        let one = r#"{"why":null,"id":"a\"","s":"ACCEPTED"}"#;
        let other = r#"{"why":"`name` is \"\n\"","id":"文","s":"REJECTED"}"#;
        let text = |bytes| String::from_utf8(bytes).unwrap();
        assert_eq!(text(single(&plan, &accepted)), format!(r#"{{"data":{{"sent":{one}}}}}"#));
        let both = text(list(&plan, &[accepted, rejected]));
        assert_eq!(both, format!(r#"{{"data":{{"sent":[{one},{other}]}}}}"#));
    }
}
