//! `analytics_token_usage` becomes a ledger: a call is known by its provider too, its tokens stand in parts
//! that do not overlap, and corrections are rows of their own.
//!
//! Taking it back fails on the key once there are corrections, or one id of two providers: they cannot be
//! told without these columns, and what was billed is not thrown away.

use sea_orm_migration::prelude::*;

use crate::dialect::{
    ID_LEN, count, instant, is_sqlite, money, number_null, table_with_serial_id, text, text_null,
};

const TABLE: &str = "analytics_token_usage";
/// What stays as it was.
const KEPT: &str = "id, tenant_id, request_id, session_id, tokens_used, input_tokens, output_tokens, \
    model, api_type, used_at, estimated_cost_nanos, created_at";
/// The id comes first: calls are looked up by it whatever the provider.
const KEY: [&str; 4] = ["tenant_id", "request_id", "provider", "revision"];
const OLD_KEY: [&str; 2] = ["tenant_id", "request_id"];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if is_sqlite(manager) {
            return rebuild(manager, &KEY, added()).await;
        }
        let mut table = Table::alter();
        for column in added() {
            table.table(TABLE).add_column(column);
        }
        manager.alter_table(table).await?;
        rekey(manager, &KEY).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if is_sqlite(manager) {
            return rebuild(manager, &OLD_KEY, Vec::new()).await;
        }
        rekey(manager, &OLD_KEY).await?;
        let mut table = Table::alter();
        for column in added() {
            table.table(TABLE).drop_column(column.get_column_name());
        }
        manager.alter_table(table).await
    }
}

fn added() -> Vec<ColumnDef> {
    let text = |name, len, default: &str| text(name, len).default(default).take();
    vec![
        text("provider", 30, ""),
        ColumnDef::new("revision").integer().not_null().default(0).take(),
        text("kind", 20, "call"),
        text("status", 20, "completed"),
        ColumnDef::new("usage_known").boolean().not_null().default(true).take(),
        number_null("cached_input_tokens"),
        number_null("reasoning_tokens"),
        count("unpriced_change"),
    ]
}

async fn rekey(manager: &SchemaManager<'_>, key: &[&str]) -> Result<(), DbErr> {
    let key = key.join(", ");
    let sql = format!(
        "ALTER TABLE {TABLE} DROP CONSTRAINT {TABLE}_pkey, \
         ADD CONSTRAINT {TABLE}_pkey PRIMARY KEY ({key})"
    );
    manager.get_connection().execute_unprepared(&sql).await?;
    Ok(())
}

/// SQLite cannot change a key: the rows move to a new table.
async fn rebuild(
    manager: &SchemaManager<'_>,
    key: &[&'static str],
    added: Vec<ColumnDef>,
) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let old = format!("{TABLE}_old");
    connection.execute_unprepared(&format!("ALTER TABLE {TABLE} RENAME TO {old}")).await?;
    let mut table = table_with_serial_id(manager, TABLE, key);
    table
        .col(text("tenant_id", ID_LEN))
        .col(text("request_id", ID_LEN))
        .col(text_null("session_id", ID_LEN))
        .col(count("tokens_used"))
        .col(number_null("input_tokens"))
        .col(number_null("output_tokens"))
        .col(text_null("model", 50))
        .col(text_null("api_type", 30))
        .col(instant("used_at"))
        .col(number_null("estimated_cost_nanos"))
        .col(money("estimated_cost", "estimated_cost_nanos"))
        .col(instant("created_at"));
    for column in added {
        table.col(column);
    }
    manager.create_table(table).await?;
    let copy = format!("INSERT INTO {TABLE} ({KEPT}) SELECT {KEPT} FROM {old}");
    connection.execute_unprepared(&copy).await?;
    connection.execute_unprepared(&format!("DROP TABLE {old}")).await?;
    let by_time = Index::create()
        .name("idx_tokens_time")
        .table(TABLE)
        .col("tenant_id")
        .col("used_at")
        .to_owned();
    manager.create_index(by_time).await
}
