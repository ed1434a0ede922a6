use std::time::{Duration, Instant};

use redis::{AsyncCommands as _, RedisResult};
use tokio::time::timeout;

use super::{ANSWER_TIMEOUT, RedisLink, is_away};
use crate::live::testing::PrivateRedis;

/// Longer than any answer takes that is not waited for.
const AT_ONCE: Duration = Duration::from_millis(200);
const IN_GOOD_TIME: Duration = Duration::from_secs(10);

/// The number by which Redis knows the connection.
async fn connection_of(link: &RedisLink) -> RedisResult<i64> {
    redis::cmd("CLIENT").arg("ID").query_async(&mut link.clone()).await
}

/// Asks until there is an answer.
async fn recovers(link: &RedisLink) -> i64 {
    let answer = async {
        loop {
            if let Ok(id) = connection_of(link).await {
                return id;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(IN_GOOD_TIME, answer).await.expect("Redis is found again")
}

/// Asks until nothing is waited for any more.
async fn is_known_to_be_away(link: &RedisLink) {
    let known = async {
        loop {
            let begun = Instant::now();
            if connection_of(link).await.is_err() && begun.elapsed() < AT_ONCE {
                return;
            }
        }
    };
    timeout(IN_GOOD_TIME, known).await.expect("the silence is noticed");
}

#[tokio::test]
async fn a_silent_redis_is_not_waited_for_twice_and_found_again() {
    let server = PrivateRedis::start().await;
    let link = RedisLink::connect(server.client()).await.unwrap();
    let before = connection_of(&link).await.unwrap();
    server.freeze();
    let begun = Instant::now();
    let error = connection_of(&link).await.unwrap_err();
    assert!(is_away(&error), "{error}");
    assert!(begun.elapsed() < ANSWER_TIMEOUT + AT_ONCE, "{:?}", begun.elapsed());
    is_known_to_be_away(&link).await;
    server.thaw();
    assert_ne!(recovers(&link).await, before, "a connection that fell silent is used again");
}

#[tokio::test]
async fn what_was_asked_while_it_was_away_is_never_done() {
    let server = PrivateRedis::start().await;
    let mut link = RedisLink::connect(server.client()).await.unwrap();
    server.freeze();
    is_known_to_be_away(&link).await;
    assert!(link.set::<_, _, ()>("asked", 1).await.is_err());
    server.thaw();
    recovers(&link).await;
    assert_eq!(server.aside().await.exists::<_, bool>("asked").await, Ok(false));
}

#[tokio::test]
async fn a_connection_that_was_cut_is_replaced() {
    let server = PrivateRedis::start().await;
    let link = RedisLink::connect(server.client()).await.unwrap();
    let before = connection_of(&link).await.unwrap();
    let mut cut = redis::cmd("CLIENT");
    cut.arg("KILL").arg("ID").arg(before);
    cut.query_async::<()>(&mut server.aside().await).await.unwrap();
    assert_ne!(recovers(&link).await, before);
}

#[tokio::test]
async fn a_refused_command_costs_no_connection() {
    let server = PrivateRedis::start().await;
    let mut link = RedisLink::connect(server.client()).await.unwrap();
    let before = connection_of(&link).await.unwrap();
    link.set::<_, _, ()>("text", "a").await.unwrap();
    let error = link.lpush::<_, _, ()>("text", 1).await.unwrap_err();
    assert!(!is_away(&error), "{error}");
    assert_eq!(connection_of(&link).await, Ok(before));
}

#[tokio::test]
async fn one_that_comes_later_is_used_once_it_is_there() {
    let mut server = PrivateRedis::absent();
    let link = RedisLink::connect(server.client()).await.unwrap();
    let begun = Instant::now();
    assert!(connection_of(&link).await.is_err());
    assert!(begun.elapsed() < AT_ONCE, "{:?}", begun.elapsed());
    server.revive().await;
    recovers(&link).await;
}

#[tokio::test]
async fn its_clock_is_known_unless_it_may_not_be_asked() {
    let server = PrivateRedis::start().await;
    let mut aside = server.aside().await;
    let link = RedisLink::connect(server.client()).await.unwrap();
    let (secs, _): (i64, i64) = redis::cmd("TIME").query_async(&mut aside).await.unwrap();
    let ahead_ms = link.time_at(Instant::now() + Duration::from_mins(1)).unwrap() - secs * 1_000;
    assert!((59_000..62_000).contains(&ahead_ms), "{ahead_ms}");
    let mut forbid = redis::cmd("ACL");
    forbid.arg("SETUSER").arg("default").arg("-time");
    forbid.query_async::<()>(&mut aside).await.unwrap();
    let link = RedisLink::connect(server.client()).await.unwrap();
    assert_eq!(link.time_at(Instant::now()), None);
    connection_of(&link).await.unwrap();
}
