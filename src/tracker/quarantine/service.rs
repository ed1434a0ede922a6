//! What operators do with the quarantine.

use std::sync::Arc;

use entity::quarantine::Model;
use uuid::Uuid;

use super::store::{self, Place};
use crate::{
    auth::{Right, Viewer},
    db::Db,
    error::{Error, Result},
    graphql::paging::Cursor,
    tracker::{
        answer::{REFUSED, TrackResult, TrackStatus},
        buffer::wire,
        check::RawEvent,
        model::Durability,
        service::Tracker,
    },
};

/// Most ids of one call.
const MAX_IDS: usize = 1_000;
/// Rows that are replayed together.
const PAGE: u64 = 500;

/// The operators' way to what could not be stored.
pub struct Quarantine {
    db: Db,
    tracker: Arc<Tracker>,
}

/// Which rows of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    Ids(Vec<Uuid>),
    /// All of a product; the empty name stands for what none could be read of.
    Product(String),
}

impl Chosen {
    /// Takes either ids or a product.
    ///
    /// # Errors
    /// [`Error::BadInput`] for both, for none, for too many ids and for one that is no UUID.
    pub fn new(ids: Option<Vec<String>>, product: Option<String>) -> Result<Self> {
        const EITHER: &str = "either `ids` or `product`";
        match (ids, product) {
            (Some(ids), None) if (1..=MAX_IDS).contains(&ids.len()) => {
                let id = |text: String| {
                    let id = text.parse();
                    id.map_err(|_| Error::bad_text("ids", &text, "an id of the quarantine"))
                };
                Ok(Self::Ids(ids.into_iter().map(id).collect::<Result<_>>()?))
            }
            (Some(ids), None) => {
                let expected = format!("1 to {MAX_IDS} ids");
                Err(Error::bad_input("ids", format!("{} ids", ids.len()), &expected))
            }
            (None, Some(product)) => Ok(Self::Product(product)),
            (None, None) => Err(Error::bad_input("input", "neither", EITHER)),
            (Some(_), Some(_)) => Err(Error::bad_input("input", "both", EITHER)),
        }
    }
}

/// What became of a replay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Stored now, or found stored already: no longer in the quarantine.
    pub accepted: u64,
    /// Refused again: still there, with the new reason.
    pub kept: u64,
}

impl Quarantine {
    pub fn new(db: Db, tracker: Arc<Tracker>) -> Self {
        Self { db, tracker }
    }

    /// What is quarantined, newest first, of one product or of all.
    pub async fn list(
        &self,
        viewer: &Viewer,
        product: Option<&str>,
        after: Option<&str>,
        limit: u64,
    ) -> Result<Vec<Model>> {
        viewer.require(Right::ManageQuarantine)?;
        let after = after.map(place).transpose()?;
        store::list(&self.db.of(&viewer.tenant.id), &viewer.tenant.id, product, after, limit).await
    }

    /// Sends events through the tracker again, like new arrivals with the same ids.
    ///
    /// # Errors
    /// Those of [`Tracker::track`]; what was accepted until then has left the quarantine.
    pub async fn replay(&self, viewer: &Viewer, chosen: &Chosen) -> Result<Replayed> {
        viewer.require(Right::ManageQuarantine)?;
        let tenant = &viewer.tenant.id;
        let mut replayed = Replayed::default();
        match chosen {
            Chosen::Ids(ids) => {
                let rows = store::list_of_ids(&self.db.of(tenant), tenant, ids).await?;
                self.replay_rows(viewer, rows, &mut replayed).await?;
            }
            Chosen::Product(product) => {
                // Newest first: what is refused again and gets a new place lies behind.
                let mut after = None;
                loop {
                    let pool = &self.db.of(tenant);
                    let rows = store::list(pool, tenant, Some(product), after, PAGE).await?;
                    let Some(last) = rows.last() else { break };
                    after = Some((last.created_at, last.quarantine_id));
                    self.replay_rows(viewer, rows, &mut replayed).await?;
                }
            }
        }
        Ok(replayed)
    }

    async fn replay_rows(
        &self,
        viewer: &Viewer,
        rows: Vec<Model>,
        replayed: &mut Replayed,
    ) -> Result<()> {
        let (mut sent, mut events, mut kept) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            match read(viewer, &row) {
                Ok(event) => {
                    sent.push(row.quarantine_id);
                    events.push(event);
                }
                Err(reason) => kept.push((row.quarantine_id, reason)),
            }
        }
        let mut left = Vec::new();
        if !events.is_empty() {
            let results = self.tracker.track(viewer, events, Durability::Stored).await?;
            for (id, result) in sent.into_iter().zip(results) {
                match why_kept(result) {
                    None => left.push(id),
                    Some(reason) => kept.push((id, reason)),
                }
            }
        }
        self.settle(viewer, &left, &kept).await?;
        replayed.accepted += left.len() as u64;
        replayed.kept += kept.len() as u64;
        Ok(())
    }

    async fn settle(&self, viewer: &Viewer, left: &[Uuid], kept: &[(Uuid, String)]) -> Result<()> {
        let tenant = &viewer.tenant.id;
        let transaction = self.db.of(tenant).write().await?;
        store::delete(&*transaction, tenant, left).await?;
        // Whoever refused it for the database has written the cause down already.
        for (id, reason) in kept.iter().filter(|(_, reason)| reason != REFUSED) {
            store::set_reason(&*transaction, tenant, *id, reason).await?;
        }
        transaction.commit().await
    }

    /// Takes rows out for good; returns how many there were.
    pub async fn drop(&self, viewer: &Viewer, chosen: &Chosen) -> Result<u64> {
        viewer.require(Right::ManageQuarantine)?;
        let tenant = &viewer.tenant.id;
        let transaction = self.db.of(tenant).write().await?;
        let dropped = match chosen {
            Chosen::Ids(ids) => store::delete(&*transaction, tenant, ids).await?,
            Chosen::Product(product) => {
                store::delete_product(&*transaction, tenant, product).await?
            }
        };
        transaction.commit().await?;
        Ok(dropped)
    }
}

/// The event of a row. Where it names no time of its own it happened when it arrived first; where it
/// names no id it gets the row's, so that a second replay stores nothing twice.
fn read(viewer: &Viewer, row: &Model) -> Result<RawEvent, String> {
    if row.payload_cut {
        return Err("the payload is too long to be kept whole".to_owned());
    }
    let mut event = wire::read(&row.payload, &viewer.tenant.id).map_err(|unread| unread.reason)?;
    event.id.get_or_insert_with(|| row.quarantine_id.to_string().into());
    event.occurred_at.get_or_insert(Ok(row.received_at));
    Ok(event)
}

/// Why an event stays, unless it is stored.
fn why_kept(result: TrackResult) -> Option<String> {
    match result.status {
        TrackStatus::Accepted | TrackStatus::Duplicate => None,
        TrackStatus::Conflict | TrackStatus::Rejected => {
            Some(result.reason.map_or_else(|| "refused again".to_owned(), |why| why.to_string()))
        }
    }
}

/// The cursor of a row in the list.
pub fn cursor(row: &Model) -> String {
    Cursor { at: row.created_at, id: row.quarantine_id.to_string() }.encode()
}

fn place(after: &str) -> Result<Place> {
    let cursor = Cursor::decode(after)?;
    let id = cursor.id.parse();
    let id = id.map_err(|_| Error::bad_text("after", after, "a cursor of an earlier page"))?;
    Ok((cursor.at, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_chosen_by_ids_or_by_product() {
        let id = || Uuid::nil().to_string();
        for (ids, product, expected) in [
            (Some(vec![id()]), None, "Ok"),
            (None, Some("bot".to_owned()), "Ok"),
            (None, Some(String::new()), "Ok"),
            (None, None, "`input` is neither, expected either `ids` or `product`"),
            (Some(vec![id()]), Some("bot".into()), "`input` is both, expected either"),
            (Some(vec![]), None, "`ids` is 0 ids, expected 1 to 1000 ids"),
            (Some(vec![id(); 1_001]), None, "`ids` is 1001 ids, expected 1 to 1000 ids"),
            (Some(vec!["x".into()]), None, "`ids` is \"x\", expected an id of the quarantine"),
        ] {
            let found = Chosen::new(ids, product);
            let found = found.map_or_else(|error| error.to_string(), |_| "Ok".to_owned());
            assert!(found.starts_with(expected), "{found}");
        }
    }
}
