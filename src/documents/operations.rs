//! Cuts a file of operations into the documents that a client sends.

use std::collections::BTreeSet;

use async_graphql::{
    Pos,
    parser::{
        self,
        types::{ExecutableDocument, Selection, SelectionSet},
    },
};

/// A definition in the file: from its comment on to the next.
struct Definition<'a> {
    text: &'a str,
    /// The fragments it spreads.
    spreads: BTreeSet<&'a str>,
    /// The name of a fragment.
    fragment: Option<&'a str>,
}

/// The documents of a file: one for each operation, with the comment above it and the fragments it
/// needs after it; without white space around it. Of a file with one operation it is the file.
///
/// # Errors
/// The parser's message.
pub fn operations(file: &str) -> Result<Vec<String>, parser::Error> {
    let document = parser::parse_query(file)?;
    if document.operations.iter().count() == 1 {
        return Ok(vec![file.trim().to_owned()]);
    }
    let definitions = definitions(file, &document);
    let operations = definitions.iter().filter(|definition| definition.fragment.is_none());
    Ok(operations.map(|operation| with_fragments(operation, &definitions)).collect())
}

fn definitions<'a>(file: &'a str, document: &'a ExecutableDocument) -> Vec<Definition<'a>> {
    let operations = document
        .operations
        .iter()
        .map(|(_, operation)| (operation.pos, None, spreads(&operation.node.selection_set.node)));
    let fragments = document.fragments.iter().map(|(name, fragment)| {
        let spreads = spreads(&fragment.node.selection_set.node);
        (fragment.pos, Some(name.as_str()), spreads)
    });
    let mut found: Vec<_> = operations.chain(fragments).collect();
    found.sort_by_key(|(pos, ..)| (pos.line, pos.column));
    let starts: Vec<_> = found.iter().map(|(pos, ..)| start(file, *pos)).collect();
    let ends = starts.iter().skip(1).copied().chain([file.len()]);
    let texts: Vec<_> =
        starts.iter().zip(ends).map(|(start, end)| file[*start..end].trim()).collect();
    let parts = found.into_iter().zip(texts);
    parts.map(|((_, fragment, spreads), text)| Definition { text, spreads, fragment }).collect()
}

/// Where a definition starts: with the comment in the lines right above it.
fn start(file: &str, pos: Pos) -> usize {
    let lines: Vec<&str> = file.split_inclusive('\n').take(pos.line).collect();
    let (own, above) = lines.split_last().map_or(("", [].as_slice()), |(own, above)| (*own, above));
    let column: usize = own.chars().take(pos.column - 1).map(char::len_utf8).sum();
    let before: usize = above.iter().map(|line| line.len()).sum();
    if !own[..column].trim().is_empty() {
        return before + column;
    }
    let comment = above.iter().rev().take_while(|line| line.trim_start().starts_with('#'));
    before - comment.map(|line| line.len()).sum::<usize>()
}

fn with_fragments(operation: &Definition<'_>, all: &[Definition<'_>]) -> String {
    let mut needed: BTreeSet<&str> = operation.spreads.clone();
    loop {
        let known = needed.len();
        let used =
            all.iter().filter(|other| other.fragment.is_some_and(|name| needed.contains(name)));
        let more: Vec<_> = used.flat_map(|fragment| fragment.spreads.iter().copied()).collect();
        needed.extend(more);
        if needed.len() == known {
            break;
        }
    }
    let fragments =
        all.iter().filter(|other| other.fragment.is_some_and(|name| needed.contains(name)));
    let texts = [operation].into_iter().chain(fragments).map(|definition| definition.text);
    texts.collect::<Vec<_>>().join("\n\n")
}

fn spreads(set: &SelectionSet) -> BTreeSet<&str> {
    let inner = set.items.iter().map(|item| match &item.node {
        Selection::Field(field) => spreads(&field.node.selection_set.node),
        Selection::InlineFragment(inline) => spreads(&inline.node.selection_set.node),
        Selection::FragmentSpread(spread) => [spread.node.fragment_name.node.as_str()].into(),
    });
    inner.flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_one_operation_is_one_document() {
        let file = "\n# Why.\nquery A { a ...F }\n\nfragment F on Query { b }\n";
        assert_eq!(operations(file).unwrap(), [file.trim()]);
        assert_eq!(operations("{ a }").unwrap(), ["{ a }"]);
    }

    #[test]
    fn a_file_with_several_is_cut_with_comments_and_fragments() {
        let file = "# Of the file.\n\n# First.\n# Really: é.\nquery A {\n  a # inner\n  ...F\n}\n\n\
                    fragment G on Query { g }\n\n# Second.\nmutation B { b } query C { c { ...G } }\n\
                    # Shared.\nfragment F on Query { f ...G }\nfragment H on Query { h }\n";
        let expected = [
            "# First.\n# Really: é.\nquery A {\n  a # inner\n  ...F\n}\n\n\
             fragment G on Query { g }\n\n# Shared.\nfragment F on Query { f ...G }",
            "# Second.\nmutation B { b }",
            "query C { c { ...G } }\n\nfragment G on Query { g }",
        ];
        assert_eq!(operations(file).unwrap(), expected);
    }

    #[test]
    fn what_is_no_document_is_refused() {
        for file in ["", "query A {", "type Query { a: Int }"] {
            assert!(operations(file).is_err(), "{file}");
        }
    }
}
