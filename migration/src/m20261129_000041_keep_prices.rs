//! `analytics_token_usage` says by which prices a cost was reckoned.

use sea_orm_migration::prelude::*;

use crate::dialect::{number_null, text_null};

const TABLE: &str = "analytics_token_usage";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite takes one column a statement.
        for column in added() {
            manager.alter_table(Table::alter().table(TABLE).add_column(column).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in added() {
            let drop = Table::alter().table(TABLE).drop_column(column.get_column_name()).to_owned();
            manager.alter_table(drop).await?;
        }
        Ok(())
    }
}

fn added() -> [ColumnDef; 5] {
    [
        // A model, a day and a tenant.
        text_null("price_rule", 150),
        number_null("input_price_nanos"),
        number_null("cached_input_price_nanos"),
        number_null("output_price_nanos"),
        number_null("reasoning_price_nanos"),
    ]
}
