//! Ends statements on PostgreSQL that nobody waits for any more: the operation's time is over, or
//! its client has gone.
//!
//! To drop a statement here leaves it running there, on a connection that stays taken. The server is
//! told over a connection beside the pool, which may be full of such statements. A transaction goes
//! by a name of its own while it lasts, so that nobody else's statement is hit.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sea_orm::sqlx::{self, Connection as _, PgConnection, PgPool, postgres::PgConnectOptions};
use tokio::{sync::mpsc, time::timeout};

/// How long the server may take to be reached, and to be told.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Passes on what is to be ended.
#[derive(Clone, Debug)]
pub(super) struct Canceller {
    abandoned: mpsc::UnboundedSender<Arc<str>>,
    named: Arc<AtomicU64>,
}

impl Canceller {
    /// Starts one, which ends with its last clone.
    pub(super) fn start(options: PgConnectOptions) -> Self {
        let (sender, abandoned) = mpsc::unbounded_channel();
        tokio::spawn(run(options.application_name("deskpulse cancel"), abandoned));
        Self { abandoned: sender, named: Arc::default() }
    }

    /// Names a transaction of a pool, by more than the name that the pool's connections have.
    pub(super) fn name(&self, pool: &PgPool) -> Abandonable {
        let options = pool.connect_options();
        let pool = options.get_application_name().unwrap_or_default();
        let number = self.named.fetch_add(1, Ordering::Relaxed);
        Abandonable { canceller: self.clone(), name: format!("{pool} {number}").into() }
    }
}

/// A transaction whose statements are ended when they are abandoned.
#[derive(Debug)]
pub(super) struct Abandonable {
    canceller: Canceller,
    name: Arc<str>,
}

impl Abandonable {
    /// What makes the server know the transaction by its name.
    pub(super) fn script(&self) -> String {
        format!("SET LOCAL application_name = '{}'", self.name)
    }

    /// Ends the statement under way when this is dropped before [`Watch::done`].
    pub(super) fn watch(&self) -> Watch<'_> {
        Watch(Some(self))
    }
}

pub(super) struct Watch<'a>(Option<&'a Abandonable>);

impl Watch<'_> {
    pub(super) fn done(mut self) {
        self.0 = None;
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if let Some(abandoned) = self.0 {
            // Without a receiver the service is at its end.
            let _ = abandoned.canceller.abandoned.send(Arc::clone(&abandoned.name));
        }
    }
}

/// Cancels what is abandoned, one after the other, over a connection that is there meanwhile.
async fn run(options: PgConnectOptions, mut abandoned: mpsc::UnboundedReceiver<Arc<str>>) {
    while let Some(first) = abandoned.recv().await {
        let Ok(Ok(mut connection)) = timeout(TIMEOUT, PgConnection::connect_with(&options)).await
        else {
            tracing::debug!("an abandoned statement runs on: the database is out of reach");
            continue;
        };
        let mut next = Some(first);
        while let Some(name) = next {
            match timeout(TIMEOUT, cancel(&mut connection, &name)).await {
                Ok(Ok(())) => next = abandoned.try_recv().ok(),
                Ok(Err(error)) => {
                    tracing::debug!(%error, "an abandoned statement runs on");
                    break;
                }
                Err(_) => break,
            }
        }
        let _ = timeout(TIMEOUT, connection.close()).await;
    }
}

async fn cancel(connection: &mut PgConnection, name: &str) -> Result<(), sqlx::Error> {
    const CANCEL: &str = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity \
        WHERE application_name = $1 AND state = 'active'";
    let ended = sqlx::query(CANCEL).bind(name).fetch_all(connection).await?.len();
    if ended > 0 {
        metrics::counter!("statements_cancelled_total").increment(1);
        tracing::debug!(name, "an abandoned statement was ended");
    }
    Ok(())
}
