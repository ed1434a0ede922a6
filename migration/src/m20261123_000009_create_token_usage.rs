//! `analytics_token_usage`: one row a call of a language model, billed once.

use sea_orm_migration::prelude::*;

use crate::dialect::{
    ID_LEN, count, instant, money, number_null, table_with_serial_id, text, text_null,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let key = ["tenant_id", "request_id"];
        let mut table = table_with_serial_id(manager, "analytics_token_usage", &key);
        table
            .col(text("tenant_id", ID_LEN))
            .col(text("request_id", ID_LEN))
            .col(text_null("session_id", ID_LEN))
            .col(count("tokens_used"))
            .col(number_null("input_tokens"))
            .col(number_null("output_tokens"))
            .col(text_null("model", 50))
            .col(text_null("api_type", 30))
            .col(instant("used_at"))
            .col(number_null("estimated_cost_nanos"))
            .col(money("estimated_cost", "estimated_cost_nanos"))
            .col(instant("created_at"));
        manager.create_table(table).await?;
        let by_time = Index::create()
            .name("idx_tokens_time")
            .table("analytics_token_usage")
            .col("tenant_id")
            .col("used_at")
            .to_owned();
        manager.create_index(by_time).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("analytics_token_usage").to_owned()).await
    }
}
