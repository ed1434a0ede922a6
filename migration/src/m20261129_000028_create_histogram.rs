//! `analytics_stat_histograms`: how values are spread, by hour and every dimension, and
//! `analytics_archived_histograms`: the part of it that raw events which were removed gave. The daily
//! row has the same of its day.
//!
//! Every day that has rows is marked, so that the next roll-up makes its histograms: those of sessions
//! always, those of events as far as these are still there.

use sea_orm_migration::prelude::*;

use crate::dialect::{ID_LEN, count, instant, is_sqlite, table_keyed, text};

pub(crate) const OF_EVENTS: [&str; 1] = ["response_histogram"];
pub(crate) const OF_SESSIONS: [&str; 3] =
    ["wait_histogram", "handle_histogram", "duration_histogram"];
const DIMENSIONS: [&str; 5] = ["product", "channel", "agent_id", "queue", "model"];
/// Tables of sums that count the values of a histogram.
const COUNTED: [&str; 2] = ["analytics_daily_stats", "analytics_stat_cells"];
pub(crate) const COUNT: &str = "handle_count";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(kept()).await?;
        let mut archive = keyed("analytics_archived_histograms", &["tenant_id", "hour_at"]);
        for column in OF_EVENTS {
            archive.col(bytes(column));
        }
        manager.create_table(archive).await?;
        for column in OF_EVENTS.iter().chain(&OF_SESSIONS) {
            add(manager, "analytics_daily_stats", bytes(column)).await?;
        }
        for table in COUNTED {
            add(manager, table, count(COUNT)).await?;
        }
        mark_all(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in COUNTED {
            remove(manager, table, COUNT).await?;
        }
        for column in OF_EVENTS.iter().chain(&OF_SESSIONS) {
            remove(manager, "analytics_daily_stats", column).await?;
        }
        for table in ["analytics_archived_histograms", "analytics_stat_histograms"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

pub(crate) fn kept() -> TableCreateStatement {
    let mut histograms = keyed("analytics_stat_histograms", &["tenant_id", "stat_date", "hour_at"]);
    histograms.col(ColumnDef::new("stat_date").date().not_null()).col(text("basis", 100));
    for column in OF_EVENTS.iter().chain(&OF_SESSIONS) {
        histograms.col(bytes(column));
    }
    histograms
}

/// A table by hour and dimensions; empty text stands for a dimension that rows do not have.
fn keyed(table: &'static str, key: &[&'static str]) -> TableCreateStatement {
    let mut table = table_keyed(table, &[key, &DIMENSIONS].concat());
    table.col(text("tenant_id", ID_LEN)).col(instant("hour_at")).col(text("product", 30));
    for dimension in &DIMENSIONS[1..] {
        table.col(text(dimension, ID_LEN));
    }
    table
}

pub(crate) fn bytes(column: &'static str) -> ColumnDef {
    ColumnDef::new(column).binary().null().take()
}

/// One column a statement, as SQLite needs it.
async fn add(
    manager: &SchemaManager<'_>,
    table: &'static str,
    column: ColumnDef,
) -> Result<(), DbErr> {
    manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await
}

async fn remove(
    manager: &SchemaManager<'_>,
    table: &'static str,
    column: &'static str,
) -> Result<(), DbErr> {
    manager.alter_table(Table::alter().table(table).drop_column(column).to_owned()).await
}

async fn mark_all(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mark = if is_sqlite(manager) {
        "x'00000000000000000000000000000002'"
    } else {
        "uuid '00000000-0000-0000-0000-000000000002'"
    };
    let sql = format!(
        "INSERT INTO analytics_changed_days (tenant_id, stat_date, mark_id, hours) \
         SELECT DISTINCT tenant_id, stat_date, {mark}, -1 FROM analytics_daily_stats \
         WHERE 1 = 1 ON CONFLICT DO NOTHING"
    );
    manager.get_connection().execute_unprepared(&sql).await?;
    Ok(())
}
