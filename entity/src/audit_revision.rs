//! `analytics_audit_revisions`: everything that became of an audit; rows are only added.

use sea_orm::entity::prelude::*;

use crate::quality_audit::Status;

/// One step of one audit: revision 1 is the audit as created.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "analytics_audit_revisions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub audit_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub revision: i32,
    pub kind: Kind,
    /// As it was before; none of the first.
    pub score_before: Option<i32>,
    pub status_before: Option<Status>,
    /// As it is since.
    pub score: i32,
    pub status: Status,
    /// Subject of the caller whose step it was.
    pub scored_by: String,
    pub comment: Option<String>,
    pub created_at: DateTimeUtc,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum Kind {
    #[sea_orm(string_value = "created")]
    Created,
    #[sea_orm(string_value = "reviewed")]
    Reviewed,
    /// The agent has disputed the result, which stands.
    #[sea_orm(string_value = "disputed")]
    Disputed,
    /// A reviewer has ruled on the dispute.
    #[sea_orm(string_value = "ruled")]
    Ruled,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
