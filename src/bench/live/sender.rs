//! Sends sessions of one tenant at a steady rate.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde::Serialize;
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

use super::{Desk, Ignored};
use crate::bench::{client::Call, data::PRODUCT, error::BenchError};

/// A call has all events of so long.
const TICK: Duration = Duration::from_millis(50);
const TRACK: &str = "mutation Track($input: [TrackEventInput!]!) { \
     trackEvents(input: $input, durability: STORED) { status } }";

/// A session that starts: the floor looks different after each.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    id: Uuid,
    name: &'static str,
    product: &'static str,
    session_id: Uuid,
}

#[derive(Serialize)]
struct Variables {
    input: Vec<Event>,
}

/// Sends until the end, and returns how many events were accepted.
pub(super) async fn run(desk: Arc<Desk>, rate: f64, until: Instant) -> Result<u64, BenchError> {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (started, mut sent) = (Instant::now(), 0_u64);
    while Instant::now() < until {
        ticks.tick().await;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small counts")]
        let due = (started.elapsed().as_secs_f64() * rate) as u64;
        let input: Vec<_> = (sent..due.min(sent + 1_000)).map(|_| event()).collect();
        if input.is_empty() {
            continue;
        }
        let count = input.len();
        let call = Call { query: TRACK, variables: &Variables { input } };
        desk.client.call::<Ignored>(call.body()).await?;
        sent += count as u64;
        let now = desk.timeline.now();
        desk.accepted().push((now, i64::try_from(sent).unwrap_or(i64::MAX)));
    }
    Ok(sent)
}

fn event() -> Event {
    let session_id = Uuid::now_v7();
    Event { id: Uuid::now_v7(), name: "session.start", product: PRODUCT, session_id }
}
