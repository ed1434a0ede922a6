//! Whether Redis has written down what it acknowledges.
//!
//! With `appendfsync everysec` Redis answers before it has handed a command to the operating system
//! for as long as a sync of earlier ones is under way, up to two seconds on a busy disk: killed
//! meanwhile, it forgets what it acknowledged. A command that sees no such sync is handed over
//! before its answer is sent, and so is everything before it (ADR 14).

use std::time::Duration;

use redis::Script;
use tokio::time::{Instant, sleep};

use crate::{
    error::{Error, Result},
    live::RedisLink,
};

/// Lua that tells, in `is_put_off`, whether writing down may be put off until after the answer. A
/// Redis that does not say, or keeps no file, puts nothing off.
macro_rules! is_put_off {
    () => {
        r"
local persistence = redis.pcall('INFO', 'persistence')
local syncs = type(persistence) == 'string' and persistence:match('aof_pending_bio_fsync:(%d+)')
local is_put_off = syncs and syncs ~= '0'
"
    };
}
pub(super) use is_put_off;

const ASK: &str = concat!(is_put_off!(), "return is_put_off and 1 or 0");

/// Pause between two questions; a sync takes milliseconds unless the disk is busy.
const PAUSE: Duration = Duration::from_millis(3);

/// Returns once Redis has written down all that it acknowledged before.
///
/// # Errors
/// [`Error::Unavailable`] when it has not within `limit`, [`Error::Redis`] when it does not answer.
pub(super) async fn written_down(redis: &RedisLink, limit: Duration) -> Result<()> {
    let begun = Instant::now();
    while begun.elapsed() < limit {
        sleep(PAUSE).await;
        let is_put_off: bool = Script::new(ASK).invoke_async(&mut redis.clone()).await?;
        if !is_put_off {
            return Ok(());
        }
    }
    Err(Error::unavailable("Redis does not write down what it is told"))
}
