//! Takes everything of a tenant out of the database, whatever tables there are.

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::{
    db::{Db, Lease},
    error::Result,
    rollup::LEASE,
    tenant::TenantId,
};

/// Removes every row of a tenant, each table in one transaction. Takes the lease of the roll-up over, so
/// that no day is rebuilt meanwhile from rows that are about to go.
pub(super) async fn remove_all(db: &Db, tenant: &TenantId) -> Result<u64> {
    let lease = Lease::take_over(db, LEASE).await?;
    let removed = remove(db, &lease, tenant).await;
    lease.release().await;
    removed
}

async fn remove(db: &Db, lease: &Lease, tenant: &TenantId) -> Result<u64> {
    let mut removed = 0;
    for table in list_tables(db).await? {
        let transaction = lease.write().await?;
        let sql = format!("DELETE FROM \"{table}\" WHERE tenant_id = $1");
        let values = [sea_orm::Value::from(tenant.as_str())];
        let delete = Statement::from_sql_and_values(db.backend(), sql, values);
        removed += transaction.execute_raw(delete).await?.rows_affected();
        transaction.commit().await?;
    }
    Ok(removed)
}

/// The tables whose rows are a tenant's, as the database's own catalogue has them: a table that is added
/// later cannot be forgotten.
async fn list_tables(db: &Db) -> Result<Vec<String>> {
    let sql = match db.backend() {
        DbBackend::Postgres => {
            "SELECT relname::text FROM pg_class \
             JOIN pg_attribute ON attrelid = pg_class.oid AND attname = 'tenant_id' \
             WHERE relkind IN ('r', 'p') AND NOT relispartition \
             AND relnamespace = current_schema()::regnamespace ORDER BY relname"
        }
        _ => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND EXISTS \
             (SELECT 1 FROM pragma_table_info(sqlite_master.name) AS field \
             WHERE field.name = 'tenant_id') ORDER BY name"
        }
    };
    let rows = db.pool().query_all_raw(Statement::from_string(db.backend(), sql)).await?;
    Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
}
