//! SQL of calls.

use std::collections::{HashMap, HashSet};

use entity::{InTenant, token_usage};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder as _, QuerySelect,
    QueryTrait as _,
    sea_query::{ExprTrait as _, OnConflict, Query},
};

use crate::{
    db::bulk::whole,
    error::Result,
    tenant::{TenantId, TimeRange},
};

/// What a call is known by within its tenant: the provider, and its id there.
pub(super) type Key = (String, String);

pub(super) fn key(row: &token_usage::Model) -> Key {
    (row.provider.clone(), row.request_id.clone())
}

/// Stores the rows whose key is new, and returns the calls they are of. Of equal keys the first is
/// stored; of two transactions at once the second waits.
pub(super) async fn insert_rows(
    transaction: &impl ConnectionTrait,
    rows: &[token_usage::Model],
) -> Result<HashSet<Key>> {
    use token_usage::Column::{Provider, RequestId};
    let rows = rows.iter().cloned().map(whole::<_, token_usage::ActiveModel>);
    let insert = token_usage::Entity::insert_many(rows)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .into_query()
        .returning(Query::returning().columns([Provider, RequestId]))
        .to_owned();
    let inserted = transaction.query_all(&insert).await?;
    let keys = inserted.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)));
    keys.collect()
}

/// The calls with these ids, of any provider, as they were recorded.
pub(super) async fn list_calls(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: impl Iterator<Item = &str>,
) -> Result<HashMap<Key, token_usage::Model>> {
    let calls = token_usage::Entity::in_tenant(tenant)
        .filter(token_usage::Column::RequestId.is_in(ids))
        .filter(token_usage::Column::Revision.eq(0))
        .all(db)
        .await?;
    Ok(calls.into_iter().map(|call| (key(&call), call)).collect())
}

/// The rows of one call, in their order.
pub(super) async fn list_rows(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    provider: &str,
    request_id: &str,
) -> Result<Vec<token_usage::Model>> {
    let rows = token_usage::Entity::in_tenant(tenant)
        .filter(token_usage::Column::RequestId.eq(request_id))
        .filter(token_usage::Column::Provider.eq(provider))
        .order_by_asc(token_usage::Column::Revision);
    Ok(rows.all(db).await?)
}

/// The calls of a stretch of time as they were recorded, in the order of use, after `after`.
pub(super) async fn list_calls_after(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    range: TimeRange,
    after: Option<&token_usage::Model>,
    len: u64,
) -> Result<Vec<token_usage::Model>> {
    use token_usage::Column::{Provider, RequestId, Revision, UsedAt};
    // The start bounds the search of the index; what is left out of its first instant is little.
    let start = after.map_or(range.start, |call| call.used_at);
    let follows = |call: &token_usage::Model| {
        let same_id = RequestId.eq(&*call.request_id).and(Provider.gt(&*call.provider));
        let later_id = RequestId.gt(&*call.request_id).or(same_id);
        UsedAt.gt(call.used_at).or(later_id)
    };
    let calls = token_usage::Entity::in_tenant(tenant)
        .filter(UsedAt.gte(start))
        .filter(UsedAt.lt(range.end))
        .filter(Revision.eq(0))
        .apply_if(after, |calls, call| calls.filter(follows(call)))
        .order_by_asc(UsedAt)
        .order_by_asc(RequestId)
        .order_by_asc(Provider)
        .limit(len);
    Ok(calls.all(db).await?)
}

/// The corrections of calls with these ids, by call, each in their order.
pub(super) async fn list_corrections(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: impl Iterator<Item = &str>,
) -> Result<HashMap<Key, Vec<token_usage::Model>>> {
    let rows = token_usage::Entity::in_tenant(tenant)
        .filter(token_usage::Column::RequestId.is_in(ids))
        .filter(token_usage::Column::Revision.gt(0))
        .order_by_asc(token_usage::Column::Revision)
        .all(db)
        .await?;
    let mut by_call: HashMap<Key, Vec<_>> = HashMap::new();
    for row in rows {
        by_call.entry(key(&row)).or_default().push(row);
    }
    Ok(by_call)
}
