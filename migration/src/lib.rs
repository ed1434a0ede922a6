//! The schema of Deskpulse's database: one change a file, never edited once released.
//!
//! Each migration is one definition for PostgreSQL and SQLite; where the two must differ, the
//! difference is a named function in `dialect`.

mod dialect;
mod m20261123_000001_create_event;
mod m20261123_000002_create_session;
mod m20261123_000003_create_agent;
mod m20261123_000004_create_changed_day;
mod m20261123_000005_create_ingest_ledger;
mod m20261123_000006_create_daily_stats;
mod m20261123_000007_create_quality_audit;
mod m20261123_000008_create_audit_revision;
mod m20261123_000009_create_token_usage;
mod m20261123_000010_create_billing_daily;
mod m20261124_000011_create_event_id;
mod m20261124_000012_part_event_by_day;
mod m20261124_000013_index_session_by_hour;
mod m20261124_000014_create_archived_day;
mod m20261124_000020_create_quarantine;
mod m20261124_000021_lead_with_id;
mod m20261124_000022_index_session_by_span;
mod m20261124_000023_index_rating;
mod m20261124_000024_add_agent_revision;
mod m20261124_000025_create_agent_day;
mod m20261128_000026_create_stat_cell;
mod m20261128_000027_create_hour_proof;
mod m20261129_000028_create_histogram;
mod m20261129_000029_create_lease;
mod m20261129_000030_keep_quarters;
mod m20261129_000031_sum_agent_days;
mod m20261129_000032_seek_ratings;
mod m20261129_000033_score_twice;
mod m20261129_000034_score_by_card;
mod m20261129_000040_keep_ledger;
mod m20261129_000041_keep_prices;
mod m20261129_000042_create_quota;
mod m20261129_000043_count_audit_changes;
mod m20261129_000044_deliver_crossing;
mod m20261129_000045_split_billing_day;
mod m20261129_000046_index_expiry;
mod m20261129_000047_isolate_tenants;

pub use dialect::TENANT_ROLE;
use sea_orm_migration::{MigrationTrait, async_trait};
pub use sea_orm_migration::{MigratorTrait, migrator::MigrationStatus};

/// All migrations, oldest first.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_create_event::Migration),
            Box::new(m20261123_000002_create_session::Migration),
            Box::new(m20261123_000003_create_agent::Migration),
            Box::new(m20261123_000004_create_changed_day::Migration),
            Box::new(m20261123_000005_create_ingest_ledger::Migration),
            Box::new(m20261123_000006_create_daily_stats::Migration),
            Box::new(m20261123_000007_create_quality_audit::Migration),
            Box::new(m20261123_000008_create_audit_revision::Migration),
            Box::new(m20261123_000009_create_token_usage::Migration),
            Box::new(m20261123_000010_create_billing_daily::Migration),
            Box::new(m20261124_000011_create_event_id::Migration),
            Box::new(m20261124_000012_part_event_by_day::Migration),
            Box::new(m20261124_000013_index_session_by_hour::Migration),
            Box::new(m20261124_000014_create_archived_day::Migration),
            Box::new(m20261124_000020_create_quarantine::Migration),
            Box::new(m20261124_000021_lead_with_id::Migration),
            Box::new(m20261124_000022_index_session_by_span::Migration),
            Box::new(m20261124_000023_index_rating::Migration),
            Box::new(m20261124_000024_add_agent_revision::Migration),
            Box::new(m20261124_000025_create_agent_day::Migration),
            Box::new(m20261128_000026_create_stat_cell::Migration),
            Box::new(m20261128_000027_create_hour_proof::Migration),
            Box::new(m20261129_000028_create_histogram::Migration),
            Box::new(m20261129_000029_create_lease::Migration),
            Box::new(m20261129_000030_keep_quarters::Migration),
            Box::new(m20261129_000031_sum_agent_days::Migration),
            Box::new(m20261129_000032_seek_ratings::Migration),
            Box::new(m20261129_000033_score_twice::Migration),
            Box::new(m20261129_000034_score_by_card::Migration),
            Box::new(m20261129_000040_keep_ledger::Migration),
            Box::new(m20261129_000041_keep_prices::Migration),
            Box::new(m20261129_000042_create_quota::Migration),
            Box::new(m20261129_000043_count_audit_changes::Migration),
            Box::new(m20261129_000044_deliver_crossing::Migration),
            Box::new(m20261129_000045_split_billing_day::Migration),
            Box::new(m20261129_000046_index_expiry::Migration),
            Box::new(m20261129_000047_isolate_tenants::Migration),
        ]
    }
}
