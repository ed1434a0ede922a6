//! Reservations are found by when they expired, of all tenants, to be removed.

use sea_orm_migration::prelude::*;

const TABLE: &str = "analytics_token_reservations";
const BY_EXPIRY: &str = "idx_reservations_expiry";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = Index::create().name(BY_EXPIRY).table(TABLE).col("expires_at").to_owned();
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name(BY_EXPIRY).table(TABLE).to_owned()).await
    }
}
