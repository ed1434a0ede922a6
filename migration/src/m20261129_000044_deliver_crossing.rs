//! `analytics_quota_crossings` says how the webhook of a mark stands. Those of before are none.

use sea_orm_migration::prelude::*;

use crate::dialect::{instant_null, text, text_null};

const TABLE: &str = "analytics_quota_crossings";
const DUE: &str = "idx_crossings_due";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite takes one column a statement.
        for column in added() {
            manager.alter_table(Table::alter().table(TABLE).add_column(column).to_owned()).await?;
        }
        let due = Index::create()
            .name(DUE)
            .table(TABLE)
            .col("next_attempt_at")
            .cond_where(Expr::col("delivery").eq("pending"))
            .to_owned();
        manager.create_index(due).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name(DUE).table(TABLE).to_owned()).await?;
        for column in added() {
            let drop = Table::alter().table(TABLE).drop_column(column.get_column_name()).to_owned();
            manager.alter_table(drop).await?;
        }
        Ok(())
    }
}

fn added() -> [ColumnDef; 7] {
    [
        text("delivery", 20).default("none").take(),
        ColumnDef::new("delivery_attempts").integer().not_null().default(0).take(),
        instant_null("last_attempt_at"),
        instant_null("next_attempt_at"),
        instant_null("delivered_at"),
        ColumnDef::new("last_http_status").integer().null().take(),
        text_null("last_error", 200),
    ]
}
