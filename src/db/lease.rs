//! Leases: which of all processes over one database does what one alone may do at a time.
//!
//! Invariant: what is committed through [`Lease::write`] was written while nobody else had the lease,
//! because such a transaction holds its row. Time is the database's own: a process whose clock is wrong
//! takes nothing too early.

use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};
use uuid::Uuid;

use super::{Db, WriteTransaction};
use crate::error::{Error, Result};

/// How long a lease is held after its holder was heard of last.
const TERM_SECS: u32 = 30;

/// A lease that this process has taken.
#[derive(Debug)]
pub struct Lease {
    db: Db,
    name: String,
    holder: String,
}

/// Whose a lease is.
#[derive(Debug)]
pub enum Turn {
    Ours(Lease),
    /// Another's, in words for people.
    Theirs(String),
}

impl Lease {
    /// Takes a lease, unless it is held.
    pub async fn take(db: &Db, name: &str) -> Result<Turn> {
        let lease = Self { db: db.clone(), name: name.to_owned(), holder: new_holder() };
        loop {
            // Looked at first: to write, one waits for a holder that is writing.
            if let Some(other) = lease.find_holder().await? {
                return Ok(Turn::Theirs(other));
            }
            if lease.insert(&ended(db.backend())).await? {
                return Ok(Turn::Ours(lease));
            }
        }
    }

    /// Takes a lease from whoever has it: what that one has not committed by now, it never will.
    pub async fn take_over(db: &Db, name: &str) -> Result<Self> {
        let lease = Self { db: db.clone(), name: name.to_owned(), holder: new_holder() };
        lease.insert("true").await?;
        Ok(lease)
    }

    /// The database, to read from.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Begins a transaction that writes; until it ends nobody else takes the lease.
    ///
    /// # Errors
    /// [`Error::Conflict`] when somebody else has taken it since: then there is nothing more to write.
    pub async fn write(&self) -> Result<WriteTransaction> {
        let transaction = self.db.write().await?;
        let end = clock(self.db.backend(), TERM_SECS);
        let sql = format!(
            "UPDATE analytics_leases SET expires_at = {end} WHERE name = $1 AND holder = $2"
        );
        if self.execute(&*transaction, &sql).await? {
            return Ok(transaction);
        }
        Err(Error::Conflict(format!("the lease of the {} was taken by another", self.name)))
    }

    /// Gives it back. Where that fails, it goes by itself at its end.
    pub async fn release(self) {
        let sql = "DELETE FROM analytics_leases WHERE name = $1 AND holder = $2";
        if let Err(error) = self.execute_alone(sql).await {
            tracing::debug!(?error, lease = self.name, "a lease was not given back");
        }
    }

    async fn find_holder(&self) -> Result<Option<String>> {
        let sql = format!(
            "SELECT holder FROM analytics_leases WHERE name = $1 AND NOT ({})",
            ended(self.db.backend())
        );
        let values: [Value; 1] = [self.name.as_str().into()];
        let select = Statement::from_sql_and_values(self.db.backend(), sql, values);
        let found = self.db.pool().query_one_raw(select).await?;
        Ok(found.map(|row| row.try_get_by_index(0)).transpose()?)
    }

    /// Makes it this process's, where nobody has it or a condition holds of somebody else's; returns
    /// whether it did.
    async fn insert(&self, condition: &str) -> Result<bool> {
        let end = clock(self.db.backend(), TERM_SECS);
        let sql = format!(
            "INSERT INTO analytics_leases (name, holder, expires_at) VALUES ($1, $2, {end}) \
             ON CONFLICT (name) DO UPDATE \
             SET holder = excluded.holder, expires_at = excluded.expires_at WHERE {condition}"
        );
        self.execute_alone(&sql).await
    }

    async fn execute_alone(&self, sql: &str) -> Result<bool> {
        let transaction = self.db.write().await?;
        let is_done = self.execute(&*transaction, sql).await?;
        transaction.commit().await?;
        Ok(is_done)
    }

    /// Whether a statement over name and holder has touched the row.
    async fn execute(&self, transaction: &impl ConnectionTrait, sql: &str) -> Result<bool> {
        let values: [Value; 2] = [self.name.as_str().into(), self.holder.as_str().into()];
        let statement = Statement::from_sql_and_values(self.db.backend(), sql, values);
        Ok(transaction.execute_raw(statement).await?.rows_affected() > 0)
    }
}

/// Whether a lease has ended. One that ends later than any that is taken now was taken by a clock that
/// was ahead then.
fn ended(backend: DbBackend) -> String {
    let (now, latest) = (clock(backend, 0), clock(backend, 2 * TERM_SECS));
    format!("analytics_leases.expires_at <= {now} OR analytics_leases.expires_at > {latest}")
}

/// So many seconds from now. Not from the beginning of the transaction, which may have waited.
fn clock(backend: DbBackend, secs: u32) -> String {
    match backend {
        DbBackend::Postgres => format!("clock_timestamp() + interval '{secs} seconds'"),
        // Text of one length, so that it compares as the instants do.
        _ => format!("strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now', '+{secs} seconds')"),
    }
}

/// Tells where a holder runs. Its last part tells it from all others: in containers hosts and numbers of
/// processes come again.
fn new_holder() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = Some(host.trim()).filter(|host| !host.is_empty()).unwrap_or("unknown host");
    let token = Uuid::new_v4().simple().to_string();
    format!("{host}, process {} ({})", std::process::id(), &token[..12])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::testing::database;

    fn new_name() -> String {
        Uuid::now_v7().to_string()
    }

    async fn taken(db: &Db, name: &str) -> Lease {
        match Lease::take(db, name).await.unwrap() {
            Turn::Ours(lease) => lease,
            Turn::Theirs(holder) => panic!("{holder} holds it"),
        }
    }

    async fn holder(db: &Db, name: &str) -> Option<String> {
        match Lease::take(db, name).await.unwrap() {
            Turn::Ours(lease) => {
                lease.release().await;
                None
            }
            Turn::Theirs(holder) => Some(holder),
        }
    }

    /// What passing time does to a holder that is heard of no more.
    async fn given_end(lease: &Lease) {
        given_end_at(lease, &clock(lease.db.backend(), 0)).await;
    }

    async fn given_end_at(lease: &Lease, end: &str) {
        let sql = format!(
            "UPDATE analytics_leases SET expires_at = {end} WHERE name = $1 AND holder = $2"
        );
        assert!(lease.execute_alone(&sql).await.unwrap());
    }

    #[tokio::test]
    async fn a_lease_by_a_clock_that_was_hours_ahead_holds_nobody_up() {
        let ((db, _folder), name) = (database().await, new_name());
        let ahead = taken(&db, &name).await;
        given_end_at(&ahead, &clock(db.backend(), 2 * TERM_SECS - 5)).await;
        assert_eq!(holder(&db, &name).await, Some(ahead.holder.clone()));
        given_end_at(&ahead, &clock(db.backend(), 36_000)).await;
        assert_eq!(holder(&db, &name).await, None);
    }

    #[tokio::test]
    async fn a_lease_is_held_by_one_until_it_is_given_back() {
        let ((db, _folder), name) = (database().await, new_name());
        let first = taken(&db, &name).await;
        assert_eq!(holder(&db, &name).await, Some(first.holder.clone()));
        assert_eq!(holder(&db, &format!("{name} too")).await, None);
        first.release().await;
        assert_eq!(holder(&db, &name).await, None);
    }

    #[tokio::test]
    async fn of_many_who_take_at_once_one_has_it() {
        let ((db, _folder), name) = (database().await, new_name());
        let turns = (0..16).map(|_| Lease::take(&db, &name));
        let turns = futures_util::future::try_join_all(turns).await.unwrap();
        let ours = turns.iter().filter(|turn| matches!(turn, Turn::Ours(_)));
        assert_eq!(ours.count(), 1);
    }

    #[tokio::test]
    async fn a_lease_that_ended_is_taken_and_its_old_holder_writes_nothing() {
        let ((db, _folder), name) = (database().await, new_name());
        let old = taken(&db, &name).await;
        given_end(&old).await;
        let new = taken(&db, &name).await;
        let refusal = old.write().await.unwrap_err().to_string();
        assert_eq!(refusal, format!("the lease of the {name} was taken by another"));
        // Nor does it give away what is another's.
        old.release().await;
        assert_eq!(holder(&db, &name).await, Some(new.holder));
    }

    #[tokio::test]
    async fn a_lease_is_taken_over_from_whoever_has_it() {
        let ((db, _folder), name) = (database().await, new_name());
        let old = taken(&db, &name).await;
        let new = Lease::take_over(&db, &name).await.unwrap();
        assert!(old.write().await.is_err());
        new.write().await.unwrap().commit().await.unwrap();
        assert_eq!(holder(&db, &name).await, Some(new.holder));
    }

    #[tokio::test]
    async fn a_holder_that_writes_holds_it_for_another_term() {
        let ((db, _folder), name) = (database().await, new_name());
        let lease = taken(&db, &name).await;
        given_end(&lease).await;
        lease.write().await.unwrap().commit().await.unwrap();
        assert_eq!(holder(&db, &name).await, Some(lease.holder));
    }

    #[tokio::test]
    async fn nobody_takes_it_from_a_transaction_that_is_under_way() {
        let ((db, _folder), name) = (database().await, new_name());
        let old = taken(&db, &name).await;
        given_end(&old).await;
        let transaction = old.write().await.unwrap();
        let mut turn = Box::pin(Lease::take(&db, &name));
        let early = tokio::time::timeout(std::time::Duration::from_millis(200), &mut turn).await;
        assert!(early.is_err(), "{early:?}");
        transaction.commit().await.unwrap();
        assert!(matches!(turn.await.unwrap(), Turn::Theirs(holder) if holder == old.holder));
    }
}
