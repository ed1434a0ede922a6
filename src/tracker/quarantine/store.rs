//! SQL of the quarantine.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::{
    InTenant,
    quarantine::{self, Column, Entity, Model},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, sea_query::Expr,
};
use uuid::Uuid;

use super::{payload::reason, row::Quarantined};
use crate::{db::bulk, error::Result, tenant::TenantId};

/// Most rows of one tenant: garbage without end must not fill the disk.
const MAX_ROWS: u64 = 100_000;
/// Rows of one statement; each may have a payload of 72 KiB.
const CHUNK: usize = 100;

/// Puts rows into the quarantine, over those of the same id. A tenant whose quarantine is full keeps
/// what is there: the rows are counted by the caller all the same.
pub async fn insert(
    transaction: &impl ConnectionTrait,
    rows: impl IntoIterator<Item = Quarantined>,
) -> Result<()> {
    insert_up_to(transaction, rows, MAX_ROWS).await
}

async fn insert_up_to(
    transaction: &impl ConnectionTrait,
    rows: impl IntoIterator<Item = Quarantined>,
    max: u64,
) -> Result<()> {
    let mut tenants: BTreeMap<String, BTreeMap<Uuid, Model>> = BTreeMap::new();
    for Quarantined(row) in rows {
        tenants.entry(row.tenant_id.clone()).or_default().insert(row.quarantine_id, row);
    }
    for (tenant, rows) in tenants {
        let room = max.saturating_sub(count_up_to(transaction, &tenant, max).await?);
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        if rows.len() > room {
            let lost = rows.len() - room;
            tracing::warn!(%tenant, lost, "the quarantine is full: drop or replay what is in it");
        }
        let rows: Vec<_> = rows.into_values().take(room).collect();
        for chunk in rows.chunks(CHUNK) {
            bulk::upsert::<Entity, _, quarantine::ActiveModel>(transaction, chunk.to_vec()).await?;
        }
    }
    Ok(())
}

async fn count_up_to(db: &impl ConnectionTrait, tenant: &str, most: u64) -> Result<u64> {
    let ids = Entity::in_tenant(tenant).select_only().column(Column::QuarantineId).limit(most);
    Ok(ids.into_tuple::<Uuid>().count(db).await?)
}

/// Forgets what was quarantined before an instant, of all tenants; returns how many rows that were.
pub async fn purge(transaction: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64> {
    let purge = Entity::delete_many().filter(Column::CreatedAt.lt(before));
    Ok(purge.exec(transaction).await?.rows_affected)
}

/// The place of a row among those of its tenant.
pub(super) type Place = (DateTime<Utc>, Uuid);

/// The newest rows first, of one product or of all, those after a place.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    product: Option<&str>,
    after: Option<Place>,
    limit: u64,
) -> Result<Vec<Model>> {
    let older = after.map(|(at, id)| {
        let same = Condition::all().add(Column::CreatedAt.eq(at));
        Condition::any().add(Column::CreatedAt.lt(at)).add(same.add(Column::QuarantineId.lt(id)))
    });
    let rows = Entity::in_tenant(tenant)
        .apply_if(product, |select, product| select.filter(Column::Product.eq(product)))
        .apply_if(older, QueryFilter::filter)
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::QuarantineId)
        .limit(limit);
    Ok(rows.all(db).await?)
}

/// The rows of these ids, as far as the tenant has them.
pub(super) async fn list_of_ids(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: &[Uuid],
) -> Result<Vec<Model>> {
    let rows = Entity::in_tenant(tenant).filter(Column::QuarantineId.is_in(ids.iter().copied()));
    Ok(rows.all(db).await?)
}

/// Takes rows out; returns how many there were.
pub(super) async fn delete(
    transaction: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: &[Uuid],
) -> Result<u64> {
    let delete = Entity::delete_many()
        .filter(Entity::of_tenant(tenant))
        .filter(Column::QuarantineId.is_in(ids.iter().copied()));
    Ok(delete.exec(transaction).await?.rows_affected)
}

/// Takes all rows of a product out; returns how many there were.
pub(super) async fn delete_product(
    transaction: &impl ConnectionTrait,
    tenant: &TenantId,
    product: &str,
) -> Result<u64> {
    let delete =
        Entity::delete_many().filter(Entity::of_tenant(tenant)).filter(Column::Product.eq(product));
    Ok(delete.exec(transaction).await?.rows_affected)
}

/// Writes down why a row stays.
pub(super) async fn set_reason(
    transaction: &impl ConnectionTrait,
    tenant: &TenantId,
    id: Uuid,
    why: &str,
) -> Result<()> {
    let update = Entity::update_many()
        .filter(Entity::of_tenant(tenant))
        .filter(Column::QuarantineId.eq(id))
        .col_expr(Column::Reason, Expr::value(reason(why)));
    update.exec(transaction).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::StoreConfig, db::Db, tracker::buffer::Reject};

    fn rows(batch: u128, count: usize) -> Vec<Quarantined> {
        let reject = |text: String| Reject {
            tenant: TenantId::new("t"),
            product: String::new(),
            reason: "wrong".to_owned(),
            text,
        };
        let row = |index: usize| {
            let reject = reject(index.to_string());
            Quarantined::reject(&reject, Uuid::from_u128(batch), index, DateTime::UNIX_EPOCH)
        };
        (0..count).map(row).collect()
    }

    #[tokio::test]
    async fn a_batch_run_twice_makes_the_same_rows_and_a_full_quarantine_keeps_what_it_has() {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = Some(folder.path().to_owned());
        let db = Db::connect(&StoreConfig { data_dir, ..StoreConfig::default() }).await.unwrap();
        db.migrate().await.unwrap();
        for (batch, count, expected) in [(1, 3, 3), (1, 3, 3), (2, 250, 200), (3, 1, 200)] {
            let transaction = db.write().await.unwrap();
            insert_up_to(&*transaction, rows(batch, count), 200).await.unwrap();
            transaction.commit().await.unwrap();
            assert_eq!(count_up_to(db.pool(), "t", 1_000).await.unwrap(), expected, "{batch}");
        }
        let kept = list(db.pool(), &TenantId::new("t"), None, None, 500).await.unwrap();
        assert_eq!(kept.iter().filter(|row| row.payload == "0").count(), 2);
    }
}
