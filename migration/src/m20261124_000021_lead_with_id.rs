//! The keys of event ids and sessions begin with the id on PostgreSQL: rows are only ever looked up
//! by both columns, and comparing a tenant that most rows share first costs for every step of every
//! search.

use sea_orm_migration::prelude::*;

use crate::dialect::is_sqlite;

const KEYS: [(&str, &str); 2] =
    [("analytics_event_ids", "event_id"), ("analytics_sessions", "session_id")];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, id) in KEYS {
            rekey(manager, table, [id, "tenant_id"]).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, id) in KEYS {
            rekey(manager, table, ["tenant_id", id]).await?;
        }
        Ok(())
    }
}

async fn rekey(manager: &SchemaManager<'_>, table: &str, key: [&str; 2]) -> Result<(), DbErr> {
    if is_sqlite(manager) {
        return Ok(());
    }
    let key = key.join(", ");
    let sql = format!(
        "ALTER TABLE {table} DROP CONSTRAINT {table}_pkey, \
         ADD CONSTRAINT {table}_pkey PRIMARY KEY ({key})"
    );
    manager.get_connection().execute_unprepared(&sql).await?;
    Ok(())
}
