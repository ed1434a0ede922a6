//! The state of the floor in Redis against the database's: after whatever comes, in whatever order,
//! over whichever replica, both say the same.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use deskpulse::{config::Config, tenant::ChannelSettings};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};
use redis::AsyncCommands as _;
use sea_orm::DbBackend;
use serde_json::{Value, json};

use crate::harness::{AnyRedis, NOW, TestApp, eventually};

const FLOOR: &str = "{ realtime {
    overview { activeSessions queueCount onlineAgents totalAgents slaAlerts systemLoad }
    channels { id name onlineUsers load trend }
    agents { agentId name status durationSeconds load }
    alerts { sessionId queue channel customerName waitingSince openedAt acknowledgedBy acknowledgedAt }
    queue { waiting longestWaitSeconds }
} }";

/// Of a run.
const EVENTS: usize = 6_000;

/// Two replicas over one Redis, and one without, which counts over the database.
struct Desk {
    redis: AnyRedis,
    replicas: [TestApp; 2],
    oracle: TestApp,
}

impl Desk {
    async fn start() -> Self {
        let redis = AnyRedis::start().await;
        let settings = |config: &mut Config| {
            config.store.redis_prefix.get_or_insert_with(|| "floor".into());
            let tenant = config.tenants.get_mut("default").expect("a tenant");
            let web = ChannelSettings { name: "Web".into(), capacity: 300 };
            Arc::make_mut(tenant).channels.insert("web".into(), web);
        };
        let first = TestApp::spawn_on_with(&redis, settings).await;
        let oracle = first.replica_with(|config| config.store.redis_url = None).await;
        let desk = Self { redis, replicas: [first.replica().await, first], oracle };
        desk.built().await;
        desk
    }

    fn advance(&self, by: TimeDelta) {
        // All replicas have one clock.
        self.oracle.advance(by);
    }

    fn key(&self, tail: &str) -> String {
        format!("{}:{{default}}:live:{tail}", self.oracle.prefix())
    }

    /// Lets Redis forget everything; on a cluster of many tests all that is kept of this floor.
    async fn empty(&self) {
        let mut redis = self.redis.connect().await;
        if let AnyRedis::Private(_) = self.redis {
            redis::cmd("FLUSHALL").exec_async(&mut redis).await.expect("an empty Redis");
            return;
        }
        let tails = ["state", "sessions", "active", "other", "busy", "queue", "ended", "agents"];
        let keys = tails.map(|tail| self.key(tail));
        redis.unlink::<_, ()>(&keys).await.expect("an empty state");
    }

    /// Returns once the state is there to be read.
    async fn built(&self) {
        let redis = self.redis.connect().await;
        eventually("a state", async || {
            let mut redis = redis.clone();
            let state: Vec<Option<String>> =
                redis.hmget(self.key("state"), &["process", "building"]).await.ok()?;
            (state[0].is_some() && state[1].is_none()).then_some(())
        })
        .await;
    }

    /// Every replica shows what the database holds.
    async fn agrees(&self, when: &str) {
        let expected = self.oracle.viewer().ask(FLOOR).await;
        for (index, replica) in self.replicas.iter().enumerate() {
            let mut last = Value::Null;
            // What the other replica has committed may be on its way for a moment.
            for _ in 0..40 {
                last = replica.viewer().ask(FLOOR).await;
                if last == expected {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
            assert_eq!(last, expected, "{when}, replica {index}");
        }
    }

    /// The replicas count over Redis: one more there is one more for them.
    async fn is_counted_in_redis(&self) {
        let active = async |app: &TestApp| {
            let data = app.viewer().ask(FLOOR).await;
            data["realtime"]["overview"]["activeSessions"].as_i64().expect("a count")
        };
        let before = active(&self.oracle).await;
        let mut redis = self.redis.connect().await;
        let now = self.oracle.clock_micros();
        for replica in &self.replicas {
            // One that could not tell of something builds the state anew before it believes in it.
            eventually("a count over Redis", async || {
                let mut redis = redis.clone();
                redis
                    .zadd::<_, _, _, ()>(self.key("active"), "one more", now)
                    .await
                    .expect("one more");
                (active(replica).await == before + 1).then_some(())
            })
            .await;
        }
        redis.zrem::<_, _, ()>(self.key("active"), "one more").await.expect("one less");
    }
}

fn pick<T: Clone>(random: &mut StdRng, choices: &[T]) -> T {
    choices[random.random_range(0..choices.len())].clone()
}

/// A random event of a busy floor around `now`; most are recent, some come a day late.
fn random_event(random: &mut StdRng, index: usize, now: DateTime<Utc>, sessions: usize) -> Value {
    let agent = format!("agent-{}", random.random_range(0..40));
    let (name, data) = match random.random_range(0..20) {
        0..=3 => (
            "session.start",
            json!({
                "channel": pick(random, &["app", "web", "x"]),
                "visitor_id": format!("v{}", random.random_range(0..2_000)),
                "customer_name": pick(random, &["a", "b"]),
            }),
        ),
        4 | 5 => ("session.queue", json!({ "queue": pick(random, &["q", "r"]) })),
        6 | 7 => ("session.assign", json!({ "agent_id": agent, "agent_name": agent })),
        8 => ("session.end", json!({ "by": "agent" })),
        9 => ("alert.acknowledge", json!({ "by": pick(random, &["vera", "olga"]) })),
        10..=12 => (
            "visitor.seen",
            json!({
                "channel": pick(random, &["app", "web", "y"]),
                "visitor_id": format!("v{}", random.random_range(0..2_000)),
            }),
        ),
        13 => (
            "agent.status",
            json!({
                "agent_id": agent, "agent_name": pick(random, &["Li", "Wang"]),
                "status": pick(random, &["online", "serving", "away", "offline"]),
                "capacity": random.random_range(1..9), "by_hand": random.random_bool(0.5),
            }),
        ),
        _ => ("message.ai", json!({})),
    };
    let back_secs = match random.random_range(0..10) {
        0 => random.random_range(0..26 * 3_600),
        1 | 2 => random.random_range(0..45 * 60),
        _ => random.random_range(-60..12 * 60),
    };
    // Whole seconds, so that ties are common.
    let at = now - TimeDelta::seconds(back_secs);
    json!({
        "id": format!("e{index}"), "name": name, "product": "bot", "data": data,
        "sessionId": format!("s{}", random.random_range(0..sessions)),
        "occurredAt": at.to_rfc3339(),
    })
}

/// A random run over both replicas, at times at once, with a look now and then.
async fn agrees_after(desk: Desk, events: usize, seed: u64) {
    const STEPS: usize = 10;
    let mut random = StdRng::seed_from_u64(seed);
    let products = desk.replicas.each_ref().map(TestApp::product);
    let mut now: DateTime<Utc> = NOW.parse().expect("an instant");
    let mut earlier: Vec<Value> = Vec::new();
    for step in 0..STEPS {
        let first = step * events / STEPS;
        let mut stream: Vec<Value> = (first..first + events / STEPS)
            .map(|index| random_event(&mut random, index, now, events / 12))
            .collect();
        let again = stream.len() / 20;
        earlier.extend(stream.iter().take(again).cloned());
        stream.extend((0..again).map(|_| pick(&mut random, &earlier)));
        stream.shuffle(&mut random);
        for pair in stream.chunks(500) {
            let (a, b) = pair.split_at(pair.len() / 2);
            tokio::join!(products[0].track(a), products[1].track(b));
        }
        let when = format!("seed {seed}, step {step}");
        desk.agrees(&when).await;
        let by = TimeDelta::seconds(random.random_range(1..300));
        desk.advance(by);
        now += by;
        desk.agrees(&format!("{when}, {by} later")).await;
    }
    desk.is_counted_in_redis().await;
    desk.empty().await;
    desk.agrees("emptied").await;
    desk.built().await;
    desk.is_counted_in_redis().await;
    desk.agrees("built anew by itself").await;
    let tenant = desk.oracle.config.tenant("default").expect("a tenant");
    desk.replicas[0].app.services.live.rebuild(&tenant).await.expect("a state");
    desk.is_counted_in_redis().await;
    desk.agrees("built anew").await;
    desk.advance(TimeDelta::minutes(31));
    desk.agrees("half an hour later").await;
    desk.advance(TimeDelta::hours(24));
    desk.agrees("a day later").await;
    desk.is_counted_in_redis().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_in_redis_says_what_the_database_says() {
    let desk = Desk::start().await;
    // SQLite takes a tenth as many in the same time.
    let events = match desk.oracle.app.services.db.backend() {
        DbBackend::Postgres => 100_000,
        _ => EVENTS,
    };
    agrees_after(desk, events, 1).await;
}

/// A seed of the day: finds what a fixed one does not, and says which it was.
#[tokio::test(flavor = "multi_thread")]
async fn the_state_in_redis_says_what_the_database_says_any_seed() {
    agrees_after(Desk::start().await, EVENTS, rand::random()).await;
}
