//! `analytics_sessions`: the state of each conversation, folded from its events.

use sea_orm_migration::prelude::*;

use crate::dialect::{ID_LEN, instant, instant_null, number_null, table_keyed, text, text_null};

/// The instants by which figures select sessions, each with an index of its own.
const INSTANTS: [&str; 5] =
    ["started_at", "queued_at", "assigned_at", "transferred_at", "ended_at"];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = table_keyed("analytics_sessions", &["tenant_id", "session_id"]);
        table
            .col(text("tenant_id", ID_LEN))
            .col(text("session_id", ID_LEN))
            .col(text("product", 30))
            .col(instant("first_event_at"))
            .col(text("first_product", 30))
            .col(instant("last_event_at"))
            .col(instant_null("started_at"))
            .col(text_null("channel", ID_LEN))
            .col(text_null("channel_name", 100))
            .col(text_null("visitor_id", ID_LEN))
            .col(text_null("customer_name", 100))
            .col(instant_null("queued_at"))
            .col(text_null("queue", ID_LEN))
            .col(instant_null("assigned_at"))
            .col(instant_null("agent_assigned_at"))
            .col(text_null("agent_id", ID_LEN))
            .col(instant_null("transferred_at"))
            .col(instant_null("ended_at"))
            .col(text_null("ended_by", 20))
            .col(ColumnDef::new("resolved").boolean().null())
            .col(number_null("duration_ms"))
            .col(number_null("stated_duration_ms"))
            .col(number_null("wait_ms"))
            .col(number_null("abandon_ms"));
        manager.create_table(table).await?;
        for instant in INSTANTS {
            let index = Index::create()
                .name(format!("idx_sessions_{instant}"))
                .table("analytics_sessions")
                .col("tenant_id")
                .col(instant)
                .cond_where(Expr::col(instant).is_not_null())
                .to_owned();
            manager.create_index(index).await?;
        }
        // The live floor: sessions that have not ended, few beside all there ever were.
        let open = Index::create()
            .name("idx_sessions_open")
            .table("analytics_sessions")
            .col("tenant_id")
            .col("last_event_at")
            .cond_where(Expr::col("ended_at").is_null())
            .to_owned();
        manager.create_index(open).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("analytics_sessions").to_owned()).await
    }
}
