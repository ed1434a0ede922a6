//! Recognises the operations that need no engine, and keeps what is needed to run them.
//!
//! A plan exists for one shape only: one mutation with one root field, `trackEvent` or
//! `trackEvents`, its arguments variables of exactly the declared types (`durability` may be a
//! literal or left out), and a selection of leaves. Such a document is always valid.

use async_graphql::{
    Pos, Positioned,
    parser::types::{
        ExecutableDocument, Field, OperationDefinition, OperationType, Selection,
        VariableDefinition,
    },
    resolver_utils::EnumType as _,
};
use async_graphql_value::Value;

use crate::tracker::Durability;

/// How an operation of the known shape is run.
#[derive(Debug)]
pub(in crate::http) struct Plan {
    /// Whether it takes a list of events.
    pub(super) takes_list: bool,
    /// The variable that holds them.
    pub(super) input: String,
    pub(super) durability: DurabilityFrom,
    /// The key of the answer, where errors point too.
    pub(super) key: String,
    pub(super) place: Pos,
    /// What is selected of each result: the key in the answer, and what stands there.
    pub(super) leaves: Vec<(String, Leaf)>,
}

/// Where the durability comes from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum DurabilityFrom {
    Literal(Durability),
    Variable { name: String, required: bool },
}

/// A field of `TrackResult`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaf {
    Id,
    Status,
    Reason,
    Typename,
}

impl Plan {
    /// The plan of an operation, if it has the shape.
    pub(in crate::http) fn of(
        document: &ExecutableDocument,
        operation: &OperationDefinition,
    ) -> Option<Self> {
        let alone = document.fragments.is_empty() && document.operations.iter().count() == 1;
        if !alone || operation.ty != OperationType::Mutation || !operation.directives.is_empty() {
            return None;
        }
        let [Positioned { node: Selection::Field(root), .. }] =
            operation.selection_set.node.items.as_slice()
        else {
            return None;
        };
        let (field, variables) = (&root.node, operation.variable_definitions.as_slice());
        let (takes_list, expected) = match field.name.node.as_str() {
            "trackEvent" => (false, "TrackEventInput!"),
            "trackEvents" => (true, "[TrackEventInput!]!"),
            _ => return None,
        };
        let plan = Self {
            takes_list,
            input: declared(variables, variable(argument(field, "input")?)?, expected)?,
            durability: DurabilityFrom::read(variables, argument(field, "durability"))?,
            key: field.response_key().node.to_string(),
            place: root.pos,
            leaves: leaves(field)?,
        };
        // Whatever else is declared or given is for the engine to judge.
        let durability = usize::from(argument(field, "durability").is_some());
        let fits = field.directives.is_empty()
            && field.arguments.len() == 1 + durability
            && variables.len() == 1 + usize::from(plan.durability.is_variable());
        fits.then_some(plan)
    }
}

impl DurabilityFrom {
    fn read(variables: &[Positioned<VariableDefinition>], given: Option<&Value>) -> Option<Self> {
        match given {
            None => Some(Self::Literal(Durability::default())),
            Some(Value::Enum(name)) => durability(name.as_str()).map(Self::Literal),
            Some(Value::Variable(name)) => {
                let of_type = |expected| declared(variables, name.as_str(), expected);
                let nullable = of_type("Durability").map(|name| (name, false));
                let (name, required) =
                    nullable.or_else(|| of_type("Durability!").map(|name| (name, true)))?;
                Some(Self::Variable { name, required })
            }
            Some(_) => None,
        }
    }

    fn is_variable(&self) -> bool {
        matches!(self, Self::Variable { .. })
    }
}

/// The durability of that name in the schema.
pub(super) fn durability(name: &str) -> Option<Durability> {
    Durability::items().iter().find(|item| item.name == name).map(|item| item.value)
}

fn argument<'a>(field: &'a Field, name: &str) -> Option<&'a Value> {
    field.get_argument(name).map(|value| &value.node)
}

fn variable(value: &Value) -> Option<&str> {
    match value {
        Value::Variable(name) => Some(name.as_str()),
        _ => None,
    }
}

/// The name of a variable that is declared with exactly this type, and nothing more.
fn declared(
    variables: &[Positioned<VariableDefinition>],
    name: &str,
    expected: &str,
) -> Option<String> {
    let definition = &variables.iter().find(|known| known.node.name.node == name)?.node;
    let bare = definition.directives.is_empty() && definition.default_value.is_none();
    (bare && definition.var_type.node.to_string() == expected).then(|| name.to_owned())
}

fn leaves(field: &Field) -> Option<Vec<(String, Leaf)>> {
    let items = &field.selection_set.node.items;
    let mut found: Vec<(String, Leaf)> = Vec::with_capacity(items.len());
    for item in items {
        let Selection::Field(field) = &item.node else { return None };
        let key = field.node.response_key().node.as_str();
        // The engine merges a key that is there twice.
        if !is_bare(&field.node) || found.iter().any(|(known, _)| known == key) {
            return None;
        }
        found.push((key.to_owned(), Leaf::named(field.node.name.node.as_str())?));
    }
    (!found.is_empty()).then_some(found)
}

fn is_bare(field: &Field) -> bool {
    field.arguments.is_empty()
        && field.directives.is_empty()
        && field.selection_set.node.items.is_empty()
}

impl Leaf {
    fn named(name: &str) -> Option<Self> {
        match name {
            "id" => Some(Self::Id),
            "status" => Some(Self::Status),
            "reason" => Some(Self::Reason),
            "__typename" => Some(Self::Typename),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    fn plan(text: &str) -> Option<Plan> {
        let document = parse_query(text).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        Plan::of(&document, &operation.node)
    }

    #[test]
    fn the_known_shape_is_recognised() {
        let list = "mutation T($e: [TrackEventInput!]!, $d: Durability)
            {sent: trackEvents(durability: $d, input: $e) {reason key: id __typename status}}";
        let plan = plan(list).unwrap();
        assert_eq!((plan.takes_list, plan.input.as_str(), plan.key.as_str()), (true, "e", "sent"));
        assert_eq!(plan.place, Pos { line: 2, column: 14 });
        let leaves: Vec<_> = plan.leaves.iter().map(|(key, leaf)| (key.as_str(), *leaf)).collect();
        let expected = [
            ("reason", Leaf::Reason),
            ("key", Leaf::Id),
            ("__typename", Leaf::Typename),
            ("status", Leaf::Status),
        ];
        assert_eq!(leaves, expected);
    }

    #[test]
    fn the_durability_comes_from_a_variable_a_literal_or_nowhere() {
        let of = |declared: &str, given: &str| {
            let text = format!(
                "mutation($i: TrackEventInput!{declared}) {{trackEvent(input: $i{given}) {{id}}}}"
            );
            plan(&text).map(|plan| plan.durability)
        };
        let variable = |required| DurabilityFrom::Variable { name: "d".to_owned(), required };
        assert_eq!(of("", ""), Some(DurabilityFrom::Literal(Durability::Buffered)));
        let stored = Some(DurabilityFrom::Literal(Durability::Stored));
        assert_eq!(of("", ", durability: STORED"), stored);
        assert_eq!(of(", $d: Durability", ", durability: $d"), Some(variable(false)));
        assert_eq!(of(", $d: Durability!", ", durability: $d"), Some(variable(true)));
        for (declared, given) in [
            ("", ", durability: LOST"),
            ("", ", durability: null"),
            ("", ", durability: \"STORED\""),
            (", $d: Durability = STORED", ", durability: $d"),
            (", $d: String", ", durability: $d"),
            (", $d: Durability", ""),
            (", $d: Durability", ", durability: STORED"),
            (", $d: Durability", ", durability: $e"),
            ("", ", durability: $i"),
        ] {
            assert_eq!(of(declared, given), None, "{declared} {given}");
        }
    }

    #[test]
    fn any_other_shape_is_for_the_engine() {
        for text in [
            "query($i: TrackEventInput!) {trackEvent(input: $i) {id}}",
            "mutation($i: TrackEventInput) {trackEvent(input: $i) {id}}",
            "mutation($i: [TrackEventInput!]!) {trackEvent(input: $i) {id}}",
            "mutation($i: TrackEventInput!) {trackEvents(input: $i) {id}}",
            "mutation($i: [TrackEventInput]!) {trackEvents(input: $i) {id}}",
            "mutation($i: TrackEventInput!) {createAudit(input: $i) {id}}",
            "mutation($i: TrackEventInput!) {trackEvent(input: $i) {id} __typename}",
            "mutation($i: TrackEventInput!) {trackEvent(input: $i, colour: 1) {id}}",
            "mutation($i: TrackEventInput!) {trackEvent(input: $i, input: $i) {id}}",
            "mutation($i: TrackEventInput!) {trackEvent(input: $i)}",
            "mutation($i: TrackEventInput!) {trackEvent(input: $i) {id id}}",
            "mutation($i: TrackEventInput!) {trackEvent(input: $i) {id colour}}",
            "mutation($i: TrackEventInput!) {trackEvent(input: $i) {id {a}}}",
            "mutation($i: TrackEventInput!) {trackEvent(input: $i) {id(a: 1)}}",
            "mutation($i: TrackEventInput!) {trackEvent(input: $i) {...on TrackResult {id}}}",
            "mutation($i: TrackEventInput!) {trackEvent(input: $i) {id @skip(if: true)}}",
            "mutation($i: TrackEventInput!) {trackEvent(input: $i) @skip(if: true) {id}}",
            "mutation($i: TrackEventInput!) @x {trackEvent(input: $i) {id}}",
            "mutation($i: TrackEventInput! @x) {trackEvent(input: $i) {id}}",
            "mutation($i: TrackEventInput!) {trackEvent(input: $i) {id}} fragment F on Query {a}",
            "mutation A($i: TrackEventInput!) {trackEvent(input: $i) {id}} query B {a}",
            "mutation {trackEvent(input: {name: \"a\", product: \"b\"}) {id}}",
        ] {
            assert!(plan(text).is_none(), "{text}");
        }
    }
}
