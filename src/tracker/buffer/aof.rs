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
    live::Node,
};

/// Lua that tells, in `put_off_by`, the process that may put writing down off until after the
/// answer: a part of the id that a Redis has until it ends. None, as `nil`, where nothing is put off,
/// where Redis does not say, and where it keeps no file.
macro_rules! put_off_by {
    () => {
        r"
local function info(section, pattern)
  local text = redis.pcall('INFO', section)
  return type(text) == 'string' and text:match(pattern)
end
local function process()
  return tonumber(info('server', 'run_id:(%x%x%x%x%x%x%x%x%x%x)') or '0', 16) + 1
end
local syncs = info('persistence', 'aof_pending_bio_fsync:(%d+)')
local put_off_by = syncs and syncs ~= '0' and process() or nil
"
    };
}
pub(super) use put_off_by;

/// Whether this is that process, and whether it still puts off.
const ASK: &str = concat!(put_off_by!(), "return { process(), put_off_by and 1 or 0 }");

/// Pause between two questions; a sync takes milliseconds unless the disk is busy.
const PAUSE: Duration = Duration::from_millis(3);

/// Returns once the Redis that put it off has written down all that it acknowledged before.
///
/// # Errors
/// [`Error::Unavailable`] when it has not within `limit`, or has ended; [`Error::Redis`] when it
/// does not answer.
pub(super) async fn written_down(redis: Option<Node>, process: i64, limit: Duration) -> Result<()> {
    // Not whoever has the key by now: that one knows nothing of it.
    let Some(mut redis) = redis else { return Err(Error::unavailable("Redis is away")) };
    let begun = Instant::now();
    while begun.elapsed() < limit {
        sleep(PAUSE).await;
        let (own, puts_off): (i64, bool) = Script::new(ASK).invoke_async(&mut redis).await?;
        if own != process {
            return Err(Error::unavailable("Redis has started anew"));
        }
        if !puts_off {
            return Ok(());
        }
    }
    Err(Error::unavailable("Redis does not write down what it is told"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::{RedisLink, testing::PrivateRedis};

    #[tokio::test]
    async fn only_the_process_that_was_told_says_that_it_is_written_down() {
        let mut server = PrivateRedis::durable().await;
        let mut link = RedisLink::connect(server.client()).await.unwrap();
        let (told, puts_off): (i64, bool) = Script::new(ASK).invoke_async(&mut link).await.unwrap();
        assert!(told > 0 && !puts_off, "{told}");
        written_down(link.master_of(""), told, Duration::from_secs(1)).await.unwrap();
        server.kill();
        server.revive().await;
        let link = RedisLink::connect(server.client()).await.unwrap();
        let late = written_down(link.master_of(""), told, Duration::from_secs(1));
        let error = late.await.unwrap_err();
        assert!(error.to_string().starts_with("Redis has started anew"), "{error}");
    }
}
