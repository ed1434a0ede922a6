//! `analytics_quota_periods`, `analytics_token_reservations` and `analytics_quota_crossings`: what a
//! billing period has used, what is held for calls to come, and which marks were passed.

use sea_orm_migration::prelude::*;

use crate::dialect::{ID_LEN, count, instant, instant_null, number_null, table_keyed, text};

const PERIODS: &str = "analytics_quota_periods";
const RESERVATIONS: &str = "analytics_token_reservations";
const CROSSINGS: &str = "analytics_quota_crossings";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut periods = table_keyed(PERIODS, &["tenant_id", "starts_at", "ends_at"]);
        periods
            .col(text("tenant_id", ID_LEN))
            .col(instant("starts_at"))
            .col(instant("ends_at"))
            .col(count("tokens_used"));
        manager.create_table(periods).await?;
        let mut crossings =
            table_keyed(CROSSINGS, &["tenant_id", "starts_at", "ends_at", "percent"]);
        crossings
            .col(text("tenant_id", ID_LEN))
            .col(instant("starts_at"))
            .col(instant("ends_at"))
            .col(ColumnDef::new("percent").integer().not_null())
            .col(count("tokens_used"))
            .col(count("tokens_total"))
            .col(instant("crossed_at"));
        manager.create_table(crossings).await?;
        create_reservations(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [RESERVATIONS, CROSSINGS, PERIODS] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

async fn create_reservations(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut reservations = table_keyed(RESERVATIONS, &["tenant_id", "reservation_id"]);
    reservations
        .col(text("tenant_id", ID_LEN))
        .col(text("reservation_id", ID_LEN))
        .col(text("reserve_key", ID_LEN))
        .col(count("tokens"))
        .col(instant("starts_at"))
        .col(instant("ends_at"))
        .col(text("status", 20))
        .col(number_null("settled_tokens"))
        .col(instant("created_at"))
        .col(instant("expires_at"))
        .col(instant_null("ended_at"));
    manager.create_table(reservations).await?;
    let by_key = Index::create()
        .name("idx_reservations_key")
        .table(RESERVATIONS)
        .col("tenant_id")
        .col("reserve_key")
        .unique()
        .to_owned();
    manager.create_index(by_key).await?;
    let open = Index::create()
        .name("idx_reservations_open")
        .table(RESERVATIONS)
        .col("tenant_id")
        .col("expires_at")
        .cond_where(Expr::col("status").eq("open"))
        .to_owned();
    manager.create_index(open).await
}
