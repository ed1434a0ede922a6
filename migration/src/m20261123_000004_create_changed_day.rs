//! `analytics_changed_days`: days whose figures differ from the daily tables.

use sea_orm_migration::prelude::*;

use crate::dialect::{ID_LEN, table_keyed, text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let key = ["tenant_id", "stat_date", "mark_id"];
        let mut table = table_keyed("analytics_changed_days", &key);
        table
            .col(text("tenant_id", ID_LEN))
            .col(ColumnDef::new("stat_date").date().not_null())
            .col(ColumnDef::new("mark_id").uuid().not_null());
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("analytics_changed_days").to_owned()).await
    }
}
