//! The comparison at the end of a run: by id, by the books, and figure by figure.

mod books;
mod figures;
mod floor;
mod ids;
mod keys;

use std::time::Duration;

pub(crate) use self::books::books;
use crate::{
    harness::{Desk, TENANTS, within},
    traffic::Record,
};

/// How long the buffer may take to be empty once all is well: leases expire, batches are taken over.
const DRAIN: Duration = Duration::from_mins(2);

/// Events that wait, of all tenants; an error in words while nobody answers.
pub(crate) async fn pending(desk: &Desk) -> Result<i64, String> {
    let mut pending = 0;
    for tenant in TENANTS {
        pending += books(desk, tenant.id).await?.pending;
    }
    Ok(pending)
}

/// Waits until nothing waits for the database.
pub(crate) async fn settle(desk: &Desk) {
    let empty = async || (pending(desk).await == Ok(0)).then_some(());
    within(DRAIN, "an empty buffer", empty).await;
}

/// Everything that is wrong after a run; empty when all is well.
pub(crate) async fn faults_found(desk: &Desk, record: &Record) -> Vec<String> {
    settle(desk).await;
    let mut wrong = record.surprises.clone();
    wrong.extend(ids::wrong(desk, record).await);
    wrong.extend(books::wrong(desk, record).await);
    wrong.extend(figures::wrong(desk, record).await);
    wrong.extend(floor::wrong(desk, record).await);
    wrong.extend(keys::wrong(desk, record).await);
    let rollup = desk.replicas[0].done(&["rollup"]);
    eprintln!("deskpulse rollup: {}", rollup.trim());
    wrong.extend(figures::wrong(desk, record).await);
    wrong
}
