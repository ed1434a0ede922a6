//! Row-level security on PostgreSQL: in the role `deskpulse_tenant` only rows of one tenant are seen.
//!
//! The role belongs to the whole server: it may be there already, made for another database or by an
//! administrator, because this user must not make roles. The service's own user owns the tables and
//! sees all rows; it only changes to the role for what it does for one tenant.

use sea_orm_migration::prelude::*;

use crate::dialect::{TENANT_ROLE, is_sqlite, isolate};

/// Every table with a `tenant_id`.
const TABLES: [&str; 27] = [
    "analytics_agent_days",
    "analytics_agents",
    "analytics_archived_cells",
    "analytics_archived_histograms",
    "analytics_archived_proofs",
    "analytics_audit_disputes",
    "analytics_audit_findings",
    "analytics_audit_revisions",
    "analytics_billing_daily",
    "analytics_billing_models",
    "analytics_changed_days",
    "analytics_daily_stats",
    "analytics_event_ids",
    "analytics_events",
    "analytics_ingest_ledger",
    "analytics_quality_audits",
    "analytics_quarantine",
    "analytics_quarter_proofs",
    "analytics_quota_crossings",
    "analytics_quota_periods",
    "analytics_restatements",
    "analytics_sealed_days",
    "analytics_sessions",
    "analytics_stat_cells",
    "analytics_stat_histograms",
    "analytics_token_reservations",
    "analytics_token_usage",
];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// One table after the other: to hold the locks of many would wait in a circle with a service that
    /// runs meanwhile. What is done already is done again when the rest failed.
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if is_sqlite(manager) {
            return Ok(());
        }
        make_role(manager).await?;
        for table in TABLES {
            isolate(manager, table).await?;
        }
        let usage = format!(
            "DO $$ BEGIN \
                 EXECUTE format('GRANT USAGE ON SCHEMA %I TO {TENANT_ROLE}', current_schema()); \
                 EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA %I TO {TENANT_ROLE}', current_schema()); \
             END $$"
        );
        manager.get_connection().execute_unprepared(&usage).await?;
        Ok(())
    }

    /// The role stays: other databases may use it.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if is_sqlite(manager) {
            return Ok(());
        }
        for table in TABLES {
            let sql = format!(
                "DROP POLICY IF EXISTS of_tenant ON {table}; \
                 ALTER TABLE {table} DISABLE ROW LEVEL SECURITY; \
                 REVOKE ALL ON {table} FROM {TENANT_ROLE}"
            );
            manager.get_connection().execute_unprepared(&sql).await?;
        }
        Ok(())
    }
}

/// Makes the role, unless this user may change to one of that name already.
async fn make_role(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let sql = format!(
        "DO $$ BEGIN \
             IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{TENANT_ROLE}') THEN \
                 BEGIN \
                     CREATE ROLE {TENANT_ROLE} NOLOGIN; \
                 EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; \
                 END; \
             END IF; \
             IF NOT pg_has_role(current_user, '{TENANT_ROLE}', 'MEMBER') THEN \
                 GRANT {TENANT_ROLE} TO CURRENT_USER; \
             END IF; \
         END $$"
    );
    manager.get_connection().execute_unprepared(&sql).await.map_err(|cause| refused(&cause))?;
    Ok(())
}

fn refused(cause: &DbErr) -> DbErr {
    DbErr::Migration(format!(
        "the role {TENANT_ROLE} cannot be made; as an administrator of PostgreSQL run `CREATE ROLE \
         {TENANT_ROLE} NOLOGIN` and `GRANT {TENANT_ROLE} TO` this user, then migrate again ({cause})"
    ))
}
