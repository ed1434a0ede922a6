//! The schema against its printed form and against the contract.

use std::collections::BTreeMap;

use async_graphql::parser::{
    parse_schema,
    types::{
        FieldDefinition, InputValueDefinition, ServiceDocument, TypeKind, TypeSystemDefinition,
    },
};

const CONTRACT: &str = include_str!("../contract.graphql");
const PRINTED: &str = include_str!("../../schema.graphql");

#[test]
fn the_printed_schema_is_the_one_of_the_code() {
    let code = deskpulse::graphql::schema::print();
    assert!(code == PRINTED, "run `cargo run -- schema > schema.graphql` and read the difference");
}

#[test]
fn the_contract_still_holds() {
    let (contract, schema) = (types(CONTRACT), types(PRINTED));
    let mut faults = Vec::new();
    for (name, promised) in &contract {
        match schema.get(name) {
            None => faults.push(format!("type {name} is gone")),
            Some(found) => compare(name, promised, found, &mut faults),
        }
    }
    assert_eq!(faults, Vec::<String>::new());
}

fn types(text: &str) -> BTreeMap<String, TypeKind> {
    let document: ServiceDocument = parse_schema(text).expect("a schema");
    let definitions = document.definitions.into_iter().filter_map(|definition| match definition {
        TypeSystemDefinition::Type(ty) => Some((ty.node.name.node.to_string(), ty.node.kind)),
        _ => None,
    });
    definitions.collect()
}

fn compare(name: &str, promised: &TypeKind, found: &TypeKind, faults: &mut Vec<String>) {
    match (promised, found) {
        (TypeKind::Scalar, TypeKind::Scalar) => {}
        (TypeKind::Object(promised), TypeKind::Object(found)) => {
            for field in &promised.fields {
                let same = found.fields.iter().find(|f| f.node.name.node == field.node.name.node);
                compare_field(name, &field.node, same.map(|field| &field.node), faults);
            }
        }
        (TypeKind::Enum(promised), TypeKind::Enum(found)) => {
            let found: Vec<_> = found.values.iter().map(|v| v.node.value.node.as_str()).collect();
            for value in &promised.values {
                if !found.contains(&value.node.value.node.as_str()) {
                    faults.push(format!("{name}.{} is gone", value.node.value.node));
                }
            }
        }
        (TypeKind::InputObject(promised), TypeKind::InputObject(found)) => {
            let promised: Vec<_> = promised.fields.iter().map(|field| &field.node).collect();
            let found: Vec<_> = found.fields.iter().map(|field| &field.node).collect();
            compare_inputs(name, &promised, &found, faults);
        }
        _ => faults.push(format!("{name} is another kind of type")),
    }
}

fn compare_field(
    parent: &str,
    promised: &FieldDefinition,
    found: Option<&FieldDefinition>,
    faults: &mut Vec<String>,
) {
    let name = format!("{parent}.{}", promised.name.node);
    let Some(found) = found else {
        faults.push(format!("{name} is gone"));
        return;
    };
    let (old, new) = (promised.ty.node.to_string(), found.ty.node.to_string());
    if old != new {
        faults.push(format!("{name} is {new}, the contract says {old}"));
    }
    let promised: Vec<_> = promised.arguments.iter().map(|argument| &argument.node).collect();
    let found: Vec<_> = found.arguments.iter().map(|argument| &argument.node).collect();
    compare_inputs(&name, &promised, &found, faults);
}

/// Every promised input keeps its type and default; a new one must be optional.
fn compare_inputs(
    parent: &str,
    promised: &[&InputValueDefinition],
    found: &[&InputValueDefinition],
    faults: &mut Vec<String>,
) {
    for old in promised {
        let name = format!("{parent}({})", old.name.node);
        let Some(new) = found.iter().find(|new| new.name.node == old.name.node) else {
            faults.push(format!("{name} is gone"));
            continue;
        };
        if old.ty.node != new.ty.node {
            faults.push(format!("{name} is {}, not {}", new.ty.node, old.ty.node));
        }
        let default = |value: &InputValueDefinition| {
            value.default_value.as_ref().map(|value| value.node.to_string())
        };
        if default(old) != default(new) {
            faults.push(format!("{name} defaults to {:?}", default(new)));
        }
    }
    for new in found {
        let known = promised.iter().any(|old| old.name.node == new.name.node);
        let required = !new.ty.node.nullable && new.default_value.is_none();
        if !known && required {
            faults.push(format!("{parent}({}) is new and required", new.name.node));
        }
    }
}
