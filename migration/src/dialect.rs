//! Column shapes that every table shares, and the few places where the two databases differ.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

/// Longest id a client may give: tenants, events, sessions, agents, requests.
pub(crate) const ID_LEN: u32 = 64;

/// The role on PostgreSQL in which the service does what it does for one tenant.
pub const TENANT_ROLE: &str = "deskpulse_tenant";

/// A table with the seed's serial `id`, keyed by `key`, which begins with the tenant.
///
/// PostgreSQL: `key` is the primary key, and `id` is a plain sequence, because every unique key has
/// to hold the tenant (Citus) and an index more costs each insert. SQLite can count up only in its
/// primary key, so there `key` is a unique key.
pub(crate) fn table_with_serial_id(
    manager: &SchemaManager<'_>,
    table: &'static str,
    key: &[&'static str],
) -> TableCreateStatement {
    let mut statement = Table::create();
    statement.table(table);
    let mut index = Index::create();
    for column in key {
        index.col(*column);
    }
    if is_sqlite(manager) {
        statement.col(ColumnDef::new("id").integer().not_null().auto_increment().primary_key());
        statement.index(index.unique().name(format!("{table}_key")));
    } else {
        statement.col(ColumnDef::new("id").big_integer().not_null().auto_increment());
        statement.primary_key(index.name(format!("{table}_pkey")));
    }
    statement
}

/// A table whose primary key is `key`, which begins with the tenant where rows have one.
pub(crate) fn table_keyed(table: &'static str, key: &[&'static str]) -> TableCreateStatement {
    let mut statement = Table::create();
    statement.table(table);
    let mut index = Index::create();
    for column in key {
        index.col(*column);
    }
    statement.primary_key(index.name(format!("{table}_pkey")));
    statement
}

/// A text column of at most `len` characters that is always there.
pub(crate) fn text(name: &'static str, len: u32) -> ColumnDef {
    ColumnDef::new(name).string_len(len).not_null().take()
}

/// A text column of at most `len` characters.
pub(crate) fn text_null(name: &'static str, len: u32) -> ColumnDef {
    ColumnDef::new(name).string_len(len).null().take()
}

/// Text that PostgreSQL compares byte by byte, as SQLite does: keys need no language, and the rules
/// of one cost each comparison.
pub(crate) fn bytewise(manager: &SchemaManager<'_>, mut column: ColumnDef) -> ColumnDef {
    if !is_sqlite(manager) {
        column.extra("COLLATE \"C\"");
    }
    column
}

/// An instant in UTC that is always there.
pub(crate) fn instant(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).timestamp_with_time_zone().not_null().take()
}

/// An instant in UTC.
pub(crate) fn instant_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).timestamp_with_time_zone().null().take()
}

/// A 64-bit count or sum.
pub(crate) fn count(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().default(0).take()
}

/// A 64-bit number that may be unknown.
pub(crate) fn number_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().null().take()
}

/// A mean the seed's readers expect: `sum ÷ (count × unit)`, null without a count. Kept by the
/// database, so that it can never disagree with its sum and count.
pub(crate) fn mean(name: &'static str, sum: &str, count: &str, unit: u32) -> ColumnDef {
    let mean = format!("CAST({sum} AS NUMERIC) / NULLIF({count} * {unit}, 0)");
    ColumnDef::new(name).decimal_len(14, 3).generated(Expr::cust(mean), true).take()
}

/// Money in units of the currency, for readers in SQL, from its exact value in billionths.
pub(crate) fn money(name: &'static str, nanos: &str) -> ColumnDef {
    let units = format!("CAST({nanos} AS NUMERIC) / 1000000000.0");
    ColumnDef::new(name).decimal_len(28, 9).generated(Expr::cust(units), true).take()
}

/// Lets the role of tenants at a table with a `tenant_id`, and there at the rows of the tenant that its
/// transaction names. To be called for each new table of that kind; again, it changes nothing. SQLite has
/// no roles.
pub(crate) async fn isolate(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    if is_sqlite(manager) {
        return Ok(());
    }
    let sql = format!(
        "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; \
         DROP POLICY IF EXISTS of_tenant ON {table}; \
         CREATE POLICY of_tenant ON {table} TO {TENANT_ROLE} \
             USING (tenant_id = current_setting('deskpulse.tenant', true)); \
         GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {TENANT_ROLE}"
    );
    manager.get_connection().execute_unprepared(&sql).await?;
    Ok(())
}

pub(crate) fn is_sqlite(manager: &SchemaManager<'_>) -> bool {
    manager.get_database_backend() == DbBackend::Sqlite
}
