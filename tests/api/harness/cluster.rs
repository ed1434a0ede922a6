//! A Redis Cluster of one test alone, whose masters the test may kill and start again.

use std::ops::RangeInclusive;

use super::{RedisServers, member::Member, process::free_port};

const SLOTS: [RangeInclusive<u16>; 3] = [0..=5_460, 5_461..=10_922, 10_923..=16_383];

/// Three masters.
pub(crate) struct PrivateCluster {
    pub(crate) masters: Vec<Member>,
}

impl PrivateCluster {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same with other settings.
    pub(crate) async fn start_with(settings: &[&str]) -> Self {
        let mut masters = Vec::new();
        for (number, slots) in SLOTS.iter().enumerate() {
            let (master, bus) = member(settings).await;
            let range = format!("CLUSTER ADDSLOTSRANGE {} {}", slots.start(), slots.end());
            master.say::<()>(&range).await.expect("slots");
            let epoch = format!("CLUSTER SET-CONFIG-EPOCH {}", number + 1);
            master.say::<()>(&epoch).await.expect("an epoch");
            masters.push(master);
            meet(&masters[0], &masters[number], bus).await;
        }
        for master in &masters {
            master.says("CLUSTER INFO", "cluster_state:ok").await;
        }
        Self { masters }
    }

    /// The number of the master that has a key as long as nothing has moved.
    pub(crate) async fn owner_of(&self, key: &str) -> usize {
        let slot: u16 =
            self.masters[0].say(&format!("CLUSTER KEYSLOT {key}")).await.expect("a slot");
        SLOTS.iter().position(|slots| slots.contains(&slot)).expect("a master")
    }

    /// Starts a replica of a master, and returns once it follows.
    pub(crate) async fn replica_of(&self, master: usize) -> Member {
        let (replica, bus) = member(&[]).await;
        meet(&self.masters[master], &replica, bus).await;
        let id: String = self.masters[master].say("CLUSTER MYID").await.expect("an id");
        replica.says("CLUSTER NODES", &id).await;
        replica.say::<()>(&format!("CLUSTER REPLICATE {id}")).await.expect("a replica");
        replica.says("INFO replication", "master_link_status:up").await;
        self.masters[master].says("INFO replication", "state=online").await;
        let own: String = replica.say("CLUSTER MYID").await.expect("an id");
        for master in &self.masters {
            // Those who elect have to know it.
            let role = format!("{own} 127.0.0.1:{}@{bus} slave", replica.port());
            master.says("CLUSTER NODES", &role).await;
        }
        replica
    }
}

impl RedisServers for PrivateCluster {
    fn url(&self) -> String {
        let hosts = self.masters.iter().map(|master| format!("127.0.0.1:{}", master.port()));
        format!("redis+cluster://{}", hosts.collect::<Vec<_>>().join(","))
    }
}

/// A server that belongs to no cluster yet, and the port on which others talk to it.
async fn member(settings: &[&str]) -> (Member, u16) {
    let bus = free_port();
    let (bus_port, timeout) = (bus.to_string(), "1000");
    let own = [
        "--cluster-enabled",
        "yes",
        "--cluster-port",
        &bus_port,
        "--cluster-node-timeout",
        timeout,
    ];
    (Member::start(&[&own[..], settings].concat()).await, bus)
}

async fn meet(one: &Member, other: &Member, bus: u16) {
    if one.port() != other.port() {
        let meet = format!("CLUSTER MEET 127.0.0.1 {} {bus}", other.port());
        one.say::<()>(&meet).await.expect("a meeting");
    }
}
