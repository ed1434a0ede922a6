//! Which list is exported, with the filter that it has in GraphQL too.

use std::str::FromStr;

use super::{figures, params::Params};
use crate::{
    error::{Error, Result},
    quality::{self, Score},
    session,
    stats::series::SeriesQuestion,
    tenant::TimeRange,
    tracker::EventQuery,
};

/// The lists there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListKind {
    Metrics,
    Sessions,
    Events,
    Audits,
}

impl FromStr for ListKind {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        match name {
            "metrics" => Ok(Self::Metrics),
            "sessions" => Ok(Self::Sessions),
            "events" => Ok(Self::Events),
            "audits" => Ok(Self::Audits),
            _ => Err(()),
        }
    }
}

/// A list with its filter.
#[derive(Clone, Debug)]
pub struct List(pub(super) Filter);

#[derive(Clone, Debug)]
pub(super) enum Filter {
    Metrics(SeriesQuestion),
    Sessions(session::Filter),
    Events(EventQuery),
    Audits(quality::Filter),
}

impl List {
    /// Reads the filter of a list; `params` has nothing else in it.
    ///
    /// # Errors
    /// [`Error::BadInput`] that names the parameter.
    pub fn read(kind: ListKind, mut params: Params) -> Result<Self> {
        let filter = match kind {
            ListKind::Metrics => Filter::Metrics(figures::question(&mut params)?),
            ListKind::Sessions => Filter::Sessions(sessions(&mut params)?),
            ListKind::Events => Filter::Events(events(&mut params)?),
            ListKind::Audits => Filter::Audits(audits(&mut params)?),
        };
        params.finish()?;
        Ok(Self(filter))
    }
}

fn sessions(params: &mut Params) -> Result<session::Filter> {
    Ok(session::Filter {
        from: params.instant("from")?,
        to: params.instant("to")?,
        product: params.text("product")?,
        channel: params.text("channel")?,
        queue: params.text("queue")?,
        agent_id: params.text("agentId")?,
        visitor_id: params.text("visitorId")?,
        outcome: params.word("outcome")?,
        ended: params.boolean("ended")?,
        floor: params.item("floor")?,
    })
}

fn events(params: &mut Params) -> Result<EventQuery> {
    let (from, to) = (params.instant("from")?, params.instant("to")?);
    let query = EventQuery {
        range: TimeRange { start: from.unwrap_or_default(), end: to.unwrap_or_default() },
        name: params.text("name")?,
        product: params.text("product")?,
        session_id: params.text("sessionId")?,
        after: None,
    };
    for (name, bound) in [("from", from), ("to", to)] {
        if bound.is_none() {
            let expected = "an instant: events are exported for a range";
            return Err(Error::bad_input(name, "missing", expected));
        }
    }
    Ok(query)
}

fn audits(params: &mut Params) -> Result<quality::Filter> {
    let mut score =
        |name: &str| params.whole(name)?.map(|score| Score::new(name, score)).transpose();
    let (min_score, max_score) = (score("minScore")?, score("maxScore")?);
    Ok(quality::Filter {
        status: params.word("status")?,
        audit_type: params.word("auditType")?,
        agent_id: params.text("agentId")?,
        session_id: params.text("sessionId")?,
        min_score,
        max_score,
        session_type: params.text("type")?,
        customer: params.text("customer")?,
        from: params.instant("from")?,
        to: params.instant("to")?,
    })
}
