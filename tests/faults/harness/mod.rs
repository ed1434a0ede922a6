//! The service and its stores as processes of one test, on loopback and in folders of their own.

mod caller;
mod clock;
mod desk;
mod layout;
mod logs;
mod ports;
mod postgres;
mod process;
mod proxy;
mod redis;
mod replica;
mod rows;
mod sample;
mod watcher;

use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, SubsecRound as _, Utc};

pub(crate) use self::{
    caller::{Answer, Caller, Told},
    clock::FakeClock,
    desk::Desk,
    layout::{Layout, TENANTS, Tenant},
    logs::Logs,
    postgres::Postgres,
    process::Process,
    proxy::Proxy,
    redis::Redis,
    replica::Replica,
    rows::{Row, Rows},
    sample::{id_of, message, messages},
    watcher::Watcher,
};

/// The present instant, to the millisecond.
pub(crate) fn now() -> DateTime<Utc> {
    DateTime::<Utc>::from(SystemTime::now()).trunc_subsecs(3)
}

/// Asks until there is an answer, or `deadline` has passed.
pub(crate) async fn within<T>(
    deadline: Duration,
    what: &str,
    mut ask: impl AsyncFnMut() -> Option<T>,
) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(started.elapsed() < deadline, "{what}: not within {deadline:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
