//! Refuses to tell the schema where that is switched off.

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

use crate::{
    config::ServerConfig,
    error::{Error, Result},
};

/// The fields that tell it. `__typename` tells what the client has asked for anyway.
const FIELDS: [&str; 2] = ["__schema", "__type"];

/// Refuses a document that asks for the schema anywhere.
///
/// # Errors
/// [`Error::Forbidden`] that names the field.
pub fn check(document: &ExecutableDocument, server: &ServerConfig) -> Result<()> {
    if server.introspection {
        return Ok(());
    }
    let operations =
        document.operations.iter().map(|(_, operation)| &operation.node.selection_set.node);
    let fragments = document.fragments.values().map(|fragment| &fragment.node.selection_set.node);
    operations.chain(fragments).find_map(asked).map_or(Ok(()), |field| {
        Err(Error::Forbidden(format!("ask for `{field}`: introspection is switched off here")))
    })
}

/// The first such field in a selection, whatever it is called in the answer.
fn asked(set: &SelectionSet) -> Option<&'static str> {
    set.items.iter().find_map(|item| match &item.node {
        Selection::Field(field) => {
            let known = FIELDS.into_iter().find(|name| field.node.name.node == *name);
            known.or_else(|| asked(&field.node.selection_set.node))
        }
        Selection::InlineFragment(inline) => asked(&inline.node.selection_set.node),
        Selection::FragmentSpread(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    #[test]
    fn whoever_asks_for_the_schema_is_refused_however_it_is_asked() {
        let off = ServerConfig { introspection: false, ..ServerConfig::default() };
        for (text, refused) in [
            ("{ __schema { queryType { name } } }", true),
            ("{ __type(name: \"Query\") { name } }", true),
            ("{ a: __schema { queryType { name } } }", true),
            ("{ ... { ... on Query { __schema { queryType { name } } } } }", true),
            ("{ ...F } fragment F on Query { __type(name: \"Query\") { name } }", true),
            ("query A { a } query B { __schema { queryType { name } } }", true),
            ("mutation { a { b { __schema { queryType { name } } } } }", true),
            ("{ __typename a { __typename } }", false),
            ("{ schema type __schemas: a }", false),
        ] {
            let document = parse_query(text).unwrap();
            assert_eq!(check(&document, &off).is_err(), refused, "{text}");
            assert!(check(&document, &ServerConfig::default()).is_ok(), "{text}");
        }
    }
}
