//! Restatements: what a rebuild changed of a day that had been sealed.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    InTenant,
    restatement::{ActiveModel, Column, Entity, Model, Reason},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use uuid::Uuid;

use super::{quarters, seal, verify::both};
use crate::{
    db::bulk,
    error::Result,
    stats::{measure::Measure, store, totals::Totals},
    tenant::{Tenant, TenantId},
};

/// What was known of a sealed day.
#[derive(Debug)]
pub(in crate::stats) struct Before {
    products: BTreeMap<String, Totals>,
    events: i64,
}

impl Before {
    /// Takes the seal off a day that is about to be rebuilt; none of a day without one.
    pub(in crate::stats) async fn unseal(
        transaction: &impl ConnectionTrait,
        tenant: &Tenant,
        day: NaiveDate,
    ) -> Result<Option<Self>> {
        if !seal::take(transaction, &tenant.id, day).await? {
            return Ok(None);
        }
        let products = store::list_products(transaction, tenant, day).await?;
        let events = quarters::total(transaction, tenant, day).await?.events;
        Ok(Some(Self { products, events }))
    }

    /// Writes down what has changed since, in the transaction that changed it.
    pub(in crate::stats) async fn restate(
        self,
        transaction: &impl ConnectionTrait,
        tenant: &Tenant,
        day: NaiveDate,
        is_of_settings: bool,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let products = store::list_products(transaction, tenant, day).await?;
        let events = quarters::total(transaction, tenant, day).await?.events;
        let events_more = events - self.events;
        let reason = match events_more {
            1.. => Reason::LateEvents,
            ..0 => Reason::MissingEvents,
            0 if is_of_settings => Reason::Settings,
            0 => Reason::Recomputed,
        };
        let row = |measure: &str, product: &str, (value_before, value_after)| Model {
            tenant_id: tenant.id.to_string(),
            restatement_id: Uuid::now_v7(),
            stat_date: day,
            restated_at: now,
            measure: measure.to_owned(),
            product: product.to_owned(),
            value_before,
            value_after,
            reason,
            events_more,
        };
        let mut rows = Vec::new();
        if events_more != 0 {
            rows.push(row("events", "", (self.events, events)));
        }
        for (product, before, after) in both(&self.products, &products) {
            for measure in Measure::ALL {
                let values = (before.get(*measure), after.get(*measure));
                if values.0 != values.1 {
                    rows.push(row(measure.column(), product, values));
                }
            }
        }
        for chunk in rows.chunks(bulk::CHUNK) {
            bulk::upsert::<Entity, _, ActiveModel>(transaction, chunk.to_vec()).await?;
        }
        Ok(())
    }
}

/// The place of a restatement among those of its tenant.
pub(super) type Place = (DateTime<Utc>, Uuid);

/// The restatements of the days from `from` to `to`, both included, newest first, those after a place.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    (from, to): (NaiveDate, NaiveDate),
    after: Option<Place>,
    limit: u64,
) -> Result<Vec<Model>> {
    let older = after.map(|(at, id)| {
        let same = Condition::all().add(Column::RestatedAt.eq(at));
        Condition::any().add(Column::RestatedAt.lt(at)).add(same.add(Column::RestatementId.lt(id)))
    });
    let rows = Entity::in_tenant(tenant)
        .filter(Column::StatDate.between(from, to))
        .apply_if(older, QueryFilter::filter)
        .order_by_desc(Column::RestatedAt)
        .order_by_desc(Column::RestatementId)
        .limit(limit);
    Ok(rows.all(db).await?)
}
