//! Holds `__typename` to the rules of validation, which the engine's own pass over.

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

use crate::error::{Error, Result};

/// Refuses a document that takes `__typename` for more than a name.
///
/// # Errors
/// [`Error::BadInput`] for one with arguments, a selection or an unknown directive.
pub fn check(document: &ExecutableDocument) -> Result<()> {
    let operations =
        document.operations.iter().map(|(_, operation)| &operation.node.selection_set.node);
    let fragments = document.fragments.values().map(|fragment| &fragment.node.selection_set.node);
    if operations.chain(fragments).all(is_bare) {
        return Ok(());
    }
    let value = "a document with arguments, a selection or an unknown directive at `__typename`";
    Err(Error::bad_input("query", value, "`__typename` alone"))
}

fn is_bare(set: &SelectionSet) -> bool {
    set.items.iter().all(|item| match &item.node {
        Selection::Field(field) => {
            let (field, selected) = (&field.node, &field.node.selection_set.node);
            let is_name = field.name.node == "__typename";
            let is_leaf = field.arguments.is_empty()
                && selected.items.is_empty()
                && field.directives.iter().all(|directive| is_known(&directive.node.name.node));
            is_bare(selected) && (is_leaf || !is_name)
        }
        Selection::InlineFragment(inline) => is_bare(&inline.node.selection_set.node),
        Selection::FragmentSpread(_) => true,
    })
}

fn is_known(directive: &str) -> bool {
    ["skip", "include"].contains(&directive)
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    #[test]
    fn a_typename_is_a_leaf_without_arguments() {
        for (text, fine) in [
            (
                "{ __typename a { b: __typename @skip(if: true) } ...F } fragment F on Q { __typename }",
                true,
            ),
            ("{ __typename { a } }", false),
            ("{ __typename(a: 1) }", false),
            ("{ __typename @nothing }", false),
            ("{ a { ... on A { __typename { a } } } }", false),
            ("{ ...F } fragment F on Q { __typename(a: 1) }", false),
        ] {
            assert_eq!(check(&parse_query(text).unwrap()).is_ok(), fine, "{text}");
        }
    }
}
