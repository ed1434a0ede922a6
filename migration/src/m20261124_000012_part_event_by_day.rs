//! Events keyed by the time they happened; on PostgreSQL parted by day.
//!
//! Ids are unique by `analytics_event_ids` from here on. Every row that is there moves: to the part
//! without a day on PostgreSQL, from which a job takes the days it makes parts for.

use sea_orm_migration::prelude::*;

use crate::dialect::{
    ID_LEN, bytewise, instant, is_sqlite, number_null, table_with_serial_id, text, text_null,
};

const OLD: &str = "analytics_events_by_id";
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
        let rename = format!("ALTER TABLE analytics_events RENAME TO {OLD}");
        connection.execute_unprepared(&rename).await?;
        if !is_sqlite(manager) {
            let keys = format!(
                "ALTER TABLE {OLD} RENAME CONSTRAINT analytics_events_pkey TO {OLD}_pkey; \
                 ALTER SEQUENCE analytics_events_id_seq RENAME TO {OLD}_id_seq"
            );
            connection.execute_unprepared(&keys).await?;
        }
        create_table(manager).await?;
        let fill = format!("INSERT INTO analytics_events ({COLUMNS}) SELECT {COLUMNS} FROM {OLD}");
        connection.execute_unprepared(&fill).await?;
        if !is_sqlite(manager) {
            let go_on = "SELECT setval('analytics_events_id_seq', \
                 (SELECT COALESCE(MAX(id), 0) + 1 FROM analytics_events))";
            connection.execute_unprepared(go_on).await?;
        }
        manager.drop_table(Table::drop().table(OLD).to_owned()).await?;
        create_indexes(manager).await
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        let reason = "events parted by day cannot go back to one table: restore a backup";
        Err(DbErr::Migration(reason.to_owned()))
    }
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
    let by_session = Index::create()
        .name("idx_events_session")
        .table("analytics_events")
        .col("tenant_id")
        .col("session_id")
        .cond_where(Expr::col("session_id").is_not_null())
        .to_owned();
    manager.create_index(by_session).await?;
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
