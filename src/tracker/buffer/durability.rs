//! Whether Redis keeps what it has acknowledged: events that wait there were promised to be kept.
//!
//! Asked at start, where a wrong answer stops the start unless the configuration accepts the risk,
//! or, when Redis was away then, once it is back: a running service is only warned.

use std::{collections::HashMap, time::Duration};

use redis::aio::ConnectionLike;
use tokio_util::sync::CancellationToken;

use crate::{
    config::RedisDurability,
    error::{Error, Result},
    live::{RedisLink, is_away},
};

const SETTINGS: [&str; 4] = ["appendonly", "appendfsync", "maxmemory", "maxmemory-policy"];
/// Pause before a Redis that was away is asked again.
const PAUSE: Duration = Duration::from_secs(1);

/// Asks Redis whether it keeps what it acknowledges.
///
/// # Errors
/// [`Error::Refused`] names the setting at fault, unless faults are to be warned of only;
/// [`Error::Redis`] when Redis is away.
pub async fn check_redis(
    redis: &mut (impl ConnectionLike + Send),
    durability: RedisDurability,
) -> Result<()> {
    let settings = match settings(redis).await {
        Ok(settings) => settings,
        Err(error) if is_away(&error) => return Err(error.into()),
        // Managed services forbid CONFIG.
        Err(error) => {
            tracing::warn!(%error, "cannot see whether Redis keeps what it acknowledges: {ADVICE}");
            return Ok(());
        }
    };
    match (fault(&settings), durability) {
        (None, _) => Ok(()),
        (Some(fault), RedisDurability::Require) => Err(Error::Refused(format!(
            "{fault}, or accept the loss with `store.redis_durability = \"warn\"`"
        ))),
        (Some(fault), RedisDurability::Warn) => {
            tracing::warn!("{fault}");
            Ok(())
        }
    }
}

const ADVICE: &str = "it should run with `appendonly yes` and `maxmemory-policy noeviction`";

/// Asks a Redis that was away once it is back.
pub async fn check_redis_later(mut redis: RedisLink, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
        if check_redis(&mut redis, RedisDurability::Warn).await.is_ok() {
            return;
        }
    }
}

async fn settings(
    redis: &mut (impl ConnectionLike + Send),
) -> redis::RedisResult<HashMap<String, String>> {
    let mut ask = redis::pipe();
    for setting in SETTINGS {
        ask.cmd("CONFIG").arg("GET").arg(setting);
    }
    let answers: Vec<HashMap<String, String>> = ask.query_async(redis).await?;
    Ok(answers.into_iter().flatten().collect())
}

/// The first setting with which acknowledged events may be lost, and how to change it. A setting
/// that Redis does not know is not judged.
fn fault(settings: &HashMap<String, String>) -> Option<String> {
    let known = |name: &str| settings.get(name).map(String::as_str);
    let change = |name: &str, value: &str| {
        format!(
            "set it by `redis-cli config set {name} {value}` and keep it by `redis-cli config \
             rewrite`"
        )
    };
    if let Some(found) = known("appendonly").filter(|value| *value != "yes") {
        let change = change("appendonly", "yes");
        return Some(format!(
            "`appendonly` of Redis is `{found}`, expected `yes`: without it events that wait in \
             Redis are lost when it ends; {change}"
        ));
    }
    if let Some(found) = known("appendfsync").filter(|value| *value == "no") {
        let change = change("appendfsync", "everysec");
        return Some(format!(
            "`appendfsync` of Redis is `{found}`, expected `everysec` or `always`; {change}"
        ));
    }
    // Without a bound nothing is evicted, whatever the policy.
    let bounded = known("maxmemory").is_some_and(|bytes| bytes != "0");
    let policy = known("maxmemory-policy").filter(|policy| bounded && *policy != "noeviction")?;
    let change = change("maxmemory-policy", "noeviction");
    Some(format!(
        "`maxmemory-policy` of Redis is `{policy}` with a `maxmemory`, expected `noeviction`: \
         events that wait could be evicted; {change}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_at_fault_is_named_with_its_value() {
        let sound = [
            ("appendonly", "yes"),
            ("appendfsync", "everysec"),
            ("maxmemory", "0"),
            ("maxmemory-policy", "noeviction"),
        ];
        for (changed, expected) in [
            (&[][..], None),
            (&[("appendfsync", "always")], None),
            (&[("appendonly", "no")], Some("`appendonly` of Redis is `no`, expected `yes`")),
            (&[("appendfsync", "no")], Some("`appendfsync` of Redis is `no`, expected `everysec`")),
            (&[("maxmemory-policy", "allkeys-lru")], None),
            (&[("maxmemory", "1048576")], None),
            (
                &[("maxmemory", "1048576"), ("maxmemory-policy", "allkeys-lru")],
                Some("`maxmemory-policy` of Redis is `allkeys-lru` with a `maxmemory`, expected"),
            ),
        ] {
            let settings: HashMap<_, _> = sound
                .iter()
                .chain(changed)
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            let found = fault(&settings);
            match expected {
                None => assert_eq!(found, None),
                Some(expected) => {
                    assert!(found.as_ref().unwrap().starts_with(expected), "{found:?}");
                }
            }
        }
    }

    #[test]
    fn a_setting_that_is_not_known_is_not_judged() {
        assert_eq!(fault(&HashMap::new()), None);
    }
}
