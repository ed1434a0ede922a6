//! `analytics_agents`: the state of each person who answers.

use sea_orm_migration::prelude::*;

use crate::dialect::{ID_LEN, instant, instant_null, table_keyed, text, text_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = table_keyed("analytics_agents", &["tenant_id", "agent_id"]);
        table
            .col(text("tenant_id", ID_LEN))
            .col(text("agent_id", ID_LEN))
            .col(text_null("name", 100))
            .col(instant_null("name_at"))
            .col(ColumnDef::new("capacity").integer().null())
            .col(instant_null("capacity_at"))
            .col(text_null("status", 20))
            .col(instant_null("status_at"))
            .col(instant_null("status_since"))
            .col(ColumnDef::new("by_hand").boolean().not_null())
            .col(instant("last_seen_at"));
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("analytics_agents").to_owned()).await
    }
}
