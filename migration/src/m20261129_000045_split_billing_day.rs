//! `analytics_billing_daily` keeps tokens in parts, and `analytics_billing_models` the same day by model.
//!
//! Every day that has a row is marked, so that the next roll-up fills them; until then it is summed from
//! its calls.

use sea_orm_migration::prelude::*;

use crate::dialect::{ID_LEN, count, is_sqlite, money, table_keyed, text};

const DAYS: &str = "analytics_billing_daily";
const MODELS: &str = "analytics_billing_models";
const PARTS: [&str; 5] =
    ["input_tokens", "cached_input_tokens", "output_tokens", "reasoning_tokens", "unsplit_tokens"];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite takes one column a statement.
        for part in PARTS {
            let add = Table::alter().table(DAYS).add_column(count(part)).to_owned();
            manager.alter_table(add).await?;
        }
        let mut models = table_keyed(MODELS, &["tenant_id", "stat_date", "model"]);
        models
            .col(text("tenant_id", ID_LEN))
            .col(ColumnDef::new("stat_date").date().not_null())
            // Empty where nobody said.
            .col(text("model", 50))
            .col(count("total_tokens"))
            .col(count("total_api_calls"));
        for part in PARTS {
            models.col(count(part));
        }
        models
            .col(count("estimated_cost_nanos"))
            .col(count("unpriced_calls"))
            .col(money("estimated_cost", "estimated_cost_nanos"));
        manager.create_table(models).await?;
        mark_all(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(MODELS).to_owned()).await?;
        for part in PARTS {
            manager.alter_table(Table::alter().table(DAYS).drop_column(part).to_owned()).await?;
        }
        Ok(())
    }
}

async fn mark_all(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let (mark, none) = ("00000000000000000000000000000045", "00".repeat(16));
    let (mark, none) = if is_sqlite(manager) {
        (format!("x'{mark}'"), format!("x'{none}'"))
    } else {
        (format!("uuid '{mark}'"), format!("'\\x{none}'"))
    };
    let sql = format!(
        "INSERT INTO analytics_changed_days (tenant_id, stat_date, mark_id, quarters) \
         SELECT tenant_id, stat_date, {mark}, {none} FROM {DAYS} \
         WHERE 1 = 1 ON CONFLICT DO NOTHING"
    );
    manager.get_connection().execute_unprepared(&sql).await?;
    Ok(())
}
