//! A database for unit tests.

use tempfile::TempDir;

use super::Db;
use crate::config::StoreConfig;

/// The PostgreSQL of `TEST_DATABASE_URL`, which all tests share, or a fresh SQLite file, which goes with
/// the folder.
pub(crate) async fn database() -> (Db, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = StoreConfig {
        data_dir: Some(folder.path().to_owned()),
        database_url: std::env::var("TEST_DATABASE_URL").ok().map(Into::into),
        ..StoreConfig::default()
    };
    let db = Db::connect(&store).await.expect("a database");
    db.migrate().await.expect("migrations");
    (db, folder)
}
