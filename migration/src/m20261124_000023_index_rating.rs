//! Ratings are found by time without a look at every other event; few events are in it, and it
//! holds all that the figures of agents ask for. The name is in it so that SQLite, which counts the
//! columns that are known, prefers it to the index of all events.

use sea_orm_migration::prelude::*;

pub(crate) const NAME: &str = "idx_events_rating";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = Index::create()
            .name(NAME)
            .table("analytics_events")
            .col("tenant_id")
            .col("event_name")
            .col("occurred_at")
            .col("agent_id")
            .col("rating")
            .cond_where(Expr::cust("event_name = 'rating.submit'"))
            .to_owned();
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().table("analytics_events").name(NAME).to_owned()).await
    }
}
