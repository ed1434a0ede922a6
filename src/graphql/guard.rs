//! Decides before the engine whether a document is small enough to be run.
//!
//! The engine walks every operation and every fragment of a document with its fragments spread, and
//! no timeout ends that walk: doubling fragments of 794 bytes would cost seconds, a long chain of
//! fragments the stack. One memoised pass counts the same in time linear in the document. Start at
//! [`check`].

use std::collections::HashMap;

use async_graphql::parser::types::{
    ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet,
};

use crate::{
    config::ServerConfig,
    error::{Error, Result},
};

/// Deepest nesting of selections, counted with fragments; the engine's own limit for operations.
const MAX_NESTING: usize = 32;

/// How much more than one operation may select a whole document may make the engine visit.
const DOCUMENT_FACTOR: usize = 10;

/// Refuses an operation beyond the configured limits, and a document that is costly to look at.
///
/// # Errors
/// [`Error::BadInput`] with the first limit passed and the actual value.
pub fn check(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    limits: &ServerConfig,
) -> Result<()> {
    let mut walk = Walk { document, known: HashMap::new() };
    let cost = walk.selections(&operation.selection_set.node, 1)?;
    let directives = operation.directives.len()
        + operation.variable_definitions.iter().map(|def| def.node.directives.len()).sum::<usize>();
    let bounds = [
        ("fields selected", cost.fields, limits.max_fields),
        ("levels of fields", cost.depth, limits.max_depth),
        ("aliases", cost.aliases, limits.max_aliases),
        ("directives", cost.directives.saturating_add(directives), limits.max_directives),
        ("fields at the root", cost.top_fields, limits.max_root_fields),
    ];
    for (what, actual, limit) in bounds {
        if actual > limit {
            return Err(over(what, actual, limit));
        }
    }
    walk.check_document(limits.max_fields.saturating_mul(DOCUMENT_FACTOR))
}

fn over(what: &str, actual: usize, limit: usize) -> Error {
    Error::BadInput {
        field: "query".to_owned(),
        value: format!("a document with {actual} {what}"),
        expected: format!("at most {limit}"),
    }
}

fn too_deep(levels: usize) -> Error {
    over("levels of selections and fragments", levels, MAX_NESTING)
}

/// What a selection set amounts to once its fragments are spread.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    fields: usize,
    /// Fields, spreads and inline fragments: what a visitor passes.
    nodes: usize,
    aliases: usize,
    directives: usize,
    /// Fields of the set itself, those of its fragments included.
    top_fields: usize,
    /// Levels of fields.
    depth: usize,
    /// Levels of selections, fragments included.
    nesting: usize,
}

impl Cost {
    /// Adds what stands beside it.
    fn add(&mut self, other: Self) {
        self.fields = self.fields.saturating_add(other.fields);
        self.nodes = self.nodes.saturating_add(other.nodes);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.directives = self.directives.saturating_add(other.directives);
        self.top_fields = self.top_fields.saturating_add(other.top_fields);
        self.depth = self.depth.max(other.depth);
        self.nesting = self.nesting.max(other.nesting);
    }
}

/// A fragment's cost, once it is known.
#[derive(Clone, Copy)]
enum Known {
    /// Being counted further up: to meet it again is a cycle.
    Open,
    Counted(Cost),
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    known: HashMap<&'a str, Known>,
}

impl<'a> Walk<'a> {
    /// Counts a selection set found at `level`, which bounds our own recursion.
    fn selections(&mut self, set: &'a SelectionSet, level: usize) -> Result<Cost> {
        if level > MAX_NESTING {
            return Err(too_deep(level));
        }
        let mut total = Cost::default();
        for item in &set.items {
            total.add(self.selection(&item.node, level)?);
        }
        total.nesting += 1;
        Ok(total)
    }

    fn selection(&mut self, selection: &'a Selection, level: usize) -> Result<Cost> {
        let inner = match selection {
            Selection::Field(field) => self.field(&field.node, level)?,
            Selection::InlineFragment(inline) => {
                self.selections(&inline.node.selection_set.node, level + 1)?
            }
            Selection::FragmentSpread(spread) => {
                self.fragment(&spread.node.fragment_name.node, level + 1)?
            }
        };
        let directives = selection.directives().len();
        Ok(Cost {
            nodes: inner.nodes.saturating_add(1),
            directives: inner.directives.saturating_add(directives),
            ..inner
        })
    }

    fn field(&mut self, field: &'a Field, level: usize) -> Result<Cost> {
        let children = &field.selection_set.node;
        let inner = if children.items.is_empty() {
            Cost::default()
        } else {
            self.selections(children, level + 1)?
        };
        Ok(Cost {
            fields: inner.fields.saturating_add(1),
            aliases: inner.aliases.saturating_add(usize::from(field.alias.is_some())),
            top_fields: 1,
            depth: inner.depth + 1,
            ..inner
        })
    }

    /// Counts a fragment once; an unknown one is left to the engine's better message.
    fn fragment(&mut self, name: &'a str, level: usize) -> Result<Cost> {
        match self.known.get(name) {
            Some(Known::Counted(cost)) => {
                let deepest = level + cost.nesting.saturating_sub(1);
                return if deepest > MAX_NESTING { Err(too_deep(deepest)) } else { Ok(*cost) };
            }
            Some(Known::Open) => {
                let value = format!("a document whose fragment `{name}` spreads itself");
                let expected = "fragments without a cycle".to_owned();
                return Err(Error::BadInput { field: "query".to_owned(), value, expected });
            }
            None => {}
        }
        let Some(fragment) = self.document.fragments.get(name) else {
            return Ok(Cost::default());
        };
        self.known.insert(name, Known::Open);
        let mut cost = self.selections(&fragment.node.selection_set.node, level)?;
        cost.directives = cost.directives.saturating_add(fragment.node.directives.len());
        self.known.insert(name, Known::Counted(cost));
        Ok(cost)
    }

    /// Counts what the engine visits beside the chosen operation: it validates all of a document.
    fn check_document(&mut self, limit: usize) -> Result<()> {
        let document = self.document;
        let mut total = Cost::default();
        for name in document.fragments.keys() {
            total.add(self.fragment(name, 1)?);
        }
        for (_, operation) in document.operations.iter() {
            total.add(self.selections(&operation.node.selection_set.node, 1)?);
        }
        if total.nodes > limit {
            return Err(over("selections in all its operations and fragments", total.nodes, limit));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{fmt::Write as _, time::Instant};

    use async_graphql::parser::parse_query;

    use super::*;

    fn verdict(document: &str) -> Result<()> {
        let parsed = parse_query(document).unwrap();
        let (_, operation) = parsed.operations.iter().next().unwrap();
        check(&parsed, &operation.node, &ServerConfig::default())
    }

    fn refusal(document: &str) -> String {
        verdict(document).unwrap_err().to_string()
    }

    #[test]
    fn an_error_names_the_limit_and_the_actual_value() {
        let cases = [
            (format!("{{{}}}", "a ".repeat(101)), "101 fields at the root, expected at most 100"),
            (format!("{{{}}}", "x: a ".repeat(101)), "101 aliases, expected at most 100"),
            (format!("{{a {}}}", "@skip(if: true)".repeat(101)), "101 directives"),
            (format!("{}{}", "{a".repeat(21), "}".repeat(21)), "21 levels of fields"),
            (format!("{{a{{{}}}}}", "a ".repeat(5_000)), "5001 fields selected"),
        ];
        for (document, expected) in cases {
            let refused = refusal(&document);
            assert!(refused.contains(expected), "{refused}");
        }
    }

    #[test]
    fn the_depth_that_is_allowed_passes() {
        assert!(verdict(&format!("{}{}", "{a".repeat(20), "}".repeat(20))).is_ok());
    }

    #[test]
    fn doubling_fragments_are_refused_at_once() {
        let mut document = "{...a0}".to_owned();
        for index in 0..24 {
            let next = index + 1;
            write!(document, "fragment a{index} on Q{{...a{next} ...a{next}}}").unwrap();
        }
        document.push_str("fragment a24 on Q{a}");
        let parsed = parse_query(&document).unwrap();
        let (_, operation) = parsed.operations.iter().next().unwrap();
        let started = Instant::now();
        let refused = check(&parsed, &operation.node, &ServerConfig::default());
        assert!(refused.is_err());
        assert!(started.elapsed().as_millis() < 50, "{:?}", started.elapsed());
    }

    #[test]
    fn a_bomb_beside_the_chosen_operation_is_refused() {
        let mut document = "query Small {a} fragment f12 on Q{a}".to_owned();
        for index in 0..12 {
            let next = index + 1;
            let spreads = format!("...f{next} ").repeat(4);
            write!(document, "fragment f{index} on Q{{{spreads}}}").unwrap();
        }
        assert!(refusal(&document).contains("in all its operations and fragments"));
    }

    #[test]
    fn fragments_that_nest_too_deep_are_refused_wherever_they_stand() {
        let mut document = "{a} fragment f1000 on Q{a}".to_owned();
        for index in 0..1_000 {
            write!(document, "fragment f{index} on Q{{...f{}}}", index + 1).unwrap();
        }
        assert!(refusal(&document).contains("levels of selections and fragments"));
    }

    #[test]
    fn fragments_that_spread_themselves_are_refused() {
        let refused = refusal("{...a} fragment a on Q{...b} fragment b on Q{...a}");
        assert!(refused.contains("spreads itself"), "{refused}");
    }

    #[test]
    fn only_the_chosen_operation_counts_against_its_limits() {
        let many = "a ".repeat(101);
        let parsed = parse_query(format!("query A {{a}} query B {{{many}}}")).unwrap();
        for (name, operation) in parsed.operations.iter() {
            let verdict = check(&parsed, &operation.node, &ServerConfig::default());
            assert_eq!(verdict.is_ok(), name.is_some_and(|name| name == "A"), "{name:?}");
        }
    }

    #[test]
    fn an_unknown_fragment_is_left_to_the_engine() {
        assert!(verdict("{...missing}").is_ok());
    }

    #[test]
    fn the_introspection_of_graphiql_passes() {
        verdict(include_str!("introspection.graphql")).unwrap();
    }
}
