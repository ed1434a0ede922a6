//! `analytics_archived_days`: what raw events that were removed gave to the figures of their days.

use sea_orm_migration::prelude::*;

use crate::dialect::{ID_LEN, count, table_keyed, text};

/// The measures of events, as in `analytics_daily_stats`.
const MEASURES: [&str; 9] = [
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
        let mut table = table_keyed("analytics_archived_days", &key);
        table
            .col(text("tenant_id", ID_LEN))
            .col(ColumnDef::new("stat_date").date().not_null())
            .col(text("product", 30));
        for measure in MEASURES {
            table.col(count(measure));
        }
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("analytics_archived_days").to_owned()).await
    }
}
