//! Answers whether figures are what they were made of.

use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, Utc};

use entity::restatement;

use super::{
    quarters,
    restate::{self, Place},
    verify::VerifiedDay,
    verify_day,
};
use crate::{
    auth::{Right, Viewer},
    clock::Clock,
    db::Db,
    error::{Error, Result},
    graphql::paging::Cursor,
    stats::service::{MAX_PERIOD_DAYS, check_range},
    tenant::Tenant,
};

/// Most days that are verified in one answer.
pub const MAX_VERIFIED_DAYS: i64 = 31;

/// Proves the figures of tenants.
pub struct Prover {
    db: Db,
    clock: Arc<dyn Clock>,
}

/// Days that were compared, at one instant of the database.
#[derive(Clone, Debug)]
pub struct Verification {
    pub as_of: DateTime<Utc>,
    pub days: Vec<VerifiedDay>,
}

impl Prover {
    pub fn new(db: Db, clock: Arc<dyn Clock>) -> Self {
        Self { db, clock }
    }

    /// Compares the days from `from` to `to`, both included.
    ///
    /// # Errors
    /// [`Error::BadInput`] for an empty range, or one longer than [`MAX_VERIFIED_DAYS`].
    pub async fn verify(
        &self,
        viewer: &Viewer,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Verification> {
        viewer.require(Right::VerifyRollup)?;
        check_range(from, to, MAX_VERIFIED_DAYS)?;
        let snapshot = self.db.of(&viewer.tenant.id).snapshot().await?;
        let as_of = self.clock.now();
        let mut days = Vec::new();
        for day in from.iter_days().take_while(|day| *day <= to) {
            days.push(verify_day(&snapshot, &viewer.tenant, day, as_of).await?);
        }
        snapshot.commit().await?;
        Ok(Verification { as_of, days })
    }

    /// What has changed of sealed days from `from` to `to`, both included, newest first.
    ///
    /// # Errors
    /// [`Error::BadInput`] for an empty range, or one longer than [`MAX_PERIOD_DAYS`], and for a
    /// cursor that is none.
    pub async fn restatements(
        &self,
        viewer: &Viewer,
        (from, to): (NaiveDate, NaiveDate),
        after: Option<&str>,
        limit: u64,
    ) -> Result<Vec<restatement::Model>> {
        viewer.require(Right::ReadRestatements)?;
        check_range(from, to, MAX_PERIOD_DAYS)?;
        let after = after.map(place).transpose()?;
        restate::list(&self.db.of(&viewer.tenant.id), &viewer.tenant.id, (from, to), after, limit)
            .await
    }

    /// Compares one day, in a snapshot of its own.
    pub async fn verify_day(&self, tenant: &Tenant, day: NaiveDate) -> Result<VerifiedDay> {
        let snapshot = self.db.of(&tenant.id).snapshot().await?;
        let verified = verify_day(&snapshot, tenant, day, self.clock.now()).await?;
        snapshot.commit().await?;
        Ok(verified)
    }

    /// The first day that can be compared and the last one that is over; none without any.
    pub async fn known_days(&self, tenant: &Tenant) -> Result<Option<(NaiveDate, NaiveDate)>> {
        let first = quarters::find_first_day(&self.db.of(&tenant.id), &tenant.id).await?;
        let last = tenant.day_of(self.clock.now()).checked_sub_days(Days::new(1));
        Ok(first.zip(last).filter(|(first, last)| first <= last))
    }
}

/// The cursor of a restatement.
pub fn cursor(row: &restatement::Model) -> String {
    Cursor { at: row.restated_at, id: row.restatement_id.to_string() }.encode()
}

fn place(after: &str) -> Result<Place> {
    let Cursor { at, id } = Cursor::decode(after)?;
    let id = id.parse();
    Ok((at, id.map_err(|_| Error::bad_text("after", after, "a cursor of an earlier page"))?))
}
