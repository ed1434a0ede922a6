//! SQL of what a picture of a tenant's audits is made of.

use chrono::{DateTime, Utc};
use entity::{
    InTenant,
    quality_audit::{AuditType, Column, Entity, Status},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, QueryFilter, QueryOrder, QueryResult, QuerySelect,
    QueryTrait as _, Select, sea_query::SelectStatement,
};

use crate::{error::Result, tenant::TenantId};

/// What lists filter, sort and count an audit by, as its last change has left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::quality) struct Change {
    pub(in crate::quality) id: i64,
    pub(in crate::quality) audited_at: DateTime<Utc>,
    pub(in crate::quality) score: i32,
    pub(in crate::quality) auto_score: Option<i32>,
    pub(in crate::quality) human_score: Option<i32>,
    pub(in crate::quality) status: Status,
    pub(in crate::quality) audit_type: AuditType,
    pub(in crate::quality) agent_id: Option<String>,
    pub(in crate::quality) session_type: Option<String>,
    pub(in crate::quality) customer_name: Option<String>,
    pub(in crate::quality) claimed_until: Option<DateTime<Utc>>,
    /// The number of that change.
    pub(in crate::quality) number: i64,
}

/// What [`Change::read`] reads, in this order.
const COLUMNS: [Column; 12] = [
    Column::Id,
    Column::AuditedAt,
    Column::Score,
    Column::AutoScore,
    Column::HumanScore,
    Column::Status,
    Column::AuditType,
    Column::AgentId,
    Column::SessionType,
    Column::CustomerName,
    Column::ClaimedUntil,
    Column::Change,
];

impl Change {
    /// By place: a million names of columns would be looked up twelve times.
    fn read(row: &QueryResult) -> Result<Self, DbErr> {
        Ok(Self {
            id: row.try_get_by_index(0)?,
            audited_at: row.try_get_by_index(1)?,
            score: row.try_get_by_index(2)?,
            auto_score: row.try_get_by_index(3)?,
            human_score: row.try_get_by_index(4)?,
            status: row.try_get_by_index(5)?,
            audit_type: row.try_get_by_index(6)?,
            agent_id: row.try_get_by_index(7)?,
            session_type: row.try_get_by_index(8)?,
            customer_name: row.try_get_by_index(9)?,
            claimed_until: row.try_get_by_index(10)?,
            number: row.try_get_by_index(11)?,
        })
    }
}

/// The first `len` audits that have changed since the change `known`, in the order of their changes.
pub(in crate::quality) async fn list_changes(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    known: i64,
    len: u64,
) -> Result<Vec<Change>> {
    read(db, changes_since(tenant, known, len)).await
}

pub(in crate::quality) fn changes_since(
    tenant: &TenantId,
    known: i64,
    len: u64,
) -> SelectStatement {
    let changed = Entity::in_tenant(tenant).filter(Column::Change.gt(known));
    of_change(changed.order_by_asc(Column::Change).limit(len))
}

/// The first `len` audits after a number, in the order of their numbers.
pub(in crate::quality) async fn list_from(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    after: i64,
    len: u64,
) -> Result<Vec<Change>> {
    let rows = Entity::in_tenant(tenant).filter(Column::Id.gt(after));
    read(db, of_change(rows.order_by_asc(Column::Id).limit(len))).await
}

fn of_change(rows: Select<Entity>) -> SelectStatement {
    rows.select_only().columns(COLUMNS).into_query()
}

async fn read(db: &impl ConnectionTrait, rows: SelectStatement) -> Result<Vec<Change>> {
    let rows = db.query_all(&rows).await?;
    Ok(rows.iter().map(Change::read).collect::<Result<_, _>>()?)
}
