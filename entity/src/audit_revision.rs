//! `analytics_audit_revisions`: every score an audit ever had; rows are only added.

use sea_orm::entity::prelude::*;

use crate::quality_audit::Status;

/// One score of one audit: revision 1 is the audit as created, 2 its review.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "analytics_audit_revisions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub audit_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub revision: i32,
    pub score: i32,
    pub status: Status,
    /// Subject of the caller who set the score.
    pub scored_by: String,
    pub comment: Option<String>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
