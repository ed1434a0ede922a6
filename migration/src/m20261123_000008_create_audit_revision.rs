//! `analytics_audit_revisions`: every score an audit ever had.

use sea_orm_migration::prelude::*;

use crate::dialect::{ID_LEN, instant, table_keyed, text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let key = ["tenant_id", "audit_id", "revision"];
        let mut table = table_keyed("analytics_audit_revisions", &key);
        table
            .col(text("tenant_id", ID_LEN))
            .col(ColumnDef::new("audit_id").big_integer().not_null())
            .col(ColumnDef::new("revision").integer().not_null())
            .col(ColumnDef::new("score").integer().not_null())
            .col(text("status", 20))
            .col(text("scored_by", ID_LEN))
            .col(ColumnDef::new("comment").text().null())
            .col(instant("created_at"));
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("analytics_audit_revisions").to_owned()).await
    }
}
