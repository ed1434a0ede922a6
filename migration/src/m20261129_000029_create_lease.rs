//! `analytics_leases`: which process does what one alone may do at a time, and until when unless it says
//! so again.

use sea_orm_migration::prelude::*;

use crate::dialect::{instant, table_keyed, text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut leases = table_keyed("analytics_leases", &["name"]);
        leases.col(text("name", 50)).col(text("holder", 200)).col(instant("expires_at"));
        manager.create_table(leases).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("analytics_leases").to_owned()).await
    }
}
