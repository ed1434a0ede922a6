//! The settings of Redis that `serve` insists on.

use std::{
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::process::Desk;

const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];

/// A Redis of one test alone, on a socket in the test's folder.
pub(crate) struct Redis(Child);

impl Redis {
    pub(crate) fn start(desk: &Desk, settings: &[&str]) -> Self {
        let process = Command::new("redis-server")
            .args(["--port", "0", "--unixsocket", "redis.sock", "--save", ""])
            .args(settings)
            .current_dir(desk.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is needed (Debian package redis-server)");
        let redis = Self(process);
        wait_for("Redis", || connect(desk).is_some_and(|mut redis| ping(&mut redis)));
        redis
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn url(desk: &Desk) -> String {
    format!("redis+unix://{}/redis.sock", desk.path().display())
}

/// A connection of a product.
pub(crate) fn connect(desk: &Desk) -> Option<redis::Connection> {
    redis::Client::open(url(desk)).ok()?.get_connection().ok()
}

fn ping(redis: &mut redis::Connection) -> bool {
    redis::cmd("PING").query::<String>(redis).is_ok()
}

/// Waits until something is so.
pub(crate) fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(20), "waited in vain for {what}");
        thread::sleep(Duration::from_millis(25));
    }
}

/// A folder whose commands go to its Redis.
pub(crate) fn desk() -> Desk {
    let desk = Desk::new();
    let url = url(&desk);
    desk.with("REDIS_URL", &url)
}

#[test]
fn a_redis_that_may_lose_events_is_refused_with_the_way_out() {
    for (settings, expected) in [
        (
            &["--appendonly", "no"][..],
            "`appendonly` of Redis is `no`, expected `yes`: without it events that wait in Redis are \
             lost when it ends; set it by `redis-cli config set appendonly yes` and keep it by \
             `redis-cli config rewrite`, or accept the loss with `store.redis_durability = \"warn\"`",
        ),
        (
            &["--appendonly", "yes", "--appendfsync", "no"],
            "`appendfsync` of Redis is `no`, expected `everysec` or `always`; ",
        ),
        (
            &["--appendonly", "yes", "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"],
            "`maxmemory-policy` of Redis is `allkeys-lru` with a `maxmemory`, expected `noeviction`",
        ),
    ] {
        let desk = desk();
        let _redis = Redis::start(&desk, settings);
        let reason = desk.refused(&SERVE);
        assert!(reason.starts_with(expected), "{reason}");
        // Accepted, it is warned of and serves.
        let desk = desk.with("DESKPULSE_STORE__REDIS_DURABILITY", "warn");
        assert_eq!(desk.serve().stop().code(), Some(0));
        let log = desk.read("serve.log");
        assert!(log.contains(settings[settings.len() - 2].trim_start_matches('-')), "{log}");
    }
}

#[test]
fn the_way_out_leads_out() {
    let desk = desk();
    let _redis = Redis::start(&desk, &["--appendonly", "no"]);
    desk.refused(&SERVE);
    let mut redis = connect(&desk).expect("a connection");
    let set = redis::cmd("CONFIG").arg("SET").arg("appendonly").arg("yes").query::<()>(&mut redis);
    set.expect("a setting");
    assert_eq!(desk.serve().stop().code(), Some(0));
    assert!(!desk.read("serve.log").contains("WARN"), "{}", desk.read("serve.log"));
}

#[test]
fn a_redis_that_hides_its_settings_is_warned_of() {
    let desk = desk();
    let _redis = Redis::start(&desk, &["--appendonly", "no"]);
    let mut redis = connect(&desk).expect("a connection");
    let rules = ["SETUSER", "default", "-config"];
    redis::cmd("ACL").arg(&rules).query::<()>(&mut redis).expect("a rule");
    assert_eq!(desk.serve().stop().code(), Some(0));
    let log = desk.read("serve.log");
    assert!(log.contains("cannot see whether Redis keeps what it acknowledges"), "{log}");
}

#[tokio::test]
async fn a_redis_that_comes_late_is_warned_of_and_the_service_stays() {
    let desk = desk();
    let service = desk.serve();
    let _redis = Redis::start(&desk, &["--appendonly", "no"]);
    wait_for("the warning", || desk.read("serve.log").contains("`appendonly` of Redis is `no`"));
    assert_eq!(service.get("/healthz").await.0, 200);
    assert_eq!(service.stop().code(), Some(0));
}

#[test]
fn any_other_word_for_durability_is_refused() {
    let reason = Desk::new().with("DESKPULSE_STORE__REDIS_DURABILITY", "maybe").refused(&SERVE);
    let expected =
        "configuration: `store.redis_durability` is `maybe`, expected one of require, warn";
    assert_eq!(reason, expected);
}

/// A port that was free a moment ago.
fn free_port() -> String {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    free.local_addr().expect("an address").port().to_string()
}

/// Says a command to the test's Redis.
fn say<T: redis::FromRedisValue>(desk: &Desk, words: &[&str]) -> redis::RedisResult<T> {
    let mut redis = connect(desk).expect("a connection");
    redis::cmd(words[0]).arg(&words[1..]).query(&mut redis)
}

#[test]
fn a_master_of_a_cluster_that_may_lose_events_is_refused_by_its_address() {
    let (port, bus) = (free_port(), free_port());
    let settings = ["--cluster-enabled", "yes", "--cluster-port", &bus, "--appendonly", "no"];
    // A later setting counts.
    let settings = [&settings[..], &["--bind", "127.0.0.1", "--port", &port]].concat();
    let desk = Desk::new();
    let _redis = Redis::start(&desk, &settings);
    say::<()>(&desk, &["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]).expect("slots");
    wait_for("the cluster", || {
        let info: String = say(&desk, &["CLUSTER", "INFO"]).expect("an answer");
        info.contains("cluster_state:ok")
    });
    let desk = desk.with("REDIS_URL", &format!("redis+cluster://127.0.0.1:{port}"));
    let reason = desk.refused(&SERVE);
    let expected =
        format!("`appendonly` of Redis at 127.0.0.1:{port} is `no`, expected `yes`: without it");
    assert!(reason.starts_with(&expected), "{reason}");
    say::<()>(&desk, &["CONFIG", "SET", "appendonly", "yes"]).expect("a setting");
    say::<()>(&desk, &["CONFIG", "SET", "requirepass", "hunter2"]).expect("a password");
    for wrong in ["", ":hunter3@"] {
        let desk =
            Desk::new().with("REDIS_URL", &format!("redis+cluster://{wrong}127.0.0.1:{port}"));
        let reason = desk.refused(&SERVE);
        assert!(reason.starts_with("redis error: ") && !reason.contains("hunter"), "{reason}");
    }
    let desk = Desk::new().with("REDIS_URL", &format!("redis+cluster://:hunter2@127.0.0.1:{port}"));
    assert_eq!(desk.serve().stop().code(), Some(0));
    assert!(!desk.read("serve.log").contains("WARN"), "{}", desk.read("serve.log"));
}

#[test]
fn a_redis_that_is_no_cluster_and_a_sentinel_without_the_master_stop_the_start() {
    let port = free_port();
    let settings = ["--appendonly", "yes", "--bind", "127.0.0.1", "--port", &port];
    let desk = Desk::new();
    let _redis = Redis::start(&desk, &settings);
    let reason = {
        let desk = Desk::new().with("REDIS_URL", &format!("redis+cluster://127.0.0.1:{port}"));
        desk.refused(&SERVE)
    };
    assert!(reason.contains("cluster support disabled"), "{reason}");
    let sentinel_port = free_port();
    let folder = Desk::new().given("sentinel.conf", &format!("port {sentinel_port}\n"));
    let sentinel = Command::new("redis-server")
        .args(["sentinel.conf", "--sentinel"])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .spawn();
    let _sentinel = Redis(sentinel.expect("redis-server"));
    let url = format!("redis://127.0.0.1:{sentinel_port}");
    wait_for("the sentinel", || {
        let client = redis::Client::open(url.as_str()).expect("a URL");
        client.get_connection().is_ok_and(|mut sentinel| ping(&mut sentinel))
    });
    let desk =
        Desk::new().with("REDIS_URL", &format!("redis+sentinel://127.0.0.1:{sentinel_port}/main"));
    let reason = desk.refused(&SERVE);
    assert!(reason.contains("no such master"), "{reason}");
}
