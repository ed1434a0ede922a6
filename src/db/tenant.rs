//! What is done for one tenant: on PostgreSQL as a role that sees the rows of that tenant alone.
//!
//! Every query filters by its tenant; one that forgets to finds nothing of another (ADR 34). The role
//! and the tenant hold for one transaction, so that no connection keeps either.

use async_trait::async_trait;
use migration::TENANT_ROLE;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};

use super::{BEGIN, Db, Transaction, WriteTransaction, unless_answered};
use crate::{
    error::{Error, Result},
    tenant::TenantId,
};

const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/// The database as one tenant sees it. A single statement that reads runs on it as it is.
#[derive(Clone, Copy, Debug)]
pub struct TenantDb<'a> {
    db: &'a Db,
    tenant: &'a TenantId,
}

impl<'a> TenantDb<'a> {
    pub(super) fn new(db: &'a Db, tenant: &'a TenantId) -> Self {
        Self { db, tenant }
    }

    /// Begins a transaction in which every read sees the same instant of the database.
    pub async fn snapshot(&self) -> Result<Transaction> {
        self.db.read_by(self.confined(READ)).await.map_err(unless_answered)
    }

    /// Begins a transaction that writes.
    ///
    /// # Errors
    /// [`Error::Unavailable`] at once when the database is down.
    pub async fn write(&self) -> Result<WriteTransaction> {
        self.db.write_by(self.confined(BEGIN)).await
    }

    /// One round trip: the statements go together.
    fn confined(&self, begin: &str) -> String {
        let tenant = self.tenant.replace('\'', "''");
        format!("{begin}; SET LOCAL ROLE {TENANT_ROLE}; SET LOCAL deskpulse.tenant = '{tenant}'")
    }

    /// A snapshot for one statement; none on SQLite, where the pool does.
    async fn reading(&self) -> Result<Option<Transaction>, DbErr> {
        if self.db.backend() == DbBackend::Sqlite {
            return Ok(None);
        }
        self.db.read_by(self.confined(READ)).await.map(Some)
    }
}

impl Db {
    /// Tries whether PostgreSQL keeps tenants apart. The database must be migrated.
    ///
    /// # Errors
    /// [`Error::BadInput`] that says what an administrator has to do.
    pub async fn check_isolation(&self) -> Result<()> {
        if self.backend() == DbBackend::Sqlite {
            return Ok(());
        }
        if is_confined(&self.pool).await? {
            let expected =
                "the user that owns the tables: row-level security hides them from others";
            return Err(Error::bad_input("DATABASE_URL", "of another user", expected));
        }
        let nobody = TenantId::new("");
        match self.of(&nobody).snapshot().await {
            Ok(snapshot) if is_confined(&snapshot).await? => Ok(()),
            Err(away @ Error::Unavailable { .. }) => Err(away),
            Ok(_) => {
                Err(no_role("is a superuser or has BYPASSRLS", "ALTER", "NOSUPERUSER NOBYPASSRLS"))
            }
            Err(cause) => {
                tracing::debug!(?cause, "cannot change to the role of tenants");
                Err(no_role("is not the user's", "CREATE", "NOLOGIN"))
            }
        }
    }
}

fn no_role(fault: &str, verb: &str, rest: &str) -> Error {
    let expected = format!(
        "that an administrator has run `{verb} ROLE {TENANT_ROLE} {rest}` and `GRANT {TENANT_ROLE} TO` \
         the user"
    );
    Error::bad_input(
        "DATABASE_URL",
        format!("of a server whose role {TENANT_ROLE} {fault}"),
        &expected,
    )
}

/// Whether rows of the tables are hidden from whoever asks.
async fn is_confined(db: &impl ConnectionTrait) -> Result<bool> {
    let sql = "SELECT row_security_active('analytics_sessions') AS confined";
    let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
    Ok(row.is_some_and(|row| row.try_get("", "confined").unwrap_or_default()))
}

#[async_trait]
impl ConnectionTrait for TenantDb<'_> {
    fn get_database_backend(&self) -> DbBackend {
        self.db.backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match self.reading().await? {
            Some(snapshot) => snapshot.execute_raw(statement).await,
            None => self.db.pool().execute_raw(statement).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match self.reading().await? {
            Some(snapshot) => snapshot.execute_unprepared(sql).await,
            None => self.db.pool().execute_unprepared(sql).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match self.reading().await? {
            Some(snapshot) => snapshot.query_one_raw(statement).await,
            None => self.db.pool().query_one_raw(statement).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self.reading().await? {
            Some(snapshot) => snapshot.query_all_raw(statement).await,
            None => self.db.pool().query_all_raw(statement).await,
        }
    }
}
