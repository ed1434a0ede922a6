//! The page that shows the table, and what holds the table to the schema.

use std::{collections::BTreeSet, fmt::Write as _};

use async_graphql::parser::{
    parse_schema,
    types::{BaseType, FieldDefinition, TypeKind, TypeSystemDefinition},
};

use super::{Reach, Right, table::TABLE};
use crate::auth::Role;

const HEAD: &str = "# Access\n\n\
Rendered from the table in `src/auth/rights` (a test holds it to that, and the table to the schema). Services ask it; \
tokens and keys\nbring the role ([Operations](operations.md#callers)).\n\n\
- `ingest` is for products and bots. A key for one product sends events of that product, and token usage; what names no \
product (agent\n  status, audits, the books) is not for it.\n\
- `viewer` is for supervisors: it reads everything of its tenant.\n\
- `reviewer` is a viewer who also creates, claims and reviews audits and rules on disputes, but of no session of its own.\n\
- `agent` is for the people who answer. The subject of the token is the agent's id, and *own* is what bears it: its row \
among the agents,\n  the sessions that were last assigned to it with their events, and the audits of these. Whatever is of \
others looks absent: lists\n  are without it, and a single one is null or `NOT_FOUND`.\n\
- `operator` may do everything, and names other tenants.\n\n\
Whoever lacks a right gets `FORBIDDEN`. A tenant that is not the caller's own is `FORBIDDEN` to all but operators, whether \
it exists or\nnot. Nothing is changed in another tenant than the caller's own, but by `POST /intake` of an operator.\n\n";

/// What a name in the last column is.
const LEGEND: &str = "Fields of `Query`, `Mutation` and `Subscription`, with a point those within another; `__typename` and \
introspection are for everyone.\n\n";

fn render() -> String {
    let mut text =
        format!("{HEAD}{LEGEND}| | {} | covers |\n|---|", Role::ALL.map(Role::name).join(" | "));
    text.push_str(&"---|".repeat(Role::ALL.len() + 1));
    text.push('\n');
    for entry in &TABLE {
        let cell = |role| match entry.right.reach(role) {
            Some(Reach::All) => "yes",
            Some(Reach::Own) => "own",
            None => "–",
        };
        let covers = entry.covers.iter().map(|name| format!("`{name}`"));
        let covers = covers.collect::<Vec<_>>().join(", ");
        let roles = Role::ALL.map(cell).join(" | ");
        let _ = writeln!(text, "| {} | {roles} | {covers} |", entry.what);
    }
    text
}

#[test]
fn the_manual_says_who_may_do_what() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/access.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, render()).unwrap();
    }
    let manual = std::fs::read_to_string(path).unwrap_or_default();
    assert!(manual == render(), "run the tests with UPDATE_DOCS=1 and read the difference");
}

/// The fields of the schema's roots; those of a holder in its place.
fn fields() -> BTreeSet<String> {
    let schema = parse_schema(include_str!("../../../schema.graphql")).unwrap();
    let fields = |of: &str| -> Vec<FieldDefinition> {
        let found = schema.definitions.iter().find_map(|definition| match definition {
            TypeSystemDefinition::Type(found) if found.node.name.node == of => {
                Some(&found.node.kind)
            }
            _ => None,
        });
        let Some(TypeKind::Object(object)) = found else { panic!("no type {of}") };
        object.fields.iter().map(|field| field.node.clone()).collect()
    };
    let mut names = BTreeSet::new();
    for field in ["Query", "Mutation", "Subscription"].into_iter().flat_map(fields) {
        let (name, kind) = (field.name.node.to_string(), &field.ty.node.base);
        match kind {
            BaseType::Named(kind) if HOLDERS.contains(&name.as_str()) => {
                names.extend(
                    fields(kind.as_str()).iter().map(|inner| format!("{name}.{}", inner.name.node)),
                );
            }
            _ => assert!(names.insert(name.clone()), "{name} is there twice"),
        }
    }
    names
}

/// Root fields that only hold others.
const HOLDERS: [&str; 4] = ["realtime", "stats", "quality", "billing"];

#[test]
fn every_root_field_takes_one_right() {
    let mut covered = BTreeSet::new();
    for name in TABLE.iter().flat_map(|entry| entry.covers) {
        if !name.contains(' ') {
            assert!(covered.insert((*name).to_owned()), "{name} takes two rights");
        }
    }
    assert_eq!(covered, fields());
}

#[test]
fn an_operator_has_every_right_and_every_right_is_in_the_table() {
    for entry in &TABLE {
        assert_eq!(entry.right.reach(Role::Operator), Some(Reach::All), "{}", entry.what);
        assert_eq!(entry.right.what(), entry.what, "a right is there twice");
    }
    // One for each: a right without a row would be nobody's.
    assert_eq!(Right::EnterOtherTenants as usize + 1, TABLE.len());
}

#[test]
fn agents_have_nothing_but_their_own_the_scorecards_and_their_name() {
    for entry in &TABLE {
        let reach = entry.right.reach(Role::Agent);
        let expected = matches!(entry.right, Right::ReadScorecards | Right::ReadViewer);
        assert_eq!(reach == Some(Reach::All), expected, "{}", entry.what);
    }
}
