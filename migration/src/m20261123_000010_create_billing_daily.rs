//! `analytics_billing_daily`: one row a day of token usage.

use sea_orm_migration::prelude::*;

use crate::dialect::{ID_LEN, count, instant, money, table_with_serial_id, text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let key = ["tenant_id", "stat_date"];
        let mut table = table_with_serial_id(manager, "analytics_billing_daily", &key);
        table
            .col(text("tenant_id", ID_LEN))
            .col(ColumnDef::new("stat_date").date().not_null())
            .col(text("basis", 100))
            .col(count("total_tokens"))
            .col(count("total_api_calls"))
            .col(count("estimated_cost_nanos"))
            .col(count("unpriced_calls"))
            .col(money("estimated_cost", "estimated_cost_nanos"))
            .col(instant("created_at"));
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("analytics_billing_daily").to_owned()).await
    }
}
