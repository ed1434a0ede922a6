//! The books of ingestion: what they say of a tenant, and how they are kept.
//!
//! Invariant: an event that was accepted is in the ledger, among the refusals that go there next, or
//! pending; while it moves it may be seen in two of these, and never in none.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use uuid::Uuid;

use super::{
    books::{Books, Counts},
    buffer::Pending,
    observe,
    service::Tracker,
    store,
};
use crate::{
    auth::{Right, Viewer},
    error::Result,
    tenant::TenantId,
};

/// How long the ledger keeps a batch as a row of its own: longer than any lease.
const LEDGER_ROWS_KEPT: TimeDelta = TimeDelta::days(1);

/// The books of a tenant with what is pending.
#[derive(Clone, Debug)]
pub struct IngestStatus {
    pub books: Books,
    pub pending: Pending,
    /// The same by product, with how many events are pending; empty unless asked for.
    pub products: BTreeMap<String, (Books, u64)>,
}

impl Tracker {
    /// The books of the viewer's tenant; with those of its products, whose sums they are then.
    pub async fn status(&self, viewer: &Viewer, by_product: bool) -> Result<IngestStatus> {
        viewer.require(Right::ReadBooks)?;
        viewer.require_every_product(Right::ReadBooks)?;
        let tenant = &viewer.tenant.id;
        let mut pending = self.pending(tenant).await?;
        let mut products: BTreeMap<String, (Books, u64)> = BTreeMap::new();
        if by_product {
            let waiting = self.pending_by_product(tenant).await?;
            pending.events = waiting.values().sum();
            products.extend(
                waiting.into_iter().map(|(product, events)| (product, (Books::default(), events))),
            );
        }
        let mut books = Books::default();
        for (product, settled) in self.settled_by_product(tenant).await? {
            books.merge(&settled);
            if by_product {
                products.entry(product).or_default().0 = settled;
            }
        }
        Ok(IngestStatus { books, pending, products })
    }

    /// What has found its place in the books: the ledger, and what will be in it in a second.
    async fn settled_by_product(&self, tenant: &TenantId) -> Result<BTreeMap<String, Books>> {
        let _still = self.moving.read().await;
        let mut settled = store::sum_ledger(&self.db.of(tenant), tenant).await?;
        for (product, rejected) in self.refusals.of(tenant) {
            settled.entry(product).or_default().rejected += rejected;
        }
        Ok(settled)
    }

    /// Whether anything of a tenant is stored, or waits in this process to be.
    pub async fn has_events(&self, tenant: &TenantId) -> Result<bool> {
        Ok(self.pending_here(tenant).events > 0
            || store::has_stored(&self.db.of(tenant), tenant).await?)
    }

    async fn pending_by_product(&self, tenant: &TenantId) -> Result<BTreeMap<String, u64>> {
        let mut waiting = self.queue.pending_by_product(tenant);
        if let Some(durable) = &self.durable {
            for (product, events) in durable.pending_by_product(tenant).await? {
                *waiting.entry(product).or_default() += events;
            }
        }
        Ok(waiting)
    }

    /// What waits for the database, of one tenant.
    ///
    /// # Errors
    /// [`crate::error::Error::Redis`] when the shared buffer does not answer.
    pub async fn pending(&self, tenant: &TenantId) -> Result<Pending> {
        let here = self.pending_here(tenant);
        match &self.durable {
            Some(durable) => Ok(here.and(durable.pending(tenant).await?)),
            None => Ok(here),
        }
    }

    /// What waits in this process, of one tenant.
    pub fn pending_here(&self, tenant: &TenantId) -> Pending {
        self.queue.pending(tenant)
    }

    /// Shows what waits to whoever reads the metrics.
    pub async fn observe_pending(&self) -> Result<()> {
        for tenant in self.config.tenants.values() {
            let pending = self.pending(&tenant.id).await?;
            observe::pending(&tenant.id, pending, self.clock.now());
        }
        Ok(())
    }

    /// Writes down the refusals counted so far, and merges old rows of the ledger.
    pub async fn keep_books(&self) -> Result<()> {
        let _moving = self.moving.write().await;
        let refusals = self.refusals.take();
        if refusals.is_empty() {
            return Ok(());
        }
        let written = self.write_refusals(&refusals).await;
        if written.is_err() {
            for (tenant, products) in &refusals {
                for (product, events) in products {
                    self.refusals.add(tenant, product, *events);
                }
            }
        }
        written
    }

    async fn write_refusals(&self, refusals: &Counts) -> Result<()> {
        let (batch, now) = (Uuid::now_v7(), self.clock.now());
        let transaction = self.db.write().await?;
        for (tenant, products) in refusals {
            let books = products.iter().map(|(product, rejected)| {
                (product.clone(), Books { rejected: *rejected, ..Books::default() })
            });
            store::insert_ledger(&*transaction, tenant, batch, books, now).await?;
        }
        transaction.commit().await
    }

    /// Merges the ledger's rows of batches that nobody can run again.
    pub async fn compact_books(&self, tenant: &TenantId) -> Result<()> {
        let before = self.clock.now() - LEDGER_ROWS_KEPT;
        let transaction = self.db.write().await?;
        store::compact_ledger(&*transaction, tenant, before).await?;
        transaction.commit().await
    }
}
