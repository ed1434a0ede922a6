//! A Redis Cluster whose masters die, come back, and hand their slots over.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use deskpulse::{
    auth::Role,
    live::{RedisLink, Servers},
};
use redis::{AsyncCommands as _, Script};
use serde_json::{Value, json};

use crate::{
    harness::{PrivateCluster, RedisServers as _, TestApp, eventually},
    redis::assert_events_are_buffered,
    replicas::{given_two, heard_elsewhere, start},
};

const TRACK: &str = "mutation ($input: [TrackEventInput!]!, $durability: Durability!) {
    trackEvents(input: $input, durability: $durability) { status }
}";
/// Slots of other masters are served while one is away.
const PARTIAL: [&str; 2] = ["--cluster-require-full-coverage", "no"];
/// A second that an answer is waited for, and the machine's slowness.
const BEARABLE: Duration = Duration::from_secs(3);
/// Less than a server that is away is waited for.
const BRIEF: Duration = Duration::from_millis(700);

/// Sends events that are answered once they are in Redis.
async fn buffer(app: &TestApp, tenant: &str, ids: &[&str]) {
    let answer = app.caller(tenant, Role::Ingest, "bot").data(TRACK, buffered(ids)).await;
    assert_eq!(answer["trackEvents"], accepted(ids.len()), "{ids:?}");
}

/// Sends an event as a product does: again, where no store has answered in time. Returns how long it took.
async fn buffer_patiently(app: &TestApp, tenant: &str, id: &str) -> Duration {
    let (caller, asked) = (app.caller(tenant, Role::Ingest, "bot"), Instant::now());
    eventually("an event to be taken", async || {
        let answer = caller.send(TRACK, buffered(&[id])).await;
        if answer.codes() == ["UNAVAILABLE"] {
            return None;
        }
        assert_eq!(answer.body["data"]["trackEvents"], accepted(1), "{:?}", answer.body);
        Some(())
    })
    .await;
    asked.elapsed()
}

fn buffered(ids: &[&str]) -> Value {
    let input: Vec<_> = ids.iter().map(|id| start(id)).collect();
    json!({ "input": input, "durability": "BUFFERED" })
}

fn accepted(events: usize) -> Value {
    json!(vec![json!({ "status": "ACCEPTED" }); events])
}

/// The middle of some times: a busy machine takes its time now and then, a server that is waited for
/// takes it every time.
fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// The master that keeps the events of a tenant.
async fn owner_of(cluster: &PrivateCluster, app: &TestApp, tenant: &str) -> usize {
    let prefix = app.prefix();
    let list = match tenant {
        "default" => format!("{prefix}:event_buffer"),
        other => format!("{prefix}:{{{other}}}:event_buffer"),
    };
    cluster.owner_of(&list).await
}

/// How many events are stored, once none waits.
async fn stored(app: &TestApp) -> Value {
    app.flushed("default").await;
    app.viewer().ask("{ ingestStatus { stored } }").await["ingestStatus"]["stored"].clone()
}

/// Returns once the cluster says what waits in it for `default`.
async fn is_used_again(app: &TestApp) {
    eventually("the cluster to be used", async || {
        let books = app.viewer().send("{ ingestStatus { pending } }", json!({})).await;
        books.codes().is_empty().then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_was_acknowledged_is_stored_after_its_master_was_killed() {
    for settings in [&PARTIAL[..], &[]] {
        let mut cluster = PrivateCluster::start_with(settings).await;
        let app = TestApp::spawn_on(&cluster).await;
        let owner = owner_of(&cluster, &app, "default").await;
        let held = app.hold_database().await;
        for id in ["a", "b", "c", "d", "e"] {
            buffer(&app, "default", &[id]).await;
        }
        cluster.masters[owner].kill();
        drop(held);
        for id in ["f", "g", "h"] {
            let asked = Instant::now();
            buffer(&app, "default", &[id]).await;
            assert!(asked.elapsed() < BEARABLE, "an event took {:?}", asked.elapsed());
        }
        cluster.masters[owner].revive().await;
        is_used_again(&app).await;
        // A batch that was claimed before, and could not be acknowledged, is so after its lease.
        app.advance(TimeDelta::seconds(31));
        assert_eq!(stored(&app).await, 8, "{settings:?}");
        assert_events_are_buffered(&app, "i").await;
        assert_eq!(stored(&app).await, 9, "{settings:?}");
    }
}

#[tokio::test]
async fn a_master_that_is_away_costs_tenants_of_the_others_nothing() {
    for is_dead in [true, false] {
        let mut cluster = PrivateCluster::start_with(&PARTIAL).await;
        let app = TestApp::spawn_on(&cluster).await;
        let away = owner_of(&cluster, &app, "default").await;
        let mut elsewhere = None;
        for tenant in ["acme", "mumbai", "empty"] {
            if owner_of(&cluster, &app, tenant).await != away {
                elsewhere = Some(tenant);
            }
        }
        let elsewhere = elsewhere.expect("a tenant on another master");
        if is_dead {
            cluster.masters[away].kill();
        } else {
            cluster.masters[away].freeze();
        }
        // Longer than the cluster takes to notice.
        let until = Instant::now() + Duration::from_secs(4);
        let (mut there, mut here) = (Vec::new(), Vec::new());
        while Instant::now() < until || here.len() < 5 {
            let round = there.len() + 1;
            let held = app.hold_database().await;
            there.push(buffer_patiently(&app, elsewhere, &format!("there-{round}")).await);
            drop(held);
            here.push(buffer_patiently(&app, "default", &format!("here-{round}")).await);
        }
        let rounds = here.len();
        for times in [there, here] {
            let middle = middle(times);
            assert!(middle < BRIEF, "{middle:?} in the middle of {rounds}, is_dead: {is_dead}");
        }
        if is_dead {
            cluster.masters[away].revive().await;
        } else {
            cluster.masters[away].thaw();
        }
        is_used_again(&app).await;
        assert_events_are_buffered(&app, "last").await;
        app.advance(TimeDelta::seconds(31));
        assert_eq!(stored(&app).await, rounds + 1);
    }
}

#[tokio::test]
async fn a_service_starts_without_the_cluster_and_uses_it_once_it_is_there() {
    let mut cluster = PrivateCluster::start().await;
    for master in &mut cluster.masters {
        master.kill();
    }
    let app = TestApp::spawn_on(&cluster).await;
    buffer(&app, "default", &["without"]).await;
    for master in &mut cluster.masters {
        master.revive().await;
    }
    is_used_again(&app).await;
    assert_events_are_buffered(&app, "with").await;
    assert_eq!(stored(&app).await, 2);
}

#[tokio::test]
async fn two_replicas_hear_each_other_whichever_master_dies() {
    const OVERVIEW: &str = "subscription { realtimeOverview { activeSessions degraded } }";
    let mut cluster = PrivateCluster::start_with(&PARTIAL).await;
    let (first, second) = given_two(&cluster).await;
    let mut stream = second.event_stream("default", "", ("x", "bot")).await;
    let mut wall = second.subscribe("default", Role::Viewer, OVERVIEW).await;
    for number in 0..3 {
        cluster.masters[number].kill();
        heard_elsewhere(&first, &mut stream).await;
        let id = format!("while-{number}-is-dead");
        first.product().track(&[start(&id)]).await;
        wall.until(|picture| {
            picture["realtimeOverview"]
                == json!({ "activeSessions": number + 1, "degraded": false })
        })
        .await;
        cluster.masters[number].revive().await;
        cluster.masters[number].says("CLUSTER INFO", "cluster_state:ok").await;
        for other in &cluster.masters {
            other.says("CLUSTER INFO", "cluster_slots_ok:16384").await;
        }
    }
}

#[tokio::test]
async fn a_replica_that_takes_its_master_s_place_is_used() {
    let mut cluster = PrivateCluster::start().await;
    let app = TestApp::spawn_on(&cluster).await;
    let owner = owner_of(&cluster, &app, "default").await;
    let replica = cluster.replica_of(owner).await;
    assert_events_are_buffered(&app, "before").await;
    app.flushed("default").await;
    cluster.masters[owner].kill();
    replica.says("INFO replication", "role:master").await;
    let held = app.hold_database().await;
    eventually("events to be buffered again", async || {
        let input = json!([start("after")]);
        let variables = json!({ "input": input, "durability": "BUFFERED" });
        let product = app.product();
        let sent = product.try_send(TRACK, variables);
        tokio::time::timeout(Duration::from_millis(1_500), sent).await.ok()?.then_some(())
    })
    .await;
    drop(held);
    app.advance(TimeDelta::seconds(31));
    assert_eq!(stored(&app).await, 2);
}

#[tokio::test]
async fn a_replicated_event_is_on_a_replica_of_its_own_master() {
    let cluster = PrivateCluster::start().await;
    let app =
        TestApp::spawn_on_with(&cluster, |config| config.ingest.replication_timeout_ms = 10_000)
            .await;
    let owner = owner_of(&cluster, &app, "default").await;
    let replica = cluster.replica_of(owner).await;
    // Nothing but the replica can be what the answer stands on.
    let held = app.hold_database().await;
    let variables = json!({ "input": [start("a")], "durability": "REPLICATED" });
    let asked = Instant::now();
    let answer = app.product().data(TRACK, variables).await;
    assert_eq!(answer["trackEvents"], json!([{ "status": "ACCEPTED" }]));
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    cluster.masters[owner].freeze();
    let mut aside = replica.connect().await;
    redis::cmd("READONLY").query_async::<()>(&mut aside).await.unwrap();
    let keys: Vec<String> = aside.keys("*event_buffer*").await.unwrap();
    assert!(keys.iter().any(|key| !key.ends_with(":leases")), "{keys:?}");
    cluster.masters[owner].thaw();
    drop(held);
    // A tenant whose master has no replica is committed before its answer.
    for tenant in ["acme", "mumbai", "empty"] {
        let product = app.caller(tenant, Role::Ingest, "bot");
        let variables = json!({ "input": [start(tenant)], "durability": "REPLICATED" });
        product.data(TRACK, variables.clone()).await;
        if owner_of(&cluster, &app, tenant).await != owner {
            let again = product.data(TRACK, variables).await;
            assert_eq!(again["trackEvents"], json!([{ "status": "DUPLICATE" }]), "{tenant}");
        }
    }
    app.flushed("default").await;
}

#[tokio::test]
async fn a_slot_that_moves_is_followed_on_its_way_and_after() {
    let cluster = PrivateCluster::start().await;
    let mut link = RedisLink::connect(Servers::from_url(&cluster.url()).unwrap()).await.unwrap();
    let slot: u16 = cluster.masters[0].say("CLUSTER KEYSLOT key").await.unwrap();
    let from = cluster.owner_of("key").await;
    let (from, to) = (&cluster.masters[from], &cluster.masters[(from + 1) % 3]);
    let id = async |member: &crate::harness::Member| -> String {
        member.say("CLUSTER MYID").await.unwrap()
    };
    let (from_id, to_id) = (id(from).await, id(to).await);
    link.set::<_, _, ()>("key", 1).await.unwrap();
    to.say::<()>(&format!("CLUSTER SETSLOT {slot} IMPORTING {from_id}")).await.unwrap();
    from.say::<()>(&format!("CLUSTER SETSLOT {slot} MIGRATING {to_id}")).await.unwrap();
    from.say::<()>(&format!("MIGRATE 127.0.0.1 {} key 0 5000", to.port())).await.unwrap();
    let add = Script::new("return redis.call('INCR', KEYS[1])");
    assert_eq!(add.key("key").invoke_async::<i64>(&mut link).await, Ok(2));
    for member in [to, from] {
        member.say::<()>(&format!("CLUSTER SETSLOT {slot} NODE {to_id}")).await.unwrap();
    }
    let mut both = redis::pipe();
    both.atomic().incr("key", 1).incr("{key}2", 1);
    assert_eq!(both.query_async::<(i64, i64)>(&mut link).await, Ok((3, 1)));
    assert_eq!(add.key("key").invoke_async::<i64>(&mut link).await, Ok(4));
}
