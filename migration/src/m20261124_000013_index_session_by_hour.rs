//! Sessions are found by the hour of their last event, so that most events change no index.
//!
//! PostgreSQL rewrites every index entry of a row whose indexed columns change; with room in each
//! page an update of the others stays within its page.

use sea_orm_migration::prelude::*;

use crate::dialect::is_sqlite;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let hour = Table::alter()
            .table("analytics_sessions")
            .add_column(ColumnDef::new("last_event_hour").integer().not_null().default(0))
            .to_owned();
        manager.alter_table(hour).await?;
        let hours = if is_sqlite(manager) {
            "CAST(strftime('%s', last_event_at) AS INTEGER) / 3600"
        } else {
            "FLOOR(EXTRACT(EPOCH FROM last_event_at) / 3600)"
        };
        let fill = format!("UPDATE analytics_sessions SET last_event_hour = {hours}");
        connection.execute_unprepared(&fill).await?;
        connection.execute_unprepared("DROP INDEX idx_sessions_open").await?;
        if !is_sqlite(manager) {
            let keys = "ALTER TABLE analytics_sessions \
                 ALTER COLUMN tenant_id TYPE varchar(64) COLLATE \"C\", \
                 ALTER COLUMN session_id TYPE varchar(64) COLLATE \"C\", \
                 SET (fillfactor = 60)";
            connection.execute_unprepared(keys).await?;
        }
        manager.create_index(open_index("last_event_hour")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name("idx_sessions_open").to_owned()).await?;
        let hour =
            Table::alter().table("analytics_sessions").drop_column("last_event_hour").to_owned();
        manager.alter_table(hour).await?;
        manager.create_index(open_index("last_event_at")).await
    }
}

/// The live floor: sessions that have not ended, few beside all there ever were.
fn open_index(column: &'static str) -> IndexCreateStatement {
    Index::create()
        .name("idx_sessions_open")
        .table("analytics_sessions")
        .col("tenant_id")
        .col(column)
        .cond_where(Expr::col("ended_at").is_null())
        .to_owned()
}
