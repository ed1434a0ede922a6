//! The tables of Deskpulse: columns, types and the finders that start from a tenant; no GraphQL.
//!
//! Every query starts from [`in_tenant`](InTenant::in_tenant), so that forgetting the tenant does
//! not compile into a leak. The seed's five tables are `event`, `daily_stats`, `quality_audit`,
//! `token_usage` and `billing_daily`; the others are explained in `docs/adr/0003-helper-tables.md`
//! and those that it names.

pub mod agent;
pub mod agent_day;
pub mod archived_proof;
pub mod audit_dispute;
pub mod audit_finding;
pub mod audit_revision;
pub mod billing_daily;
pub mod billing_model;
pub mod changed_day;
pub mod daily_stats;
pub mod event;
pub mod event_id;
pub mod ingest_ledger;
pub mod quality_audit;
pub mod quarantine;
pub mod quarter_proof;
pub mod quota_crossing;
pub mod quota_period;
pub mod restatement;
pub mod sealed_day;
pub mod session;
pub mod token_reservation;
pub mod token_usage;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select, sea_query::SimpleExpr};

/// An entity whose rows belong to tenants.
pub trait InTenant: EntityTrait {
    /// The column that names the tenant.
    const TENANT: Self::Column;

    /// Starts a query from the rows of `tenant` alone.
    #[expect(clippy::disallowed_methods, reason = "the one place that adds the tenant")]
    fn in_tenant(tenant: &str) -> Select<Self> {
        Self::find().filter(Self::of_tenant(tenant))
    }

    /// The condition that holds a statement other than a select to `tenant`.
    fn of_tenant(tenant: &str) -> SimpleExpr {
        Self::TENANT.eq(tenant)
    }
}

/// Names the tenant column of each entity.
macro_rules! in_tenant {
    ($($module:ident),+) => {
        $(impl InTenant for $module::Entity {
            const TENANT: $module::Column = $module::Column::TenantId;
        })+
    };
}

in_tenant!(
    agent,
    agent_day,
    archived_proof,
    audit_dispute,
    audit_finding,
    audit_revision,
    billing_daily,
    billing_model,
    changed_day,
    daily_stats,
    event,
    event_id,
    ingest_ledger,
    quality_audit,
    quarantine,
    quarter_proof,
    quota_crossing,
    quota_period,
    restatement,
    sealed_day,
    session,
    token_reservation,
    token_usage
);
