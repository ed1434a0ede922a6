//! SQL of lists: the answer for tenants without a picture in memory, and what that is held against.

use chrono::{DateTime, Utc};
use entity::{
    InTenant,
    quality_audit::{Column, Entity, Model},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select,
    sea_query::{Expr, ExprTrait as _},
};

use crate::{
    db::bulk,
    error::Result,
    quality::filter::{Filter, Sort},
    tenant::TenantId,
};

pub(in crate::quality) async fn count(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    filter: &Filter,
) -> Result<i64> {
    let count = matching(db, tenant, filter).select_only().expr(Column::Id.count()).into_tuple();
    Ok(count.one(db).await?.unwrap_or(0))
}

/// The audits from the `skip`th on.
pub(in crate::quality) async fn list_page(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    filter: &Filter,
    sort: Sort,
    (skip, len): (u64, u64),
) -> Result<Vec<Model>> {
    let rows = matching(db, tenant, filter);
    let sorted = match sort {
        Sort::Newest => newest_first(rows),
        Sort::Oldest => rows.order_by_asc(Column::AuditedAt).order_by_asc(Column::Id),
        Sort::HighestScore => newest_first(rows.order_by_desc(Column::Score)),
        Sort::LowestScore => newest_first(rows.order_by_asc(Column::Score)),
    };
    Ok(sorted.offset(skip).limit(len).all(db).await?)
}

/// The audits that come after the one audited at `after`, newest first.
pub(in crate::quality) async fn list_after(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    filter: &Filter,
    after: Option<(DateTime<Utc>, i64)>,
    len: u64,
) -> Result<Vec<Model>> {
    let rows = matching(db, tenant, filter).apply_if(after, |rows, (at, id)| {
        // A comparison of rows, which both databases answer from the index in one range.
        let key = Expr::tuple([Expr::col(Column::AuditedAt), Expr::col(Column::Id)]);
        rows.filter(key.lt(Expr::tuple([Expr::value(at), Expr::value(id)])))
    });
    Ok(newest_first(rows).limit(len).all(db).await?)
}

/// The audits with these numbers, in the order of the numbers; those that are not there are left out.
pub(in crate::quality) async fn list_numbered(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    numbers: &[i64],
) -> Result<Vec<Model>> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = bulk::among(db, Column::Id, numbers.iter().copied());
    let mut audits = Entity::in_tenant(tenant).filter(wanted).all(db).await?;
    let place = |audit: &Model| numbers.iter().position(|number| *number == audit.id);
    audits.sort_by_cached_key(place);
    Ok(audits)
}

fn matching(db: &impl ConnectionTrait, tenant: &TenantId, filter: &Filter) -> Select<Entity> {
    let filter = filter.clone();
    Entity::in_tenant(tenant)
        .apply_if(filter.status, |rows, status| rows.filter(Column::Status.eq(status)))
        .apply_if(filter.audit_type, |rows, by| rows.filter(Column::AuditType.eq(by)))
        .apply_if(filter.agent_id, |rows, agent| rows.filter(Column::AgentId.eq(agent)))
        .apply_if(filter.session_id, |rows, session| rows.filter(Column::SessionId.eq(session)))
        .apply_if(filter.min_score, |rows, min| rows.filter(Column::Score.gte(min.value())))
        .apply_if(filter.max_score, |rows, max| rows.filter(Column::Score.lte(max.value())))
        .apply_if(filter.session_type, |rows, of| rows.filter(Column::SessionType.eq(of)))
        .apply_if(filter.customer, |rows, part| rows.filter(is_called(db, &part)))
        .apply_if(filter.from, |rows, from| rows.filter(Column::AuditedAt.gte(from)))
        .apply_if(filter.to, |rows, to| rows.filter(Column::AuditedAt.lt(to)))
}

/// Whether the customer's name has a part in it. Both stores take letters of ASCII in either case, and no
/// others.
fn is_called(db: &impl ConnectionTrait, part: &str) -> Expr {
    let name = match db.get_database_backend() {
        DbBackend::Postgres => "customer_name COLLATE \"C\"",
        _ => "customer_name",
    };
    let mut pattern = "%".to_owned();
    for letter in part.to_ascii_lowercase().chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    let condition = format!("LOWER({name}) LIKE $1 ESCAPE '\\'");
    bulk::condition(db, &condition, &[pattern.into()])
}

fn newest_first(rows: Select<Entity>) -> Select<Entity> {
    rows.order_by_desc(Column::AuditedAt).order_by_desc(Column::Id)
}
