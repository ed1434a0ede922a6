//! `analytics_events`: what happened, once for each event id.

use sea_orm_migration::prelude::*;

use crate::dialect::{ID_LEN, instant, number_null, table_with_serial_id, text, text_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table =
            table_with_serial_id(manager, "analytics_events", &["tenant_id", "event_id"]);
        table
            .col(text("tenant_id", ID_LEN))
            .col(text("event_id", ID_LEN))
            .col(text("event_name", 50))
            .col(ColumnDef::new("event_data").json_binary().not_null())
            .col(text_null("session_id", ID_LEN))
            .col(text("product", 30))
            .col(instant("occurred_at"))
            .col(instant("received_at"))
            .col(instant("created_at"))
            .col(ColumnDef::new("body_digest").var_binary(16).not_null())
            .col(number_null("response_ms"))
            .col(ColumnDef::new("rating").small_integer().null())
            .col(text_null("agent_id", ID_LEN))
            .col(text_null("channel", ID_LEN))
            .col(text_null("visitor_id", ID_LEN));
        manager.create_table(table).await?;
        let by_time = Index::create()
            .name("idx_events_time")
            .table("analytics_events")
            .col("tenant_id")
            .col("occurred_at")
            .col("event_id")
            .to_owned();
        manager.create_index(by_time).await?;
        let by_session = Index::create()
            .name("idx_events_session")
            .table("analytics_events")
            .col("tenant_id")
            .col("session_id")
            .cond_where(Expr::col("session_id").is_not_null())
            .to_owned();
        manager.create_index(by_session).await?;
        // Finds when an agent's present status began; small, because only statuses are in it.
        let by_agent = Index::create()
            .name("idx_events_agent_status")
            .table("analytics_events")
            .col("tenant_id")
            .col("agent_id")
            .col("occurred_at")
            .cond_where(Expr::cust("event_name = 'agent.status'"))
            .to_owned();
        manager.create_index(by_agent).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("analytics_events").to_owned()).await
    }
}
