//! The events as they stand in the database, read past the service.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, QueryResult, Statement};
use serde_json::Value;

use super::id_of;

/// One stored event.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub name: String,
    pub data: Value,
    pub session_id: Option<String>,
    pub product: String,
    pub occurred_at: DateTime<Utc>,
}

/// A connection to the store.
pub(crate) struct Rows(DatabaseConnection);

impl Rows {
    pub(super) async fn open(url: &str) -> Self {
        Self(Database::connect(url).await.expect("a connection to the store"))
    }

    /// Every stored event by its id, of one tenant; more than one where an id is stored twice.
    pub(crate) async fn of(&self, tenant: &str) -> HashMap<String, Vec<Row>> {
        let sql = "SELECT event_id, event_name, event_data, session_id, product, occurred_at \
                   FROM analytics_events WHERE tenant_id = $1";
        let mut rows: HashMap<String, Vec<Row>> = HashMap::new();
        for row in self.query(sql, tenant).await {
            let id = row.try_get("", "event_id").expect("event_id");
            rows.entry(id).or_default().push(read(&row));
        }
        rows
    }

    /// How many events of a tenant are stored.
    pub(crate) async fn count(&self, tenant: &str) -> i64 {
        let sql = "SELECT COUNT(*) AS events FROM analytics_events WHERE tenant_id = $1";
        self.query(sql, tenant).await[0].try_get("", "events").expect("a count")
    }

    /// How many of these events are stored.
    pub(crate) async fn count_of(&self, tenant: &str, events: &[Value]) -> usize {
        let stored = self.of(tenant).await;
        events.iter().filter(|event| stored.contains_key(id_of(event))).count()
    }

    /// The stored `data` of an event as text, numbers as the database holds them.
    pub(crate) async fn data_text(&self, tenant: &str, id: &str) -> Option<String> {
        let sql = "SELECT event_id, CAST(event_data AS TEXT) AS data FROM analytics_events \
                   WHERE tenant_id = $1";
        let rows = self.query(sql, tenant).await;
        let row = rows.iter().find(|row| row.try_get("", "event_id") == Ok(id.to_owned()))?;
        row.try_get("", "data").ok()
    }

    /// The processes of PostgreSQL that serve the pools of replicas.
    pub(crate) async fn backends(&self) -> Vec<i32> {
        self.processes("TRUE").await
    }

    /// Those of them that may hold locks.
    pub(crate) async fn backends_in_transaction(&self) -> Vec<i32> {
        self.processes("xact_start IS NOT NULL").await
    }

    async fn processes(&self, which: &str) -> Vec<i32> {
        let sql =
            format!("SELECT pid FROM pg_stat_activity WHERE application_name LIKE $1 AND {which}");
        let rows = self.query(&sql, "deskpulse %").await;
        rows.iter().map(|row| row.try_get("", "pid").expect("a process")).collect()
    }

    async fn query(&self, sql: &str, parameter: &str) -> Vec<QueryResult> {
        let backend = self.0.get_database_backend();
        let statement = Statement::from_sql_and_values(backend, sql, [parameter.into()]);
        self.0.query_all_raw(statement).await.expect("rows")
    }
}

fn read(row: &QueryResult) -> Row {
    Row {
        name: row.try_get("", "event_name").expect("event_name"),
        data: row.try_get("", "event_data").expect("event_data"),
        session_id: row.try_get("", "session_id").expect("session_id"),
        product: row.try_get("", "product").expect("product"),
        occurred_at: row.try_get("", "occurred_at").expect("occurred_at"),
    }
}
