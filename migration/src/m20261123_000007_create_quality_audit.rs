//! `analytics_quality_audits`: one row an audit.

use sea_orm_migration::prelude::*;

use crate::dialect::{ID_LEN, instant, instant_null, table_keyed, text, text_null};

/// What lists filter by, beside the newest first of all.
const FILTERS: [&str; 3] = ["status", "agent_id", "session_id"];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = table_keyed("analytics_quality_audits", &["tenant_id", "id"]);
        table
            .col(text("tenant_id", ID_LEN))
            .col(ColumnDef::new("id").big_integer().not_null())
            .col(text("session_id", ID_LEN))
            .col(text_null("agent_id", ID_LEN))
            .col(text_null("customer_name", 100))
            .col(ColumnDef::new("score").integer().not_null())
            .col(text("status", 20))
            .col(text("audit_type", 20))
            .col(ColumnDef::new("issues").json_binary().null())
            .col(text_null("session_type", 50))
            .col(instant("audited_at"))
            .col(text_null("reviewed_by", ID_LEN))
            .col(instant_null("reviewed_at"))
            .col(instant("created_at"));
        manager.create_table(table).await?;
        let by_date = Index::create()
            .name("idx_audits_date")
            .table("analytics_quality_audits")
            .col("tenant_id")
            .col("audited_at")
            .col("id")
            .to_owned();
        manager.create_index(by_date).await?;
        for filter in FILTERS {
            let index = Index::create()
                .name(format!("idx_audits_{filter}"))
                .table("analytics_quality_audits")
                .col("tenant_id")
                .col(filter)
                .col("audited_at")
                .col("id")
                .to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("analytics_quality_audits").to_owned()).await
    }
}
