//! Which events are asked for.

use entity::event;

use crate::{
    error::{Error, Result},
    graphql::paging::Cursor,
    input::check_filter,
    tenant::TimeRange,
};

/// Longest range of one query over raw events.
const MAX_RANGE_DAYS: i64 = 31;

/// Which events a page of the raw list shows.
#[derive(Clone, Debug)]
pub(crate) struct EventQuery {
    pub range: TimeRange,
    pub name: Option<String>,
    pub product: Option<String>,
    pub session_id: Option<String>,
    pub after: Option<Cursor>,
}

impl EventQuery {
    /// Refuses a range that is empty or too long, and text that no event can have.
    pub(super) fn check(&self) -> Result<()> {
        check_filter("filter.name", self.name.as_deref())?;
        check_filter("filter.product", self.product.as_deref())?;
        check_filter("filter.sessionId", self.session_id.as_deref())?;
        let TimeRange { start, end } = self.range;
        if end <= start {
            return Err(Error::bad_input("filter.to", end.to_rfc3339(), "an instant after `from`"));
        }
        if end - start > chrono::TimeDelta::days(MAX_RANGE_DAYS) {
            let days = (end - start).num_days();
            let expected = format!("a range of at most {MAX_RANGE_DAYS} days");
            return Err(Error::bad_input("filter", format!("a range of {days} days"), &expected));
        }
        Ok(())
    }

    /// In which the rest of the list lies. Only such a bound ends the search of an index, so that a
    /// deep page costs what the first does.
    pub(super) fn range_left(&self) -> TimeRange {
        let TimeRange { start, end } = self.range;
        TimeRange { start, end: self.after.as_ref().map_or(end, |cursor| end.min(cursor.end())) }
    }
}

/// The place of an event in any list by time.
pub(crate) fn cursor(event: &event::Model) -> String {
    Cursor { at: event.occurred_at, id: event.event_id.clone() }.encode()
}

/// Which events of which sessions are asked for at once.
#[derive(Clone, Debug)]
pub(crate) struct SessionEvents {
    pub session_ids: Vec<String>,
    /// In which all of them lie.
    pub range: TimeRange,
    pub after: Option<Cursor>,
    /// Most events of one session.
    pub len: u64,
}

impl SessionEvents {
    /// In which the rest of the list lies.
    pub(super) fn range_left(&self) -> TimeRange {
        let TimeRange { start, end } = self.range;
        TimeRange { start: self.after.as_ref().map_or(start, |cursor| start.max(cursor.at)), end }
    }
}
