//! `analytics_agent_days` has the sums of its day. Its rows are made again by the next roll-up.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let empty = "DELETE FROM analytics_agent_days";
        manager.get_connection().execute_unprepared(empty).await?;
        let sums = ColumnDef::new("sums").text().not_null().default("{}").take();
        manager
            .alter_table(Table::alter().table("analytics_agent_days").add_column(sums).to_owned())
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let empty = "DELETE FROM analytics_agent_days";
        manager.get_connection().execute_unprepared(empty).await?;
        let sums = Table::alter().table("analytics_agent_days").drop_column("sums").to_owned();
        manager.alter_table(sums).await
    }
}
