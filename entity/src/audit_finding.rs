//! `analytics_audit_findings`: what audits have found, by code; rows are only added.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "analytics_audit_findings")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub audit_id: i64,
    /// From 0, in the order in which they were given.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    pub code: String,
    pub severity: Severity,
    /// The event that it is about.
    pub event_id: Option<String>,
    /// That of the audit.
    pub audited_at: DateTimeUtc,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum Severity {
    #[sea_orm(string_value = "minor")]
    Minor,
    #[sea_orm(string_value = "major")]
    Major,
    #[sea_orm(string_value = "critical")]
    Critical,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
