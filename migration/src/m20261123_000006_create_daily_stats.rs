//! `analytics_daily_stats`: one row a day and product.

use sea_orm_migration::prelude::*;

use crate::dialect::{ID_LEN, count, instant, mean, table_with_serial_id, text};

const MEASURES: [&str; 23] = [
    "total_sessions",
    "completed_sessions",
    "ai_resolved",
    "transferred",
    "answered",
    "abandoned",
    "resolved",
    "duration_ms_sum",
    "duration_count",
    "wait_ms_sum",
    "wait_count",
    "queued",
    "answered_in_time",
    "abandoned_in_time",
    "total_messages",
    "ai_response_ms_sum",
    "ai_response_count",
    "agent_response_ms_sum",
    "agent_response_count",
    "rating_count",
    "rating_sum",
    "rating_5_count",
    "rating_4_count",
];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let key = ["tenant_id", "stat_date", "product"];
        let mut table = table_with_serial_id(manager, "analytics_daily_stats", &key);
        table
            .col(text("tenant_id", ID_LEN))
            .col(ColumnDef::new("stat_date").date().not_null())
            .col(text("product", 30))
            .col(text("basis", 100));
        for measure in MEASURES {
            table.col(count(measure));
        }
        let response_sum = "(ai_response_ms_sum + agent_response_ms_sum)";
        let response_count = "(ai_response_count + agent_response_count)";
        table
            .col(mean("avg_session_duration", "duration_ms_sum", "duration_count", 1_000))
            .col(mean("avg_response_time", response_sum, response_count, 1_000))
            .col(mean("avg_rating", "rating_sum", "rating_count", 1))
            .col(instant("created_at"));
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("analytics_daily_stats").to_owned()).await
    }
}
