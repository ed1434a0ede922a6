//! Events keyed by the time they happened; on PostgreSQL parted by day.
//!
//! Ids are unique by `analytics_event_ids` from here on. Every row that is there moves: to the part
//! without a day on PostgreSQL, from which a job takes the days it makes parts for.

use sea_orm_migration::prelude::*;

use crate::dialect::{
    ID_LEN, bytewise, instant, is_sqlite, number_null, table_with_serial_id, text, text_null,
};

const OLD: &str = "analytics_events_by_id";
const PARTED: &str = "analytics_events_by_day";
const COLUMNS: &str = "id, tenant_id, event_id, event_name, event_data, session_id, product, \
     occurred_at, received_at, created_at, response_ms, rating, agent_id, channel, visitor_id";
const INDEXES: [&str; 3] = ["idx_events_time", "idx_events_session", "idx_events_agent_status"];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for index in INDEXES {
            connection.execute_unprepared(&format!("DROP INDEX {index}")).await?;
        }
        for sql in rename(manager, OLD) {
            connection.execute_unprepared(&sql).await?;
        }
        create_table(manager).await?;
        let fill = format!("INSERT INTO analytics_events ({COLUMNS}) SELECT {COLUMNS} FROM {OLD}");
        connection.execute_unprepared(&fill).await?;
        go_on_counting(manager).await?;
        manager.drop_table(Table::drop().table(OLD).to_owned()).await?;
        create_indexes(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for index in [&INDEXES[1..], &["idx_events_visitor"]].concat() {
            connection.execute_unprepared(&format!("DROP INDEX {index}")).await?;
        }
        for sql in rename(manager, PARTED) {
            connection.execute_unprepared(&sql).await?;
        }
        crate::m20261123_000001_create_event::Migration.up(manager).await?;
        // An id that is no longer known has no digest: it differs from every other.
        let digest = if is_sqlite(manager) {
            "COALESCE(i.body_digest, x'')"
        } else {
            "COALESCE(decode(replace(i.body_digest::text, '-', ''), 'hex'), '')"
        };
        let columns = COLUMNS.split(", ").map(|column| format!("e.{column}"));
        let fill = format!(
            "INSERT INTO analytics_events ({COLUMNS}, body_digest) \
             SELECT {}, {digest} FROM {PARTED} e LEFT JOIN analytics_event_ids i \
             ON i.tenant_id = e.tenant_id AND i.event_id = e.event_id",
            columns.collect::<Vec<_>>().join(", ")
        );
        connection.execute_unprepared(&fill).await?;
        go_on_counting(manager).await?;
        manager.drop_table(Table::drop().table(PARTED).to_owned()).await
    }
}

/// Gets the table and what belongs to it out of the way of another of its name.
fn rename(manager: &SchemaManager<'_>, to: &str) -> Vec<String> {
    let mut sql = vec![format!("ALTER TABLE analytics_events RENAME TO {to}")];
    if !is_sqlite(manager) {
        sql.push(format!("ALTER INDEX analytics_events_pkey RENAME TO {to}_pkey"));
        sql.push(format!("ALTER SEQUENCE analytics_events_id_seq RENAME TO {to}_id_seq"));
    }
    sql
}

/// Lets the next `id` follow those that were taken over.
async fn go_on_counting(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    if !is_sqlite(manager) {
        let sql = "SELECT setval('analytics_events_id_seq', \
             (SELECT COALESCE(MAX(id), 0) + 1 FROM analytics_events))";
        manager.get_connection().execute_unprepared(sql).await?;
    }
    Ok(())
}

async fn create_table(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let key = ["tenant_id", "occurred_at", "event_id"];
    let mut table = table_with_serial_id(manager, "analytics_events", &key);
    table
        .col(bytewise(manager, text("tenant_id", ID_LEN)))
        .col(bytewise(manager, text("event_id", ID_LEN)))
        .col(text("event_name", 50))
        .col(ColumnDef::new("event_data").json_binary().not_null())
        .col(bytewise(manager, text_null("session_id", ID_LEN)))
        .col(text("product", 30))
        .col(instant("occurred_at"))
        .col(instant("received_at"))
        .col(instant("created_at"))
        .col(number_null("response_ms"))
        .col(ColumnDef::new("rating").small_integer().null())
        .col(text_null("agent_id", ID_LEN))
        .col(text_null("channel", ID_LEN))
        .col(text_null("visitor_id", ID_LEN));
    if is_sqlite(manager) {
        return manager.create_table(table).await;
    }
    let mut sql = table.to_string(PostgresQueryBuilder);
    sql.push_str(
        " PARTITION BY RANGE (occurred_at); \
         CREATE TABLE analytics_events_default PARTITION OF analytics_events DEFAULT; \
         ALTER SEQUENCE analytics_events_id_seq CACHE 100",
    );
    manager.get_connection().execute_unprepared(&sql).await?;
    Ok(())
}

async fn create_indexes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    // Sessions are only ever asked for by their whole id: on PostgreSQL a hash costs an insert less
    // than half of what an ordered index does.
    let by_session = if is_sqlite(manager) {
        "CREATE INDEX idx_events_session ON analytics_events (tenant_id, session_id) \
         WHERE session_id IS NOT NULL"
    } else {
        "CREATE INDEX idx_events_session ON analytics_events USING hash (session_id)"
    };
    manager.get_connection().execute_unprepared(by_session).await?;
    // Who is online: few events name a visitor, and this holds all that the count asks for.
    let by_visitor = Index::create()
        .name("idx_events_visitor")
        .table("analytics_events")
        .col("tenant_id")
        .col("occurred_at")
        .col("channel")
        .col("visitor_id")
        .cond_where(Expr::col("visitor_id").is_not_null())
        .to_owned();
    manager.create_index(by_visitor).await?;
    // Finds when an agent's present status began; small, because only statuses are in it.
    let by_agent = Index::create()
        .name("idx_events_agent_status")
        .table("analytics_events")
        .col("tenant_id")
        .col("agent_id")
        .col("occurred_at")
        .cond_where(Expr::cust("event_name = 'agent.status'"))
        .to_owned();
    manager.create_index(by_agent).await
}
