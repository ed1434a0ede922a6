//! The types of the schema by name, as a document has to be looked at before the engine has it.
//!
//! Read once from the schema's own language, so that it cannot say anything else than the engine.

use std::{collections::HashMap, sync::LazyLock};

use async_graphql::{
    Value,
    parser::{
        parse_schema,
        types::{BaseType, InputValueDefinition, Type, TypeKind, TypeSystemDefinition},
    },
};

use super::schema;

/// Object types and input types.
#[derive(Debug, Default)]
pub struct Types {
    objects: HashMap<String, HashMap<String, Field>>,
    inputs: HashMap<String, HashMap<String, Type>>,
}

/// A field of an object type.
#[derive(Debug)]
pub struct Field {
    pub ty: Type,
    /// The arguments by name, each with its default.
    pub arguments: HashMap<String, Option<Value>>,
}

impl Field {
    pub fn is_list(&self) -> bool {
        matches!(self.ty.base, BaseType::List(_))
    }

    /// The name of what it has, or has a list of.
    pub fn type_name(&self) -> &str {
        name_of(&self.ty)
    }
}

/// The name of a type without lists.
pub fn name_of(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => name_of(inner),
    }
}

impl Types {
    /// Those of the service's schema.
    pub fn of_schema() -> &'static Self {
        static TYPES: LazyLock<Types> = LazyLock::new(|| Types::read(&schema::print()));
        &TYPES
    }

    /// Reads the schema's language; what it cannot read has no types, and is left to the engine.
    fn read(text: &str) -> Self {
        let mut types = Self::default();
        let Ok(document) = parse_schema(text) else { return types };
        for definition in document.definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let name = definition.node.name.node.to_string();
            match definition.node.kind {
                TypeKind::Object(object) => {
                    let fields = object.fields.into_iter().map(|field| {
                        let arguments = field.node.arguments.into_iter().map(|argument| {
                            let default = argument.node.default_value.map(|value| value.node);
                            (argument.node.name.node.to_string(), default)
                        });
                        let arguments = arguments.collect();
                        let name = field.node.name.node.to_string();
                        (name, Field { ty: field.node.ty.node, arguments })
                    });
                    types.objects.insert(name, fields.collect());
                }
                TypeKind::InputObject(input) => {
                    let field =
                        |field: InputValueDefinition| (field.name.node.to_string(), field.ty.node);
                    let fields = input.fields.into_iter().map(|found| field(found.node));
                    types.inputs.insert(name, fields.collect());
                }
                _ => {}
            }
        }
        types
    }

    pub fn field(&self, object: &str, field: &str) -> Option<&Field> {
        self.objects.get(object)?.get(field)
    }

    /// The fields of an input type; none of a scalar or an enum.
    pub fn input(&self, name: &str) -> Option<&HashMap<String, Type>> {
        self.inputs.get(name)
    }

    /// Every field of every object type.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str, &Field)> {
        self.objects.iter().flat_map(|(object, fields)| {
            fields.iter().map(move |(name, field)| (object.as_str(), name.as_str(), field))
        })
    }
}
