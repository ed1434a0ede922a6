//! Answers whether figures are what they were made of.

use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::{hours, verify::VerifiedDay, verify_day};
use crate::{
    auth::{Role, Viewer},
    clock::Clock,
    db::Db,
    error::Result,
    stats::service::check_range,
    tenant::Tenant,
};

/// Most days that are verified in one answer.
pub const MAX_VERIFIED_DAYS: i64 = 31;

/// Proves the figures of tenants.
pub struct Prover {
    pub(super) db: Db,
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
    /// [`Error::BadInput`](crate::error::Error::BadInput) for an empty range, or one longer than
    /// [`MAX_VERIFIED_DAYS`].
    pub async fn verify(
        &self,
        viewer: &Viewer,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Verification> {
        viewer.require(&[Role::Operator], "verify the roll-up")?;
        check_range(from, to, MAX_VERIFIED_DAYS)?;
        let (snapshot, as_of) = (self.db.snapshot().await?, self.clock.now());
        let mut days = Vec::new();
        for day in from.iter_days().take_while(|day| *day <= to) {
            days.push(verify_day(&snapshot, &viewer.tenant, day, as_of).await?);
        }
        snapshot.commit().await?;
        Ok(Verification { as_of, days })
    }

    /// Compares one day, in a snapshot of its own.
    pub async fn verify_day(&self, tenant: &Tenant, day: NaiveDate) -> Result<VerifiedDay> {
        let snapshot = self.db.snapshot().await?;
        let verified = verify_day(&snapshot, tenant, day, self.clock.now()).await?;
        snapshot.commit().await?;
        Ok(verified)
    }

    /// The first day that can be compared and the last one that is over; none without any.
    pub async fn known_days(&self, tenant: &Tenant) -> Result<Option<(NaiveDate, NaiveDate)>> {
        let first = hours::find_first_day(self.db.pool(), &tenant.id).await?;
        let last = tenant.day_of(self.clock.now()).checked_sub_days(Days::new(1));
        Ok(first.zip(last).filter(|(first, last)| first <= last))
    }
}
