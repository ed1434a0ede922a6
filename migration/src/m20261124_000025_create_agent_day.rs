//! `analytics_agent_days`: what the reports of agents come to on a day that is over.

use sea_orm_migration::prelude::*;

use crate::dialect::{ID_LEN, instant, table_keyed, text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = table_keyed("analytics_agent_days", &["tenant_id", "stat_date"]);
        table
            .col(text("tenant_id", ID_LEN))
            .col(ColumnDef::new("stat_date").date().not_null())
            .col(text("basis", 100))
            .col(ColumnDef::new("beats").text().not_null())
            .col(instant("created_at"));
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("analytics_agent_days").to_owned()).await
    }
}
