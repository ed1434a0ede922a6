//! Whether Redis keeps what it has acknowledged: events that wait there were promised to be kept.
//!
//! Every master is asked at start, where a wrong answer stops the start unless the configuration
//! accepts the risk, and one that was away then, or becomes a master later, as soon as it answers: a
//! running service is only warned.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use redis::aio::ConnectionLike;
use tokio_util::sync::CancellationToken;

use crate::{
    config::RedisDurability,
    error::{Error, Result},
    live::{Node, RedisLink, is_away},
};

const SETTINGS: [&str; 4] = ["appendonly", "appendfsync", "maxmemory", "maxmemory-policy"];
/// Pause before a Redis that was away is asked again.
const PAUSE: Duration = Duration::from_secs(1);

/// The addresses of masters that were asked already.
pub type Checked = HashSet<String>;

/// Asks the masters of Redis whether they keep what they acknowledge, but for those that are away.
///
/// # Errors
/// [`Error::Refused`] names the setting at fault, unless faults are to be warned of only;
/// [`Error::Redis`] says what else a server has against this client.
pub async fn check_redis(redis: &RedisLink, durability: RedisDurability) -> Result<Checked> {
    let mut checked = Checked::new();
    let masters = redis.masters();
    for master in &masters {
        let server = name(redis, master);
        match check(&mut master.clone(), &server, durability).await {
            Ok(()) => drop(checked.insert(master.address())),
            // A replica that restarts during an outage serves like those that run.
            Err(Error::Redis(error)) if is_away(&error) => {
                tracing::warn!(%error, "Redis{server} does not answer; starting without it");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(checked)
}

/// What tells a server from others, where there are any.
fn name(redis: &RedisLink, master: &Node) -> String {
    if redis.may_move() { format!(" at {}", master.address()) } else { String::new() }
}

/// `server` tells this one from others, where there are any.
async fn check(redis: &mut Node, server: &str, durability: RedisDurability) -> Result<()> {
    redis::cmd("PING").query_async::<()>(redis).await?;
    let settings = match settings(redis).await {
        Ok(settings) => settings,
        Err(error) if is_away(&error) => return Err(error.into()),
        // Managed services forbid CONFIG.
        Err(error) => {
            tracing::warn!(%error, "cannot see whether Redis keeps what it acknowledges: {ADVICE}");
            return Ok(());
        }
    };
    match (fault(&settings, server), durability) {
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

/// Asks masters that were not there to be `checked`, until there can be no more of them.
pub async fn check_redis_later(redis: RedisLink, mut checked: Checked, stop: CancellationToken) {
    loop {
        let mut unchecked = redis.masters();
        unchecked.retain(|master| !checked.contains(&master.address()));
        if unchecked.is_empty() && !redis.may_move() {
            return;
        }
        for master in &mut unchecked {
            let server = name(&redis, master);
            if check(master, &server, RedisDurability::Warn).await.is_ok() {
                checked.insert(master.address());
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PAUSE) => {}
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
fn fault(settings: &HashMap<String, String>, server: &str) -> Option<String> {
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
            "`appendonly` of Redis{server} is `{found}`, expected `yes`: without it events that wait in \
             Redis are lost when it ends; {change}"
        ));
    }
    if let Some(found) = known("appendfsync").filter(|value| *value == "no") {
        let change = change("appendfsync", "everysec");
        return Some(format!(
            "`appendfsync` of Redis{server} is `{found}`, expected `everysec` or `always`; {change}"
        ));
    }
    // Without a bound nothing is evicted, whatever the policy.
    let bounded = known("maxmemory").is_some_and(|bytes| bytes != "0");
    let policy = known("maxmemory-policy").filter(|policy| bounded && *policy != "noeviction")?;
    let change = change("maxmemory-policy", "noeviction");
    Some(format!(
        "`maxmemory-policy` of Redis{server} is `{policy}` with a `maxmemory`, expected `noeviction`: \
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
            let found = fault(&settings, "");
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
        assert_eq!(fault(&HashMap::new(), ""), None);
    }
}
