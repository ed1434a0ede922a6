//! `analytics_quarantine`: what arrived but could not be stored, with the reason.

use sea_orm_migration::prelude::*;

use crate::dialect::{ID_LEN, instant, table_keyed, text, text_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = table_keyed("analytics_quarantine", &["tenant_id", "quarantine_id"]);
        table
            .col(text("tenant_id", ID_LEN))
            .col(ColumnDef::new("quarantine_id").uuid().not_null())
            .col(text("product", 30))
            .col(text_null("event_id", ID_LEN))
            .col(ColumnDef::new("payload").text().not_null())
            .col(ColumnDef::new("payload_cut").boolean().not_null())
            .col(ColumnDef::new("reason").text().not_null())
            .col(text("origin", 20))
            .col(instant("received_at"))
            .col(instant("created_at"));
        manager.create_table(table).await?;
        let by_time = Index::create()
            .name("idx_quarantine_time")
            .table("analytics_quarantine")
            .col("tenant_id")
            .col("created_at")
            .col("quarantine_id")
            .to_owned();
        manager.create_index(by_time).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("analytics_quarantine").to_owned()).await
    }
}
