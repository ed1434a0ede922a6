//! Audits keep the answers that they were scored by; `analytics_audit_findings`: what they found, by code.

use sea_orm_migration::prelude::*;

use crate::dialect::{ID_LEN, instant, table_keyed, text, text_null};

const AUDITS: &str = "analytics_quality_audits";
const FINDINGS: &str = "analytics_audit_findings";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let version = ColumnDef::new("scorecard_version").integer().null().take();
        let answers = ColumnDef::new("answers").json_binary().null().take();
        for column in [text_null("scorecard", 50), version, answers] {
            manager.alter_table(Table::alter().table(AUDITS).add_column(column).to_owned()).await?;
        }
        let mut findings = table_keyed(FINDINGS, &["tenant_id", "audit_id", "position"]);
        findings
            .col(text("tenant_id", ID_LEN))
            .col(ColumnDef::new("audit_id").big_integer().not_null())
            .col(ColumnDef::new("position").integer().not_null())
            .col(text("code", 50))
            .col(text("severity", 20))
            .col(text_null("event_id", ID_LEN))
            .col(instant("audited_at"));
        manager.create_table(findings).await?;
        let by_date = Index::create()
            .name("idx_findings_date")
            .table(FINDINGS)
            .col("tenant_id")
            .col("audited_at")
            .to_owned();
        manager.create_index(by_date).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(FINDINGS).to_owned()).await?;
        for column in ["scorecard", "scorecard_version", "answers"] {
            manager
                .alter_table(Table::alter().table(AUDITS).drop_column(column).to_owned())
                .await?;
        }
        Ok(())
    }
}
