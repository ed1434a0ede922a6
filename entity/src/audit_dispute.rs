//! `analytics_audit_disputes`: what an agent has said against the result of an audit, and what a reviewer
//! made of it. A result is disputed once.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "analytics_audit_disputes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub audit_id: i64,
    /// Who gave the score that is disputed.
    pub scored_by: String,
    pub raised_by: String,
    pub comment: String,
    pub raised_at: DateTimeUtc,
    /// None while it is open.
    pub ruling: Option<Ruling>,
    pub ruled_by: Option<String>,
    pub ruling_comment: Option<String>,
    pub ruled_at: Option<DateTimeUtc>,
}

/// What a reviewer made of a dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum Ruling {
    #[sea_orm(string_value = "accepted")]
    Accepted,
    #[sea_orm(string_value = "partly_accepted")]
    PartlyAccepted,
    #[sea_orm(string_value = "rejected")]
    Rejected,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
