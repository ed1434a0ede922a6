//! Ratings are found by their time on PostgreSQL: a condition that the index itself fulfils is not looked
//! up in it, so that one led by the name was read from its beginning to its end.

use sea_orm_migration::prelude::*;

use crate::{dialect::is_sqlite, m20261124_000023_index_rating as by_name};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if is_sqlite(manager) {
            return Ok(());
        }
        by_name::Migration.down(manager).await?;
        let index = Index::create()
            .name(by_name::NAME)
            .table("analytics_events")
            .col("tenant_id")
            .col("occurred_at")
            .col("agent_id")
            .col("product")
            .col("rating")
            .cond_where(Expr::cust("event_name = 'rating.submit'"))
            .to_owned();
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if is_sqlite(manager) {
            return Ok(());
        }
        by_name::Migration.down(manager).await?;
        by_name::Migration.up(manager).await
    }
}
