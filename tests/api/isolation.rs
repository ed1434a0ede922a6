//! Tenants on PostgreSQL are apart also where a query forgets to say whose rows it wants.

use chrono::{DateTime, TimeDelta, Utc};
use deskpulse::{auth::Role, config::StoreConfig, db::Db, tenant::TenantId};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use serde_json::{Value, json};

use crate::harness::{NOW, PrivatePostgres, TestApp};

const OWN: &str = "default";
const OTHER: &str = "acme";

/// Tables in which both tenants have rows after [`fill`]; a test of empty tables would show nothing.
const FILLED: [&str; 12] = [
    "analytics_agents",
    "analytics_audit_revisions",
    "analytics_billing_daily",
    "analytics_daily_stats",
    "analytics_event_ids",
    "analytics_events",
    "analytics_ingest_ledger",
    "analytics_quality_audits",
    "analytics_quarter_proofs",
    "analytics_sessions",
    "analytics_stat_cells",
    "analytics_token_usage",
];

struct Desk {
    app: TestApp,
    owner: DatabaseConnection,
    /// Last: the service goes before its database.
    postgres: PrivatePostgres,
}

/// A service on a PostgreSQL of its own, with rows of two tenants.
async fn given_two_tenants() -> Desk {
    let postgres = PrivatePostgres::start().await;
    let url = postgres.url();
    let app = TestApp::spawn_with(|config| {
        config.store.database_url = Some(url.clone().into());
    })
    .await;
    for tenant in [OWN, OTHER] {
        fill(&app, tenant).await;
    }
    app.roll_up().await;
    let owner = Database::connect(url).await.expect("the database");
    Desk { app, owner, postgres }
}

async fn fill(app: &TestApp, tenant: &str) {
    let product = app.caller(tenant, Role::Ingest, "bot");
    let at: DateTime<Utc> = NOW.parse().expect("an instant");
    let event = |name: &str, ago: i64, data: Value| {
        let at = (at - TimeDelta::seconds(ago)).to_rfc3339();
        json!({ "name": name, "product": "shop", "sessionId": tenant, "occurredAt": at, "data": data })
    };
    let events = [
        event("session.start", 90_090, json!({ "channel": "app" })),
        event("session.assign", 90_040, json!({ "agent_id": "li" })),
        event("session.end", 90_000, json!({ "by": "agent", "resolved": true })),
    ];
    assert_eq!(product.track(&events).await, ["ACCEPTED"; 3]);
    let changes = "mutation {
        updateAgentStatus(input: { agentId: \"li\", status: ONLINE }) { status }
        recordTokenUsage(input: { tokens: 10, model: \"gpt-4o-mini\" }) { recorded }
        createAudit(input: { sessionId: \"s\", score: 40, auditType: AUTO }) { id }
    }";
    product.data(changes, json!({})).await;
}

/// A number that a statement gives.
async fn number(db: &impl ConnectionTrait, sql: &str) -> i64 {
    let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await;
    let row = row.unwrap_or_else(|error| panic!("{sql}: {error}")).expect("a row");
    row.try_get_by_index(0).expect("a number")
}

/// Texts that a statement gives.
async fn texts(db: &impl ConnectionTrait, sql: &str) -> Vec<String> {
    let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await;
    let rows = rows.unwrap_or_else(|error| panic!("{sql}: {error}"));
    rows.iter().map(|row| row.try_get_by_index(0).expect("a text")).collect()
}

const TENANT_TABLES: &str = "SELECT relname::text FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid \
    WHERE attname = 'tenant_id' AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1";

#[tokio::test(flavor = "multi_thread")]
async fn a_query_without_its_filter_finds_nothing_of_another_tenant() {
    let desk = given_two_tenants().await;
    let tenant = TenantId::new(OWN);
    let own = desk.app.app.services.db.of(&tenant);
    for table in texts(&desk.owner, TENANT_TABLES).await {
        let all = format!("SELECT COUNT(*) FROM {table}");
        let foreign = format!("{all} WHERE tenant_id = '{OTHER}'");
        assert_eq!(number(&own, &foreign).await, 0, "{table}, in one statement");
        let snapshot = own.snapshot().await.expect("a snapshot");
        let seen = number(&snapshot, &all).await;
        let kept = number(&desk.owner, &format!("{all} WHERE tenant_id = '{OWN}'")).await;
        assert_eq!(seen, kept, "{table}, in a snapshot");
        if FILLED.contains(&table.as_str()) {
            assert!(seen > 0, "{table} is empty");
            assert!(number(&desk.owner, &foreign).await > 0, "{table} has no foreign rows to hide");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_without_its_filter_reaches_no_other_tenant() {
    let desk = given_two_tenants().await;
    let tenant = TenantId::new(OWN);
    let own = desk.app.app.services.db.of(&tenant);
    for table in FILLED {
        let foreign = format!("SELECT COUNT(*) FROM {table} WHERE tenant_id = '{OTHER}'");
        let before = number(&desk.owner, &foreign).await;
        let transaction = own.write().await.expect("a transaction");
        let gone = transaction.execute_unprepared(&format!("DELETE FROM {table}")).await;
        assert!(gone.expect("a statement").rows_affected() > 0, "{table}");
        transaction.commit().await.expect("a commit");
        assert_eq!(number(&desk.owner, &foreign).await, before, "{table}");
    }
    let transaction = own.write().await.expect("a transaction");
    let insert =
        format!("INSERT INTO analytics_agents (tenant_id, agent_id) VALUES ('{OTHER}', 'x')");
    let refused = transaction.execute_unprepared(&insert).await.expect_err("a foreign row");
    assert!(refused.to_string().contains("row-level security"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_table_and_no_partition_is_left_out() {
    let desk = given_two_tenants().await;
    let open = "SELECT relname::text FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid \
        WHERE attname = 'tenant_id' AND relkind IN ('r', 'p') AND NOT relispartition \
        AND NOT (relrowsecurity AND EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid))";
    assert_eq!(texts(&desk.owner, open).await, [""; 0]);
    // By the name of a part the policy of the whole would not hold.
    let granted = "SELECT relname::text FROM pg_class WHERE relispartition \
        AND has_table_privilege('deskpulse_tenant', oid, 'SELECT')";
    assert_eq!(texts(&desk.owner, granted).await, [""; 0]);
    let parts = "SELECT COUNT(*) FROM pg_class WHERE relispartition AND relkind = 'r'";
    assert!(number(&desk.owner, parts).await > 0);
    let leases =
        "SELECT has_table_privilege('deskpulse_tenant', 'analytics_leases', 'SELECT')::int::bigint";
    assert_eq!(number(&desk.owner, leases).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_or_user_that_would_not_keep_tenants_apart_is_refused_at_the_start() {
    let desk = given_two_tenants().await;
    let db = &desk.app.app.services.db;
    db.check_isolation().await.expect("tenants are apart");
    run(&desk.owner, "ALTER ROLE deskpulse_tenant BYPASSRLS").await;
    let refused = db.check_isolation().await.expect_err("a role that sees all").to_string();
    assert!(refused.contains("ALTER ROLE deskpulse_tenant NOSUPERUSER NOBYPASSRLS"), "{refused}");
    run(&desk.owner, "ALTER ROLE deskpulse_tenant NOBYPASSRLS").await;
    run(&desk.owner, "CREATE ROLE guest LOGIN").await;
    run(&desk.owner, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO guest").await;
    let guest = connect_as("guest", "postgres", &desk.postgres).await;
    let refused = guest.check_isolation().await.expect_err("another user").to_string();
    assert!(refused.contains("the user that owns the tables"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_may_not_make_roles_is_told_what_an_administrator_has_to_do() {
    let postgres = PrivatePostgres::start().await;
    let owner = Database::connect(postgres.url()).await.expect("the database");
    // The role that the template has made would do as well for another user who is a member.
    for sql in ["CREATE ROLE plain LOGIN", "CREATE DATABASE plain OWNER plain"] {
        run(&owner, sql).await;
    }
    let plain = connect_as("plain", "plain", &postgres).await;
    let refused = plain.migrate().await.expect_err("a role that cannot be taken on");
    let refused = format!("{refused:?}");
    assert!(refused.contains("GRANT deskpulse_tenant TO"), "{refused}");
    run(&owner, "GRANT deskpulse_tenant TO plain").await;
    plain.migrate().await.expect("migrations");
    plain.check_isolation().await.expect("tenants are apart");
}

async fn run(db: &DatabaseConnection, sql: &str) {
    db.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

async fn connect_as(user: &str, database: &str, postgres: &PrivatePostgres) -> Db {
    let url = format!("postgres://{user}@127.0.0.1:{}/{database}", postgres.port());
    let store = StoreConfig { database_url: Some(url.into()), ..StoreConfig::default() };
    Db::connect(&store).await.expect("the database")
}
