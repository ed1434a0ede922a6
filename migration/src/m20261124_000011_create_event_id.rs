//! `analytics_event_ids`: which ids are taken, whatever the day of their events.

use sea_orm_migration::prelude::*;

use crate::dialect::{ID_LEN, bytewise, instant, is_sqlite, table_keyed, text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = table_keyed("analytics_event_ids", &["tenant_id", "event_id"]);
        table
            .col(bytewise(manager, text("tenant_id", ID_LEN)))
            .col(bytewise(manager, text("event_id", ID_LEN)))
            .col(ColumnDef::new("body_digest").uuid().not_null())
            .col(instant("occurred_at"))
            .col(instant("stored_at"));
        manager.create_table(table).await?;
        let digest =
            if is_sqlite(manager) { "body_digest" } else { "encode(body_digest, 'hex')::uuid" };
        let known = format!(
            "INSERT INTO analytics_event_ids \
             (tenant_id, event_id, body_digest, occurred_at, stored_at) \
             SELECT tenant_id, event_id, {digest}, occurred_at, created_at FROM analytics_events"
        );
        manager.get_connection().execute_unprepared(&known).await?;
        if is_sqlite(manager) {
            return Ok(());
        }
        // Rows lie in the order of their arrival; old ones are found without an index of their own.
        let by_time = "CREATE INDEX idx_event_ids_stored ON analytics_event_ids \
             USING brin (stored_at) WITH (autosummarize = on)";
        manager.get_connection().execute_unprepared(by_time).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("analytics_event_ids").to_owned()).await
    }
}
