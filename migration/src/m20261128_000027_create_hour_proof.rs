//! `analytics_hour_proofs`: how many raw events an hour was counted from, and their digest;
//! `analytics_archived_proofs`: the part of these whose events were removed. `analytics_sealed_days`: days
//! that were compared with them; `analytics_restatements`: what has changed of such days since.
//!
//! Every day that may have events is marked, so that the next roll-up makes its proofs.

use sea_orm_migration::prelude::*;

use crate::dialect::{ID_LEN, count, instant, is_sqlite, table_keyed, text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut proofs =
            table_keyed("analytics_hour_proofs", &["tenant_id", "stat_date", "hour_at"]);
        proofs
            .col(text("tenant_id", ID_LEN))
            .col(ColumnDef::new("stat_date").date().not_null())
            .col(instant("hour_at"))
            .col(text("basis", 100))
            .col(count("events"))
            .col(count("digest"));
        manager.create_table(proofs).await?;
        let mut archived = table_keyed("analytics_archived_proofs", &["tenant_id", "hour_at"]);
        archived
            .col(text("tenant_id", ID_LEN))
            .col(instant("hour_at"))
            .col(count("events"))
            .col(count("digest"));
        manager.create_table(archived).await?;
        seals(manager).await?;
        restatements(manager).await?;
        mark_all(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            "analytics_restatements",
            "analytics_sealed_days",
            "analytics_archived_proofs",
            "analytics_hour_proofs",
        ] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

async fn seals(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut seals = table_keyed("analytics_sealed_days", &["tenant_id", "stat_date"]);
    seals
        .col(text("tenant_id", ID_LEN))
        .col(ColumnDef::new("stat_date").date().not_null())
        .col(instant("sealed_at"))
        .col(count("events"))
        .col(count("digest"));
    manager.create_table(seals).await
}

async fn restatements(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut restatements = table_keyed("analytics_restatements", &["tenant_id", "restatement_id"]);
    restatements
        .col(text("tenant_id", ID_LEN))
        .col(ColumnDef::new("restatement_id").uuid().not_null())
        .col(ColumnDef::new("stat_date").date().not_null())
        .col(instant("restated_at"))
        .col(text("measure", 50))
        .col(text("product", 30))
        .col(count("value_before"))
        .col(count("value_after"))
        .col(text("reason", 20))
        .col(count("events_more"));
    manager.create_table(restatements).await?;
    let by_time = Index::create()
        .name("idx_restatements_time")
        .table("analytics_restatements")
        .col("tenant_id")
        .col("restated_at")
        .col("restatement_id")
        .to_owned();
    manager.create_index(by_time).await
}

/// Marks the days that have rows, and those around a day of UTC that has events: of events that no
/// figure counts there are no rows.
async fn mark_all(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let (day, moved, mark) = if is_sqlite(manager) {
        ("date(occurred_at)", "date(day, shift || ' days')", "x'00000000000000000000000000000001'")
    } else {
        (
            "CAST(occurred_at AT TIME ZONE 'UTC' AS date)",
            "day + shift",
            "uuid '00000000-0000-0000-0000-000000000001'",
        )
    };
    let sql = format!(
        "INSERT INTO analytics_changed_days (tenant_id, stat_date, mark_id, hours) \
         SELECT tenant_id, stat_date, {mark}, -1 FROM ( \
             SELECT tenant_id, stat_date FROM analytics_daily_stats \
             UNION SELECT tenant_id, {moved} AS stat_date FROM \
                 (SELECT DISTINCT tenant_id, {day} AS day FROM analytics_events) AS days, \
                 (SELECT -1 AS shift UNION ALL SELECT 0 UNION ALL SELECT 1) AS shifts \
         ) AS marked WHERE 1 = 1 ON CONFLICT DO NOTHING"
    );
    manager.get_connection().execute_unprepared(&sql).await?;
    Ok(())
}
