//! The usual tracking mutations past the engine: recognised once, read and answered as text.
//!
//! Invariant: nobody can tell but by the clock. What does not fit a [`Plan`] to the letter goes to
//! the engine before anything was done; answers, errors and metrics are those of the engine. Why,
//! and how that is proved: `docs/adr/0008-precompiled-ingest.md`. Start at [`Call`].

mod body;
mod plan;
mod variables;
mod write;

use std::{sync::Arc, time::Duration};

use async_graphql::{PathSegment, Response};
use bytes::Bytes;
use serde_json::value::RawValue;

pub(super) use self::plan::Plan;
use super::{
    documents::{Document, Documents},
    execute::{self, Outcome},
    params::Params,
};
use crate::{
    auth::Viewer,
    error::Error,
    graphql::GraphqlError,
    tracker::{self, Durability, RawEvent, TrackResult, Tracker},
};

/// A tracking mutation that was read and not yet run.
pub(super) struct Call {
    plan: Arc<Plan>,
    events: Vec<RawEvent>,
    durability: Durability,
}

impl Call {
    /// Reads a body whose document is known, in one pass; `None` when that cannot be done, or the list
    /// has more than `most` items.
    pub(super) fn from_body(body: Bytes, documents: &Documents, most: usize) -> Option<Self> {
        body::read(&body.try_into().ok()?, documents).filter(|call| call.events.len() <= most)
    }

    /// Reads a call in a body that was taken apart; `None` when the engine is to run it.
    pub(super) fn from_params(document: &Document, params: &Params, most: usize) -> Option<Self> {
        let plan = document.ingest.as_ref().filter(|_| params.extensions.is_none())?;
        let variables = params.variables.as_deref().map(RawValue::get)?;
        let (events, durability) = variables::read(&variables.into(), plan)?;
        if events.len() > most {
            return None;
        }
        Some(Self { plan: Arc::clone(plan), events, durability })
    }

    /// Runs it and writes the answer.
    ///
    /// # Errors
    /// What the engine would answer with when the call fails as a whole.
    pub(super) async fn run(
        self,
        tracker: &Tracker,
        viewer: &Viewer,
        limit: Duration,
    ) -> Result<Vec<u8>, Outcome> {
        let plan = &self.plan;
        tracker::count_path("precompiled");
        let tracking = tracker.track(viewer, self.events, self.durability);
        match execute::bounded(limit, tracking).await? {
            Ok(results) if plan.takes_list => Ok(write::list(plan, &results)),
            Ok(results) => match results.last() {
                Some(result) => Ok(write::single(plan, result)),
                None => Err(failed(plan, Error::Internal("no result".to_owned()))),
            },
            Err(error) => Err(failed(plan, error)),
        }
    }
}

/// The one field has failed, and as it cannot be null, neither can the data.
fn failed(plan: &Plan, error: Error) -> Outcome {
    let error: async_graphql::Error = GraphqlError::from(error).into();
    let mut error = error.into_server_error(plan.place);
    error.path = vec![PathSegment::Field(plan.key.clone())];
    Outcome::Executed(Response::from_errors(vec![error]))
}
