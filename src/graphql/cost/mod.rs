//! What an operation makes the stores do, told before it runs: range × grain × page length.
//!
//! The engine reuses its verdict on a document, so nothing of this can be its `complexity`. A
//! document is gone through once ([`Plan::new`]); what depends on no variable is added up then, and
//! what is left is worked out for each request ([`Plan::cost`]). Prices stand in `declared`, their
//! meaning in `docs/limits.md`. `@skip` and `@include` change nothing: the cost is the most there is.

mod declared;
mod price;
#[cfg(test)]
mod tests;

use std::{any::TypeId, collections::HashMap, sync::Arc};

use async_graphql::{
    Name, Request, Response, Value, Variables,
    parser::types::{
        ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet,
        Type,
    },
};
use async_graphql_value::Value as Written;

use self::{
    declared::PRICES,
    price::{Arguments, Given, Price, READ, Size, Span, Values},
};
use super::types::{Field as Known, Types};
use crate::error::{Error, Result};

const LEAF: u64 = 1;
const FREE: Price = Price { own: 0, span: Span::None, day: 0, size: Size::One };
const ROOT: Price = Price { own: READ, ..FREE };
/// What a list is taken for that has no price; a test sees to it that there is none.
const UNKNOWN_LIST: Price = Price { size: Size::About(10), ..FREE };

/// What is known of an operation's cost without the values of its variables.
#[derive(Debug)]
pub struct Plan {
    cost: Cost,
    variables: Vec<(Name, Type)>,
    defaults: Vec<(Name, Value)>,
    longest_list: usize,
}

/// The cost of a part of a document.
#[derive(Clone, Debug, Default)]
struct Cost {
    known: u64,
    open: Vec<Arc<Open>>,
}

/// A field whose cost depends on variables, or that of its selection.
#[derive(Debug)]
struct Open {
    price: Price,
    arguments: Arguments<'static>,
    selection: Cost,
}

impl Cost {
    fn add(&mut self, other: Self) {
        self.known = self.known.saturating_add(other.known);
        self.open.extend(other.open);
    }

    fn of(&self, values: Values<'_>) -> u64 {
        let open = self.open.iter().map(|open| open.of(values));
        open.fold(self.known, u64::saturating_add)
    }
}

impl Open {
    fn of(&self, values: Values<'_>) -> u64 {
        let (own, times) = self.price.of(&self.arguments, values);
        let each = self.selection.of(values).saturating_add(LEAF);
        own.saturating_add(times.saturating_mul(each))
    }
}

impl Plan {
    /// Goes through an operation that is within the limits of documents: its fragments end.
    pub fn new(document: &ExecutableDocument, operation: &OperationDefinition) -> Self {
        let root = match operation.ty {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => "Subscription",
        };
        let mut walk = Walk { document, fragments: HashMap::new(), longest_list: 0 };
        let cost = walk.selections(&operation.selection_set.node, root);
        let declared = operation.variable_definitions.iter().map(|definition| &definition.node);
        let default = |value: &Value, name: &Name| (name.clone(), value.clone());
        Self {
            cost,
            variables: declared
                .clone()
                .map(|variable| (variable.name.node.clone(), variable.var_type.node.clone()))
                .collect(),
            defaults: declared
                .filter_map(|variable| {
                    let value = variable.default_value.as_ref()?;
                    Some(default(&value.node, &variable.name.node))
                })
                .collect(),
            longest_list: walk.longest_list,
        }
    }

    /// The variables of the operation, with their types.
    pub fn variables(&self) -> impl Iterator<Item = (&Name, &Type)> {
        self.variables.iter().map(|(name, ty)| (name, ty))
    }

    /// The length of the longest list that is written in the document.
    pub fn longest_list(&self) -> usize {
        self.longest_list
    }

    /// What the operation costs with these values.
    pub fn cost(&self, given: &Variables) -> u64 {
        self.cost.of(Values { given, defaults: &self.defaults })
    }

    /// Refuses what costs more than `most`.
    ///
    /// # Errors
    /// [`Error::BadInput`] with the cost and the limit.
    pub fn check(&self, given: &Variables, most: u64) -> Result<OperationCost> {
        let actual = self.cost(given);
        if actual <= most {
            return Ok(OperationCost { actual, most });
        }
        Err(Error::BadInput {
            field: "query".to_owned(),
            value: format!("an operation of cost {actual}"),
            expected: format!("at most {most}"),
        })
    }
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    fragments: HashMap<&'a str, Cost>,
    longest_list: usize,
}

impl<'a> Walk<'a> {
    fn selections(&mut self, set: &'a SelectionSet, parent: &str) -> Cost {
        let mut total = Cost::default();
        for item in &set.items {
            total.add(match &item.node {
                Selection::Field(field) => self.field(&field.node, parent),
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref();
                    let parent =
                        condition.map_or(parent, |condition| condition.node.on.node.as_str());
                    self.selections(&inline.node.selection_set.node, parent)
                }
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node),
            });
        }
        total
    }

    fn fragment(&mut self, name: &'a str) -> Cost {
        if let Some(known) = self.fragments.get(name) {
            return known.clone();
        }
        let Some(fragment) = self.document.fragments.get(name) else { return Cost::default() };
        let parent = &fragment.node.type_condition.node.on.node;
        let cost = self.selections(&fragment.node.selection_set.node, parent);
        self.fragments.insert(name, cost.clone());
        cost
    }

    fn field(&mut self, field: &'a Field, parent: &str) -> Cost {
        let known = Types::of_schema().field(parent, &field.name.node);
        let price = price(parent, &field.name.node, known);
        let arguments = self.arguments(field, known);
        let child = known.map_or("", Known::type_name);
        let selection = self.selections(&field.selection_set.node, child);
        let is_open = arguments.have_variables() || !selection.open.is_empty();
        let open = Open { price, arguments, selection };
        if is_open {
            return Cost { known: 0, open: vec![Arc::new(open)] };
        }
        let nothing = Values { given: &Variables::default(), defaults: &[] };
        Cost { known: open.of(nothing), open: Vec::new() }
    }

    fn arguments(&mut self, field: &Field, known: Option<&'static Known>) -> Arguments<'static> {
        let mut given = Vec::with_capacity(field.arguments.len());
        for (name, value) in &field.arguments {
            self.longest_list = self.longest_list.max(longest(&value.node));
            let value = match &value.node {
                Written::Variable(name) => Given::Variable(name.clone()),
                Written::List(items) => Given::Items(items.len()),
                Written::Object(_) => continue,
                scalar => match scalar.clone().into_const() {
                    Some(value) => Given::Value(value),
                    None => continue,
                },
            };
            given.push((name.node.clone(), value));
        }
        Arguments { field: known, given }
    }
}

/// The length of the longest list in a value.
fn longest(value: &Written) -> usize {
    match value {
        Written::List(items) => items.iter().map(longest).fold(items.len(), usize::max),
        Written::Object(fields) => fields.values().map(longest).max().unwrap_or(0),
        _ => 0,
    }
}

fn price(parent: &str, field: &str, known: Option<&Known>) -> Price {
    let declared = PRICES.iter().find(|(of, name, _)| *of == parent && *name == field);
    match (declared, known) {
        (Some((_, _, price)), _) => *price,
        (None, Some(known)) if known.is_list() => UNKNOWN_LIST,
        (None, Some(_)) if matches!(parent, "Query" | "Mutation" | "Subscription") => ROOT,
        (None, _) => FREE,
    }
}

/// What an operation costs, and may cost. Put it in the data of its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperationCost {
    pub actual: u64,
    pub most: u64,
}

impl OperationCost {
    /// The cost to be shown beside the answer; none unless `extensions: {cost: true}` asks for it.
    pub fn asked_for(request: &Request) -> Option<Self> {
        if request.extensions.0.get("cost") != Some(&Value::Boolean(true)) {
            return None;
        }
        request.data.get(&TypeId::of::<Self>())?.downcast_ref().copied()
    }

    /// Shows it in `extensions.cost`.
    pub fn show(self, response: &mut Response) {
        let fields = [("actual", self.actual), ("limit", self.most)];
        let fields = fields.map(|(name, value)| (Name::new(name), Value::from(value)));
        response.extensions.insert("cost".to_owned(), Value::Object(fields.into_iter().collect()));
    }
}
