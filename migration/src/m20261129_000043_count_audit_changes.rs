//! Audits count their changes: those of a tenant have numbers in the order in which they were committed, and
//! each audit has the number of its last one.

use sea_orm_migration::prelude::*;

use crate::dialect::{count, is_sqlite};

const AUDITS: &str = "analytics_quality_audits";
const BY_CHANGE: &str = "idx_audits_change";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::alter().table(AUDITS).add_column(count("change")).to_owned();
        manager.alter_table(table).await?;
        let connection = manager.get_connection();
        // Numbers of audits are each tenant's own and have no gaps: they do for what was before.
        connection.execute_unprepared(&format!("UPDATE {AUDITS} SET change = id")).await?;
        if !is_sqlite(manager) {
            // Whoever does not count is refused. SQLite, which adds no column without a default, has no
            // replicas that could be of another version.
            let sql = format!("ALTER TABLE {AUDITS} ALTER COLUMN change DROP DEFAULT");
            connection.execute_unprepared(&sql).await?;
        }
        let by_change = Index::create()
            .name(BY_CHANGE)
            .table(AUDITS)
            .col("tenant_id")
            .col("change")
            .unique()
            .to_owned();
        manager.create_index(by_change).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let by_change = Index::drop().name(BY_CHANGE).table(AUDITS).to_owned();
        manager.drop_index(by_change).await?;
        let table = Table::alter().table(AUDITS).drop_column("change").to_owned();
        manager.alter_table(table).await
    }
}
