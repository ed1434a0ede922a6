//! Audits keep a machine's score and a person's apart and count what became of them; a history says what
//! was before; `analytics_audit_disputes`: what an agent has said against a result.

use sea_orm_migration::prelude::*;

use crate::dialect::{ID_LEN, instant, instant_null, table_keyed, text, text_null};

const AUDITS: &str = "analytics_quality_audits";
const REVISIONS: &str = "analytics_audit_revisions";
const DISPUTES: &str = "analytics_audit_disputes";

/// What is known of audits that were made before.
const FILL: [&str; 3] = [
    "UPDATE analytics_quality_audits SET \
         auto_score = CASE WHEN audit_type = 'auto' THEN COALESCE(( \
             SELECT r.score FROM analytics_audit_revisions r \
             WHERE r.tenant_id = analytics_quality_audits.tenant_id \
                 AND r.audit_id = analytics_quality_audits.id AND r.revision = 1), score) END, \
         human_score = CASE WHEN audit_type = 'manual' OR reviewed_by IS NOT NULL THEN score END, \
         version = COALESCE(( \
             SELECT MAX(r.revision) FROM analytics_audit_revisions r \
             WHERE r.tenant_id = analytics_quality_audits.tenant_id \
                 AND r.audit_id = analytics_quality_audits.id), 1)",
    "UPDATE analytics_audit_revisions SET kind = 'reviewed', \
         score_before = ( \
             SELECT p.score FROM analytics_audit_revisions p \
             WHERE p.tenant_id = analytics_audit_revisions.tenant_id \
                 AND p.audit_id = analytics_audit_revisions.audit_id \
                 AND p.revision = analytics_audit_revisions.revision - 1), \
         status_before = ( \
             SELECT p.status FROM analytics_audit_revisions p \
             WHERE p.tenant_id = analytics_audit_revisions.tenant_id \
                 AND p.audit_id = analytics_audit_revisions.audit_id \
                 AND p.revision = analytics_audit_revisions.revision - 1) \
     WHERE revision > 1",
    "CREATE INDEX idx_audits_waiting ON analytics_quality_audits (tenant_id, score, audited_at, id) \
     WHERE status = 'pending_review'",
];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

fn score(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).integer().null().take()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let version = ColumnDef::new("version").integer().not_null().default(1).take();
        let claimed = [text_null("claimed_by", ID_LEN), instant_null("claimed_until")];
        let columns = [score("auto_score"), score("human_score"), version];
        for column in columns.into_iter().chain(claimed) {
            manager.alter_table(Table::alter().table(AUDITS).add_column(column).to_owned()).await?;
        }
        let kind = ColumnDef::new("kind").string_len(20).not_null().default("created").take();
        for column in [kind, score("score_before"), text_null("status_before", 20)] {
            let table = Table::alter().table(REVISIONS).add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        for statement in FILL {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        let mut disputes = table_keyed(DISPUTES, &["tenant_id", "audit_id"]);
        disputes
            .col(text("tenant_id", ID_LEN))
            .col(ColumnDef::new("audit_id").big_integer().not_null())
            .col(text("scored_by", ID_LEN))
            .col(text("raised_by", ID_LEN))
            .col(ColumnDef::new("comment").text().not_null())
            .col(instant("raised_at"))
            .col(text_null("ruling", 20))
            .col(text_null("ruled_by", ID_LEN))
            .col(ColumnDef::new("ruling_comment").text().null())
            .col(instant_null("ruled_at"));
        manager.create_table(disputes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(DISPUTES).to_owned()).await?;
        manager.get_connection().execute_unprepared("DROP INDEX idx_audits_waiting").await?;
        let of_revisions = ["kind", "score_before", "status_before"];
        let of_audits = ["auto_score", "human_score", "version", "claimed_by", "claimed_until"];
        let columns = of_revisions.map(|column| (REVISIONS, column));
        for (table, column) in columns.into_iter().chain(of_audits.map(|column| (AUDITS, column))) {
            manager.alter_table(Table::alter().table(table).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
