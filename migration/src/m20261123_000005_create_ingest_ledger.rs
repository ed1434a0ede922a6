//! `analytics_ingest_ledger`: what became of the events of each batch.

use sea_orm_migration::prelude::*;

use crate::dialect::{ID_LEN, count, instant, table_keyed, text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let key = ["tenant_id", "batch_id", "product"];
        let mut table = table_keyed("analytics_ingest_ledger", &key);
        table
            .col(text("tenant_id", ID_LEN))
            .col(ColumnDef::new("batch_id").uuid().not_null())
            .col(text("product", 30))
            .col(count("stored"))
            .col(count("duplicate"))
            .col(count("conflict"))
            .col(count("rejected"))
            .col(instant("recorded_at"));
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("analytics_ingest_ledger").to_owned()).await
    }
}
