//! `analytics_quality_audits`: one row an audit, with its score as it stands now.

use sea_orm::entity::prelude::*;

/// One audit. `id` counts up for each tenant (`QA-001`); earlier scores are in `audit_revision`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "analytics_quality_audits")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub session_id: String,
    pub agent_id: Option<String>,
    pub customer_name: Option<String>,
    /// The final one: a person's where there is one, else a machine's.
    pub score: i32,
    pub auto_score: Option<i32>,
    pub human_score: Option<i32>,
    pub status: Status,
    pub audit_type: AuditType,
    pub issues: Option<Json>,
    /// The scorecard and its version, and the answers with what each counts; none of a plain score.
    pub scorecard: Option<String>,
    pub scorecard_version: Option<i32>,
    pub answers: Option<Json>,
    pub session_type: Option<String>,
    pub audited_at: DateTimeUtc,
    pub reviewed_by: Option<String>,
    pub reviewed_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    /// The number of its last revision.
    pub version: i32,
    /// Who works on it, until then.
    pub claimed_by: Option<String>,
    pub claimed_until: Option<DateTimeUtc>,
    /// The number of the tenant's change that wrote it last: changes count up in the order in which they
    /// are committed.
    pub change: i64,
}

/// Where an audit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum Status {
    #[sea_orm(string_value = "passed")]
    Passed,
    #[sea_orm(string_value = "failed")]
    Failed,
    #[sea_orm(string_value = "pending_review")]
    PendingReview,
}

/// Who gave the first score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum AuditType {
    /// A machine.
    #[sea_orm(string_value = "auto")]
    Auto,
    /// A person.
    #[sea_orm(string_value = "manual")]
    Manual,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
