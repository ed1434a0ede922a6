//! A schema with everything that can go wrong.

#![expect(clippy::unused_async, reason = "the engine takes resolvers in this form")]

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_graphql::{Context, InputObject, Object, Result, Schema, Subscription};
use futures_util::{Stream, StreamExt as _, stream};

use crate::{
    auth::Viewer,
    error::Error,
    graphql::{DateTime, GraphqlError, codes::MarkPhase, validation::ReuseValidation},
};

pub(super) type TestSchema = Schema<Query, Mutation, Events>;

/// With `watched` counting what goes on in subscriptions.
pub(super) fn build(watched: &Watched) -> TestSchema {
    let schema = Schema::build(Query, Mutation, Events).data(watched.clone());
    schema.extension(MarkPhase).extension(ReuseValidation).finish()
}

/// What subscriptions that never end are at.
#[derive(Clone, Default)]
pub(super) struct Watched(Arc<Counts>);

#[derive(Default)]
struct Counts {
    running: AtomicUsize,
    events: AtomicUsize,
}

impl Watched {
    /// Subscriptions that were started and not yet dropped.
    pub(super) fn running(&self) -> usize {
        self.0.running.load(Ordering::SeqCst)
    }

    /// Events that were asked for.
    pub(super) fn events(&self) -> usize {
        self.0.events.load(Ordering::SeqCst)
    }

    fn start(&self) -> Running {
        self.0.running.fetch_add(1, Ordering::SeqCst);
        Running(self.clone())
    }
}

/// Counts a subscription until it is dropped.
struct Running(Watched);

impl Running {
    fn note(&self) {
        self.0.0.events.fetch_add(1, Ordering::SeqCst);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

pub(super) struct Query;

#[derive(InputObject)]
pub(super) struct Sample {
    score: i32,
    #[graphql(default)]
    tags: Vec<String>,
}

fn denied<T>() -> Result<T> {
    Err(GraphqlError::from(Error::Forbidden("see this".to_owned())).into())
}

fn broken() -> i32 {
    panic!("a secret in a panic")
}

#[Object]
impl Query {
    async fn a(&self) -> i32 {
        1
    }

    async fn slow_b(&self) -> i32 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        2
    }

    async fn whoami(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(ctx.data::<Viewer>()?.subject.to_string())
    }

    async fn node(&self) -> Option<Node> {
        Some(Node)
    }

    async fn nodes(&self) -> Vec<Option<Node>> {
        vec![Some(Node), None]
    }

    async fn strict(&self) -> Node {
        Node
    }

    async fn panics(&self) -> i32 {
        broken()
    }

    async fn leaks(&self) -> Option<Result<i32, std::num::ParseIntError>> {
        Some("SELECT secret".parse())
    }

    async fn judge(&self, input: Sample) -> i32 {
        input.score + i32::try_from(input.tags.len()).unwrap_or(0)
    }

    async fn since(&self, at: DateTime) -> Option<String> {
        Some(at.0.to_rfc3339())
    }

    async fn forever(&self) -> i32 {
        std::future::pending().await
    }
}

pub(super) struct Node;

#[Object]
impl Node {
    async fn id(&self) -> i32 {
        7
    }

    async fn node(&self) -> Option<Node> {
        Some(Node)
    }

    async fn nullable(&self) -> Option<Result<i32>> {
        Some(denied())
    }

    async fn required(&self) -> Result<i32> {
        denied()
    }

    async fn optional_items(&self) -> Vec<Option<Result<i32>>> {
        vec![Some(Ok(1)), Some(denied()), None]
    }

    async fn required_items(&self) -> Option<Vec<Result<i32>>> {
        Some(vec![Ok(1), denied()])
    }
}

pub(super) struct Mutation;

#[Object]
impl Mutation {
    async fn touch(&self) -> bool {
        true
    }
}

pub(super) struct Events;

#[Subscription]
impl Events {
    /// Numbers from 0, then the end.
    async fn count(&self, to: i32) -> impl Stream<Item = i32> {
        stream::iter(0..to)
    }

    async fn never(&self, ctx: &Context<'_>) -> Result<impl Stream<Item = i32>> {
        let running = ctx.data::<Watched>()?.start();
        Ok(stream::pending().inspect(move |_| running.note()))
    }

    /// Texts of 100,000 bytes for ever, as fast as they are taken.
    async fn floods(&self, ctx: &Context<'_>) -> Result<impl Stream<Item = String>> {
        let running = ctx.data::<Watched>()?.start();
        Ok(stream::repeat_with(|| "x".repeat(100_000)).inspect(move |_| running.note()))
    }

    async fn refused(&self) -> Result<stream::Empty<i32>> {
        denied()
    }

    async fn fails_once(&self) -> impl Stream<Item = Option<Result<i32>>> {
        stream::iter([Some(Ok(1)), Some(denied()), Some(Ok(3))])
    }

    async fn breaks(&self) -> impl Stream<Item = i32> {
        stream::iter([1, 2]).map(|number| if number == 2 { broken() } else { number })
    }
}
