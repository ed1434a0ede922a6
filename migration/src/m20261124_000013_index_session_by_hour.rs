//! Sessions are found by the hour of their last event, so that most events change no index.
//!
//! PostgreSQL rewrites every index entry of a row whose indexed columns change; with room in each
//! page an update of the others stays within its page.

use sea_orm_migration::prelude::*;

use crate::dialect::is_sqlite;

/// Room in each page, keys compared byte by byte, and the times between two instants of a session
/// kept by the database, which merges sessions there.
const POSTGRES: &str = "\
    ALTER TABLE analytics_sessions \
    ALTER COLUMN tenant_id TYPE varchar(64) COLLATE \"C\", \
    ALTER COLUMN session_id TYPE varchar(64) COLLATE \"C\", \
    DROP COLUMN duration_ms, DROP COLUMN wait_ms, DROP COLUMN abandon_ms, \
    ADD COLUMN duration_ms bigint GENERATED ALWAYS AS ( \
        CASE WHEN ended_at IS NULL THEN NULL \
        WHEN stated_duration_ms IS NOT NULL THEN stated_duration_ms \
        WHEN started_at IS NULL THEN NULL \
        ELSE GREATEST(0, TRUNC(EXTRACT(EPOCH FROM ended_at - started_at) * 1000)::bigint) END \
    ) STORED, \
    ADD COLUMN wait_ms bigint GENERATED ALWAYS AS ( \
        CASE WHEN queued_at IS NULL OR assigned_at IS NULL THEN NULL \
        ELSE GREATEST(0, TRUNC(EXTRACT(EPOCH FROM assigned_at - queued_at) * 1000)::bigint) END \
    ) STORED, \
    ADD COLUMN abandon_ms bigint GENERATED ALWAYS AS ( \
        CASE WHEN queued_at IS NULL OR ended_at IS NULL OR assigned_at IS NOT NULL THEN NULL \
        ELSE GREATEST(0, TRUNC(EXTRACT(EPOCH FROM ended_at - queued_at) * 1000)::bigint) END \
    ) STORED, \
    SET (fillfactor = 60)";

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
            connection.execute_unprepared(POSTGRES).await?;
        }
        manager.create_index(open_index("last_event_hour")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name("idx_sessions_open").to_owned()).await?;
        let hour =
            Table::alter().table("analytics_sessions").drop_column("last_event_hour").to_owned();
        manager.alter_table(hour).await?;
        if !is_sqlite(manager) {
            let plain = "ALTER TABLE analytics_sessions \
                 ALTER COLUMN duration_ms DROP EXPRESSION, \
                 ALTER COLUMN wait_ms DROP EXPRESSION, \
                 ALTER COLUMN abandon_ms DROP EXPRESSION, RESET (fillfactor)";
            manager.get_connection().execute_unprepared(plain).await?;
        }
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
