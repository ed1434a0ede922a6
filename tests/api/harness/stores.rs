//! Databases of tests: a copy of a migrated template on PostgreSQL, a file on SQLite.

use std::env;

use deskpulse::{config::StoreConfig, db::Db};
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use uuid::Uuid;

/// The cluster that takes the place of the one Redis, where the suite runs on one.
pub(super) fn cluster_url() -> Option<String> {
    env::var("TEST_REDIS_CLUSTER_URL").ok()
}

/// The stores of one test.
pub(super) enum Stores {
    Embedded(tempfile::TempDir),
    Servers { database_url: String, redis_url: String, redis_prefix: String },
}

impl Stores {
    pub(super) async fn create() -> Self {
        let redis_url = cluster_url().map_or_else(|| env::var("TEST_REDIS_URL"), Ok);
        match (env::var("TEST_DATABASE_URL"), redis_url) {
            (Ok(server), Ok(redis_url)) => {
                let name = format!("test_{}", Uuid::now_v7().simple());
                create_database(&server, &name).await;
                let database_url = with_database(&server, &name);
                Self::Servers { database_url, redis_url, redis_prefix: name }
            }
            (Err(_), Err(_)) => Self::Embedded(tempfile::tempdir().expect("a folder")),
            _ => panic!("set TEST_DATABASE_URL and a URL of Redis, or neither"),
        }
    }

    /// Names the stores in a configuration.
    pub(super) fn enter(&self, config: &mut StoreConfig) {
        match self {
            Self::Embedded(folder) => config.data_dir = Some(folder.path().to_owned()),
            Self::Servers { database_url, redis_url, redis_prefix } => {
                config.database_url = Some(database_url.clone().into());
                config.redis_url = Some(redis_url.clone().into());
                config.redis_prefix = Some(redis_prefix.clone());
            }
        }
    }

    /// Brings a fresh embedded database up to date; a copy of the template already is.
    pub(super) async fn migrate(&self, db: &Db) {
        if let Self::Embedded(_) = self {
            db.migrate().await.expect("migrations");
        }
    }
}

async fn create_database(server: &str, name: &str) {
    let admin = Database::connect(server).await.expect("the PostgreSQL of TEST_DATABASE_URL");
    let template = template(server, &admin).await;
    run(&admin, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    admin.close().await.expect("a closed connection");
}

/// The migrated database that tests copy; made by whichever test comes first.
async fn template(server: &str, admin: &DatabaseConnection) -> String {
    const LOCK: i64 = 7_220_261_123;
    let name = "deskpulse_template".to_owned();
    let pinned = Database::connect(server).await.expect("a connection");
    run(&pinned, &format!("SELECT pg_advisory_lock({LOCK})")).await;
    let known = admin
        .query_one_raw(sea_orm::Statement::from_string(
            sea_orm::DbBackend::Postgres,
            format!("SELECT 1 FROM pg_database WHERE datname = '{name}'"),
        ))
        .await
        .expect("an answer");
    if known.is_none() {
        run(admin, &format!("CREATE DATABASE {name}_new")).await;
        let fresh = Database::connect(with_database(server, &format!("{name}_new"))).await;
        let fresh = fresh.expect("the new database");
        Migrator::up(&fresh, None).await.expect("migrations");
        fresh.close().await.expect("a closed connection");
        run(admin, &format!("ALTER DATABASE {name}_new RENAME TO {name}")).await;
    }
    // The session's end releases the lock.
    pinned.close().await.expect("a closed connection");
    name
}

async fn run(db: &DatabaseConnection, sql: &str) {
    db.execute_unprepared(sql).await.expect("an administrative statement");
}

fn with_database(server: &str, name: &str) -> String {
    let (base, _) = server.rsplit_once('/').expect("a URL with a database");
    format!("{base}/{name}")
}
