//! `analytics_stat_cells`: the measures by hour and every dimension, and `analytics_archived_cells`: what
//! raw events that were removed gave to them. Marks say which hours of a day have changed.
//!
//! Every day that has rows is marked, so that the next roll-up makes its cells.

use sea_orm_migration::prelude::*;

use crate::dialect::{ID_LEN, count, instant, is_sqlite, table_keyed, text};

/// The measures of events, then those of sessions, as in `analytics_daily_stats`.
pub(crate) const OF_EVENTS: [&str; 9] = [
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
pub(crate) const OF_SESSIONS: [&str; 14] = [
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
];
const KEY: [&str; 8] =
    ["tenant_id", "stat_date", "hour_at", "product", "channel", "agent_id", "queue", "model"];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let hours = Table::alter()
            .table("analytics_changed_days")
            .add_column(ColumnDef::new("hours").integer().not_null().default(-1))
            .to_owned();
        manager.alter_table(hours).await?;
        let mut cells = keyed("analytics_stat_cells");
        cells.col(text("basis", 100));
        for measure in OF_SESSIONS.iter().chain(&OF_EVENTS) {
            cells.col(count(measure));
        }
        manager.create_table(cells).await?;
        let mut archive = keyed("analytics_archived_cells");
        for measure in OF_EVENTS {
            archive.col(count(measure));
        }
        manager.create_table(archive).await?;
        let (noon, mark) = if is_sqlite(manager) {
            ("stat_date || 'T12:00:00+00:00'", "x'00000000000000000000000000000000'")
        } else {
            (
                "(stat_date + time '12:00') AT TIME ZONE 'UTC'",
                "uuid '00000000-0000-0000-0000-000000000000'",
            )
        };
        let measures = OF_EVENTS.join(", ");
        for sql in [
            format!(
                "INSERT INTO analytics_archived_cells (tenant_id, stat_date, hour_at, product, \
                 channel, agent_id, queue, model, {measures}) SELECT tenant_id, stat_date, {noon}, \
                 product, '', '', '', '', {measures} FROM analytics_archived_days"
            ),
            format!(
                "INSERT INTO analytics_changed_days (tenant_id, stat_date, mark_id, hours) \
                 SELECT DISTINCT tenant_id, stat_date, {mark}, -1 FROM analytics_daily_stats \
                 WHERE 1 = 1 ON CONFLICT DO NOTHING"
            ),
        ] {
            connection.execute_unprepared(&sql).await?;
        }
        manager.drop_table(Table::drop().table("analytics_archived_days").to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        crate::m20261124_000014_create_archived_day::Migration.up(manager).await?;
        let sums = OF_EVENTS.map(|measure| format!("SUM({measure})")).join(", ");
        let sql = format!(
            "INSERT INTO analytics_archived_days (tenant_id, stat_date, product, {}) \
             SELECT tenant_id, stat_date, product, {sums} FROM analytics_archived_cells \
             GROUP BY tenant_id, stat_date, product",
            OF_EVENTS.join(", ")
        );
        connection.execute_unprepared(&sql).await?;
        for table in ["analytics_archived_cells", "analytics_stat_cells"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        let hours = Table::alter().table("analytics_changed_days").drop_column("hours").to_owned();
        manager.alter_table(hours).await
    }
}

/// A table by hour and dimensions; empty text stands for a dimension that rows do not have.
pub(crate) fn keyed(table: &'static str) -> TableCreateStatement {
    let mut table = table_keyed(table, &KEY);
    table
        .col(text("tenant_id", ID_LEN))
        .col(ColumnDef::new("stat_date").date().not_null())
        .col(instant("hour_at"))
        .col(text("product", 30));
    for dimension in ["channel", "agent_id", "queue", "model"] {
        table.col(text(dimension, ID_LEN));
    }
    table
}
