//! What the roll-up keeps is cut finer: marks say which quarters of an hour have changed, proofs are by
//! quarter, and cells, with their histograms, of quarters, hours and days.
//!
//! All of it is made of rows and of what is archived, so it is made anew: every day is marked.

use sea_orm_migration::prelude::*;

use crate::{
    dialect::{ID_LEN, count, instant, is_sqlite, table_keyed, text},
    m20261128_000026_create_stat_cell as cells, m20261129_000028_create_histogram as histograms,
};

const KEY: [&str; 9] = [
    "tenant_id",
    "stat_date",
    "level",
    "slot_at",
    "product",
    "channel",
    "agent_id",
    "queue",
    "model",
];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let all = "ff".repeat(16);
        let (literal, kind) = if is_sqlite(manager) {
            (format!("x'{all}'"), "blob")
        } else {
            (format!("'\\x{all}'"), "bytea")
        };
        for sql in [
            format!(
                "ALTER TABLE analytics_changed_days ADD COLUMN quarters {kind} NOT NULL DEFAULT {literal}"
            ),
            "ALTER TABLE analytics_changed_days DROP COLUMN hours".to_owned(),
            "ALTER TABLE analytics_hour_proofs RENAME TO analytics_quarter_proofs".to_owned(),
            "ALTER TABLE analytics_quarter_proofs RENAME COLUMN hour_at TO quarter_at".to_owned(),
        ] {
            manager.get_connection().execute_unprepared(&sql).await?;
        }
        drop_cells(manager).await?;
        let mut kept = keyed("analytics_stat_cells");
        for measure in cells::OF_SESSIONS.iter().chain(&cells::OF_EVENTS) {
            kept.col(count(measure));
        }
        create(manager, "analytics_stat_cells", kept.col(count(histograms::COUNT))).await?;
        let mut spread = keyed("analytics_stat_histograms");
        for column in histograms::OF_EVENTS.iter().chain(&histograms::OF_SESSIONS) {
            spread.col(histograms::bytes(column));
        }
        create(manager, "analytics_stat_histograms", &spread).await?;
        mark_all(manager, 3, "quarters", &literal).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_cells(manager).await?;
        let mut kept = cells::keyed("analytics_stat_cells");
        kept.col(text("basis", 100));
        for measure in cells::OF_SESSIONS.iter().chain(&cells::OF_EVENTS) {
            kept.col(count(measure));
        }
        manager.create_table(kept.col(count(histograms::COUNT)).to_owned()).await?;
        manager.create_table(histograms::kept()).await?;
        for sql in [
            "ALTER TABLE analytics_quarter_proofs RENAME COLUMN quarter_at TO hour_at",
            "ALTER TABLE analytics_quarter_proofs RENAME TO analytics_hour_proofs",
            "ALTER TABLE analytics_changed_days ADD COLUMN hours integer NOT NULL DEFAULT -1",
            "ALTER TABLE analytics_changed_days DROP COLUMN quarters",
        ] {
            manager.get_connection().execute_unprepared(sql).await?;
        }
        mark_all(manager, 4, "hours", "-1").await
    }
}

/// Creates a table of cells, on PostgreSQL in parts by level: of days there is one row for some hundreds
/// of the others, and a question of days reads these alone.
async fn create(
    manager: &SchemaManager<'_>,
    name: &str,
    table: &TableCreateStatement,
) -> Result<(), DbErr> {
    if is_sqlite(manager) {
        return manager.create_table(table.clone()).await;
    }
    let mut sql = format!("{} PARTITION BY LIST (level)", table.to_string(PostgresQueryBuilder));
    for (level, part) in ["quarters", "hours", "days"].iter().enumerate() {
        let of_level = format!("PARTITION OF {name} FOR VALUES IN ({level})");
        sql = format!("{sql}; CREATE TABLE {name}_{part} {of_level}");
    }
    manager.get_connection().execute_unprepared(&sql).await?;
    Ok(())
}

async fn drop_cells(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    for table in ["analytics_stat_cells", "analytics_stat_histograms"] {
        manager.drop_table(Table::drop().table(table).to_owned()).await?;
    }
    Ok(())
}

/// A table by slot and dimensions; empty text stands for a dimension that rows do not have.
fn keyed(table: &'static str) -> TableCreateStatement {
    let mut table = table_keyed(table, &KEY);
    table
        .col(text("tenant_id", ID_LEN))
        .col(ColumnDef::new("stat_date").date().not_null())
        .col(ColumnDef::new("level").small_integer().not_null())
        .col(instant("slot_at"))
        .col(text("product", 30));
    for dimension in ["channel", "agent_id", "queue", "model"] {
        table.col(text(dimension, ID_LEN));
    }
    table.col(text("basis", 100));
    table
}

/// Marks the whole of every day that has a daily row or a proof.
async fn mark_all(
    manager: &SchemaManager<'_>,
    number: u8,
    column: &str,
    all: &str,
) -> Result<(), DbErr> {
    let (proofs, mark) = (
        if column == "hours" { "analytics_hour_proofs" } else { "analytics_quarter_proofs" },
        if is_sqlite(manager) {
            format!("x'{number:032x}'")
        } else {
            format!("uuid '00000000-0000-0000-0000-{number:012x}'")
        },
    );
    let sql = format!(
        "INSERT INTO analytics_changed_days (tenant_id, stat_date, mark_id, {column}) \
         SELECT tenant_id, stat_date, {mark}, {all} FROM ( \
             SELECT tenant_id, stat_date FROM analytics_daily_stats \
             UNION SELECT tenant_id, stat_date FROM {proofs}) AS known \
         WHERE 1 = 1 ON CONFLICT DO NOTHING"
    );
    manager.get_connection().execute_unprepared(&sql).await?;
    Ok(())
}
