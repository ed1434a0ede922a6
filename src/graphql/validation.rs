//! Validates a document once, and again only for values of variables that could change the result.
//!
//! The engine judges a document together with the values of its variables. A verdict therefore
//! holds for another request only where every value is valid for the declared type of its variable:
//! then each position that the document puts it in takes it too, as the first validation has shown.
//! In doubt the engine validates anew, and a failure is never kept. No field of the schema has a
//! complexity that depends on its arguments; such a one would have to be left out here. Start at
//! [`Validation`].

use std::sync::{Arc, OnceLock};

use async_graphql::{
    Name, ServerError, ServerResult, ValidationResult, Value, Variables,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextParseQuery, NextValidation},
    parser::types::{ExecutableDocument, OperationDefinition},
    registry::{MetaType, MetaTypeName, Registry},
};

/// What is known of the validity of a document. Put it in the data of each request for the
/// document, with [`ReuseValidation`] in the schema.
#[derive(Debug)]
pub struct Validation {
    variables: Vec<Variable>,
    /// Whether the document has no other operation. With others the engine's own result varies.
    alone: bool,
    verdict: OnceLock<ValidationResult>,
}

/// A variable as the operation declares it.
#[derive(Debug)]
pub struct Variable {
    pub name: Name,
    pub type_name: String,
    pub nullable: bool,
    pub has_default: bool,
}

impl Validation {
    /// Knows nothing yet.
    pub fn new(document: &ExecutableDocument, operation: &OperationDefinition) -> Self {
        let declared = operation.variable_definitions.iter().map(|definition| Variable {
            name: definition.node.name.node.clone(),
            type_name: definition.node.var_type.node.to_string(),
            nullable: definition.node.var_type.node.nullable,
            has_default: definition.node.default_value.is_some(),
        });
        let alone = document.operations.iter().count() == 1;
        Self { variables: declared.collect(), alone, verdict: OnceLock::new() }
    }

    /// The variables of the operation, in their order.
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }

    /// The verdict, where it holds for these values.
    fn verdict(&self, registry: &Registry, values: &Variables) -> Option<ValidationResult> {
        let verdict = self.verdict.get()?;
        self.variables.iter().all(|variable| variable.fits(registry, values)).then_some(*verdict)
    }

    /// Whether validation with these values looks at everything: an argument that holds a variable
    /// without a value is passed over whole, its constant parts too.
    fn is_complete(&self, values: &Variables) -> bool {
        self.alone && self.variables.iter().all(|variable| values.contains_key(&variable.name))
    }
}

impl Variable {
    fn fits(&self, registry: &Registry, values: &Variables) -> bool {
        match values.get(&self.name) {
            None => true,
            // By its default it may stand where null may not.
            Some(Value::Null) => self.nullable && !self.has_default,
            Some(value) => fits(registry, &self.type_name, value),
        }
    }
}

/// Whether a value is valid for a type, by the engine's own rule; `false` also where that is not
/// easily told.
fn fits(registry: &Registry, type_name: &str, value: &Value) -> bool {
    match MetaTypeName::create(type_name) {
        MetaTypeName::NonNull(inner) => *value != Value::Null && fits(registry, inner, value),
        MetaTypeName::List(inner) => match value {
            Value::List(items) => items.iter().all(|item| fits(registry, inner, item)),
            Value::Null => true,
            single => fits(registry, inner, single),
        },
        MetaTypeName::Named(_) if *value == Value::Null => true,
        MetaTypeName::Named(name) => match registry.types.get(name) {
            Some(MetaType::Scalar { is_valid, .. }) => {
                is_valid.as_ref().is_none_or(|is_valid| is_valid(value))
            }
            Some(MetaType::Enum { enum_values, .. }) => match value {
                Value::String(name) => enum_values.contains_key(name),
                _ => false,
            },
            Some(MetaType::InputObject { input_fields, oneof: false, .. }) => match value {
                Value::Object(fields) => {
                    fields.keys().all(|name| input_fields.contains_key(name.as_str()))
                        && input_fields.values().all(|field| match fields.get(&*field.name) {
                            Some(value) => fits(registry, &field.ty, value),
                            None => !field.ty.ends_with('!') || field.default_value.is_some(),
                        })
                }
                _ => false,
            },
            _ => false,
        },
    }
}

/// Answers for the engine's validation from the request's [`Validation`].
#[derive(Clone, Copy, Debug)]
pub struct ReuseValidation;

impl ExtensionFactory for ReuseValidation {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(OneRequest::default())
    }
}

/// What the values of one request mean for its document's validation.
#[derive(Default)]
struct OneRequest(OnceLock<Course>);

#[derive(Clone, Copy)]
enum Course {
    Known(ValidationResult),
    /// To be validated, and kept if valid.
    Keep,
}

#[async_trait::async_trait]
impl Extension for OneRequest {
    async fn parse_query(
        &self,
        ctx: &ExtensionContext<'_>,
        query: &str,
        values: &Variables,
        next: NextParseQuery<'_>,
    ) -> ServerResult<ExecutableDocument> {
        if let Some(validation) = ctx.data_opt::<Arc<Validation>>() {
            if let Some(verdict) = validation.verdict(&ctx.schema_env.registry, values) {
                let _ = self.0.set(Course::Known(verdict));
            } else if validation.is_complete(values) {
                let _ = self.0.set(Course::Keep);
            }
        }
        next.run(ctx, query, values).await
    }

    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        match self.0.get() {
            Some(Course::Known(verdict)) => Ok(*verdict),
            Some(Course::Keep) => {
                let verdict = next.run(ctx).await?;
                if let Some(validation) = ctx.data_opt::<Arc<Validation>>() {
                    let _ = validation.verdict.set(verdict);
                }
                Ok(verdict)
            }
            None => next.run(ctx).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_graphql::{EmptyMutation, EmptySubscription, Request, Schema, parser::parse_query};
    use serde_json::json;

    use super::*;

    struct Query;

    #[derive(Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
    enum Kind {
        Big,
        Small,
    }

    #[derive(async_graphql::InputObject)]
    struct Input {
        a: i32,
        b: Option<Vec<String>>,
        c: Option<Kind>,
        #[graphql(default = 5)]
        d: i32,
    }

    #[async_graphql::Object]
    impl Query {
        async fn f(&self, n: Option<i32>, kind: Option<Kind>, list: Option<Vec<i32>>) -> i32 {
            n.unwrap_or(1)
                + kind.map_or(2, |kind| kind as i32)
                + list.map_or(3, |list| list.into_iter().sum())
        }

        async fn g(&self, #[graphql(default = 7)] n: i32, input: Option<Input>) -> String {
            let input = input.map(|input| (input.a, input.b, input.c.is_some(), input.d));
            format!("{n} {input:?}")
        }
    }

    /// Counts what is left to the engine.
    #[derive(Clone, Default)]
    struct Count(Arc<AtomicUsize>);

    impl ExtensionFactory for Count {
        fn create(&self) -> Arc<dyn Extension> {
            Arc::new(self.clone())
        }
    }

    #[async_trait::async_trait]
    impl Extension for Count {
        async fn validation(
            &self,
            ctx: &ExtensionContext<'_>,
            next: NextValidation<'_>,
        ) -> Result<ValidationResult, Vec<ServerError>> {
            self.0.fetch_add(1, Ordering::Relaxed);
            next.run(ctx).await
        }
    }

    type TestSchema = Schema<Query, EmptyMutation, EmptySubscription>;

    fn schema(count: &Count) -> TestSchema {
        let builder = Schema::build(Query, EmptyMutation, EmptySubscription);
        builder.extension(ReuseValidation).extension(count.clone()).finish()
    }

    fn validation(text: &str) -> Arc<Validation> {
        let document = parse_query(text).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        Arc::new(Validation::new(&document, &operation.node))
    }

    async fn answer(
        schema: &TestSchema,
        text: &str,
        known: &Arc<Validation>,
        values: &serde_json::Value,
    ) -> String {
        let values = Variables::from_json(values.clone());
        let request = Request::new(text).variables(values).data(Arc::clone(known));
        serde_json::to_string(&schema.execute(request).await).unwrap()
    }

    const DOCUMENTS: [&str; 9] = [
        "query($n: Int) {f(n: $n)}",
        "query($n: Int!) {f(n: $n)}",
        "query($n: Int = 3) {g(n: $n)}",
        "query($n: [Int!]) {f(list: $n)}",
        "query($n: Int!) {f(list: [1, $n])}",
        "query($n: Kind) {f(kind: $n) ...F} fragment F on Query {x: f(kind: $n)}",
        "query($n: Input) {g(input: $n)}",
        "query($n: Int!) {g(input: {a: $n, c: HUGE})}",
        "query($n: Boolean!) {f @skip(if: $n) __typename}",
    ];

    fn values() -> Vec<serde_json::Value> {
        let given = [
            json!(1),
            json!(null),
            json!("BIG"),
            json!("HUGE"),
            json!(1.5),
            json!(5_000_000_000_i64),
            json!([1, 2]),
            json!([1, null]),
            json!([]),
            json!(true),
            json!({ "a": 1 }),
            json!({ "a": 1, "b": "x", "c": "SMALL", "d": null }),
            json!({ "a": 1, "c": "HUGE" }),
            json!({ "b": ["x"] }),
            json!({ "a": 1, "e": 1 }),
        ];
        let given = given.into_iter().map(|value| json!({ "n": value, "other": 1 }));
        given.chain([json!({})]).collect()
    }

    #[tokio::test]
    async fn whatever_came_before_the_answer_is_the_engine_s() {
        let schema = schema(&Count::default());
        for text in DOCUMENTS {
            for first in values() {
                let known = validation(text);
                answer(&schema, text, &known, &first).await;
                for second in values() {
                    let fresh = answer(&schema, text, &validation(text), &second).await;
                    let again = answer(&schema, text, &known, &second).await;
                    assert_eq!(again, fresh, "{text}: {second} after {first}");
                }
            }
        }
    }

    #[tokio::test]
    async fn a_valid_document_is_validated_once() {
        for (text, first, second, validated) in [
            (DOCUMENTS[0], json!({ "n": 1 }), json!({ "n": 2 }), 1),
            (DOCUMENTS[0], json!({ "n": 1 }), json!({ "n": null }), 1),
            (DOCUMENTS[0], json!({ "n": 1 }), json!({}), 1),
            (DOCUMENTS[6], json!({ "n": { "a": 1 } }), json!({ "n": { "a": 2, "b": ["x"] } }), 1),
            // Without a value, with a wrong one, or where a default hides a null: once more.
            (DOCUMENTS[0], json!({}), json!({ "n": 1 }), 2),
            (DOCUMENTS[0], json!({ "n": 1 }), json!({ "n": "x" }), 2),
            (DOCUMENTS[2], json!({ "n": 1 }), json!({ "n": null }), 2),
            ("query A($n: Int) {f(n: $n)} query B {f}", json!({ "n": 1 }), json!({ "n": 1 }), 2),
        ] {
            let (count, known) = (Count::default(), validation(text));
            let schema = schema(&count);
            answer(&schema, text, &known, &first).await;
            answer(&schema, text, &known, &second).await;
            assert_eq!(count.0.load(Ordering::Relaxed), validated, "{text} {first} {second}");
        }
    }
}
