//! The masters of a cluster: who has which slots, and a watched connection to each.
//!
//! The map of slots is a hint. A server that has lost a slot says who has it now (`MOVED`), and a
//! call follows; the keeper asks for the map anew once a second, and whenever a call fails.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::{select_ok, try_join_all};
use redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, Pipeline, RedisError, RedisResult,
    ServerErrorKind, Value, aio::ConnectionLike,
};
use tokio::{
    sync::{Notify, watch},
    time::{sleep, timeout},
};
use tokio_util::task::AbortOnDropHandle;

use super::{
    ANSWER_TIMEOUT, Ask, is_away,
    node::Node,
    refusal,
    servers::{address, at},
    silent,
    slots::{self, Part},
    watchdog::Source,
};

/// How often the map is asked for without a reason.
const PERIOD: Duration = Duration::from_secs(1);
/// How long callers' doubts are collected before it is asked for again.
const PAUSE: Duration = Duration::from_millis(50);
/// How long a server may take that was not talked to before.
const PATIENCE: Duration = Duration::from_millis(750);
/// A slot that moves is at its new place after one; a call that is sent around is lost.
const REDIRECTIONS: usize = 4;

/// A cluster, cheap to clone.
#[derive(Clone)]
pub(super) struct Cluster {
    shared: Arc<Shared>,
    _keeper: Arc<AbortOnDropHandle<()>>,
}

impl Debug for Cluster {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Cluster").field("masters", &self.masters()).finish_non_exhaustive()
    }
}

/// What callers and the keeper share.
struct Shared {
    map: watch::Sender<Arc<Map>>,
    /// Has the keeper ask at once.
    doubt: Notify,
    /// How any member is talked to.
    pattern: Client,
}

#[derive(Clone, Debug, Default)]
struct Map {
    parts: Vec<Part>,
    /// By address, so that all look first at the same one.
    nodes: BTreeMap<String, Node>,
}

impl Map {
    fn master_of(&self, slot: u16) -> Option<&Node> {
        let part = self.parts.iter().find(|part| part.slots.contains(&slot))?;
        self.nodes.get(&name(&part.master.0, part.master.1))
    }

    /// One that answers, always the same while it does, so that messages keep their order.
    fn any(&self) -> Option<&Node> {
        self.nodes.values().find(|node| node.is_up()).or_else(|| self.nodes.values().next())
    }

    fn masters(&self) -> impl Iterator<Item = &slots::Place> {
        self.parts.iter().map(|part| &part.master)
    }
}

fn name(host: &str, port: u16) -> String {
    format!("{host}:{port}")
}

impl Cluster {
    /// Finds the masters and connects to them; one that is away is waited for in the background.
    pub(super) async fn connect(seeds: Vec<Client>) -> RedisResult<Self> {
        let nobody = (ErrorKind::InvalidClientConfig, "a cluster of no servers");
        let pattern = seeds.first().cloned().ok_or(nobody)?;
        let map = watch::Sender::new(Arc::default());
        let shared = Arc::new(Shared { map, doubt: Notify::new(), pattern });
        let keeper = Keeper { shared: Arc::clone(&shared), seeds };
        match keeper.find().await {
            Ok(parts) => keeper.settle_and_wait(parts).await?,
            Err(error) if is_away(&error) => {
                tracing::warn!(%error, "no member of the Redis cluster answers");
            }
            Err(error) => return Err(error),
        }
        let keeper = Arc::new(AbortOnDropHandle::new(tokio::spawn(keeper.run())));
        Ok(Self { shared, _keeper: keeper })
    }

    fn map(&self) -> Arc<Map> {
        Arc::clone(&self.shared.map.borrow())
    }

    pub(super) fn is_up(&self) -> bool {
        self.map().nodes.values().any(Node::is_up)
    }

    pub(super) fn time_at(&self, at: Instant) -> Option<i64> {
        self.map().nodes.values().filter_map(|node| node.time_at(at)).min()
    }

    pub(super) fn masters(&self) -> Vec<Node> {
        self.map().nodes.values().cloned().collect()
    }

    pub(super) fn master_of(&self, slot: u16) -> Option<Node> {
        self.map().master_of(slot).cloned()
    }

    pub(super) fn any(&self) -> Option<Node> {
        self.map().any().cloned()
    }

    /// Returns once the server at this place is away, or no master of the cluster.
    pub(super) async fn left(&self, place: &str) {
        let Some(node) = self.map().nodes.get(place).cloned() else { return };
        let mut maps = self.shared.map.subscribe();
        tokio::select! {
            () = node.left(place) => {}
            _ = maps.wait_for(|map| !map.nodes.contains_key(place)) => {}
        }
    }

    pub(super) async fn command(&self, command: &Cmd) -> RedisResult<Vec<Value>> {
        if slots::is_for_all(command) {
            return self.tell_all(command).await;
        }
        self.ask(slots::of_command(command), Ask::One(command)).await
    }

    /// Has every master do it, and returns with the first that has: one that is silent keeps nobody
    /// waiting, and what is asked of another next stands behind this on the same connection.
    async fn tell_all(&self, command: &Cmd) -> RedisResult<Vec<Value>> {
        let masters = self.masters();
        let told = masters.iter().map(|node| {
            Box::pin(async move {
                let answer = node.ask(Ask::One(command)).await;
                refusal(&answer).map_or(answer, Err)
            })
        });
        if masters.is_empty() {
            return Err(silent());
        }
        Ok(select_ok(told).await?.0)
    }

    /// Asks the master of a slot, or any without one.
    pub(super) async fn ask(&self, slot: Option<u16>, ask: Ask<'_>) -> RedisResult<Vec<Value>> {
        // However often a call is sent on, its caller waits once.
        let answer = timeout(ANSWER_TIMEOUT, self.follow(slot, ask)).await;
        let answer = answer.unwrap_or_else(|_| Err(silent()));
        if refusal(&answer).is_some_and(|error| is_away(&error)) {
            self.shared.doubt.notify_one();
        }
        answer
    }

    /// Asks one that answers, or the next where it does not after all.
    async fn ask_any(&self, ask: Ask<'_>) -> RedisResult<Vec<Value>> {
        let first = self.any().ok_or_else(unserved)?;
        let answer = first.ask(ask).await;
        if !refusal(&answer).is_some_and(|error| is_away(&error)) {
            return answer;
        }
        let other = self.any().filter(|other| other.is_up() && other.address() != first.address());
        match other {
            Some(other) => other.ask(ask).await,
            None => answer,
        }
    }

    async fn follow(&self, slot: Option<u16>, ask: Ask<'_>) -> RedisResult<Vec<Value>> {
        let Some(slot) = slot else { return self.ask_any(ask).await };
        let mut node = self.master_of(slot).ok_or_else(unserved)?;
        let mut answer = node.ask(ask).await;
        for _ in 0..REDIRECTIONS {
            let Some((kind, place)) = redirection(&answer, &node) else { break };
            node = self.node_at(&place)?;
            if kind == ServerErrorKind::Moved {
                self.shared.doubt.notify_one();
                answer = node.ask(ask).await;
            } else {
                answer = asking(&node, ask).await?;
            }
        }
        answer
    }

    /// The server of this address, which may have become a master just now.
    fn node_at(&self, (host, port): &slots::Place) -> RedisResult<Node> {
        let name = name(host, *port);
        if let Some(node) = self.map().nodes.get(&name) {
            return Ok(node.clone());
        }
        let client = at(&self.shared.pattern, host, *port)?;
        self.shared.map.send_modify(|map| {
            let add = || Node::spawn(client);
            Arc::make_mut(map).nodes.entry(name.clone()).or_insert_with(add);
        });
        self.map().nodes.get(&name).cloned().ok_or_else(unserved)
    }
}

fn unserved() -> RedisError {
    std::io::Error::other("no server of the Redis cluster is known to have the slot").into()
}

/// Who is to be asked instead, as the answer of `node` says.
fn redirection(
    answer: &RedisResult<Vec<Value>>,
    node: &Node,
) -> Option<(ServerErrorKind, slots::Place)> {
    let error = refusal(answer)?;
    let ErrorKind::Server(kind @ (ServerErrorKind::Moved | ServerErrorKind::Ask)) = error.kind()
    else {
        return None;
    };
    let (place, _) = error.redirect_node()?;
    let (host, port) = place.rsplit_once(':')?;
    let own = node.address();
    // Empty where it is that of whoever answers.
    let host = if host.is_empty() { own.rsplit_once(':')?.0 } else { host };
    Some((kind, (host.to_owned(), port.parse().ok()?)))
}

/// Asks a server for a key that is on its way there. Keys move one by one, so a pipeline may find
/// half of its own: it fails, until the slot has moved.
async fn asking(node: &Node, ask: Ask<'_>) -> RedisResult<RedisResult<Vec<Value>>> {
    let Ask::One(command) = ask else {
        return Err(std::io::Error::other("the slot is on its way to another server").into());
    };
    let mut pipeline = Pipeline::new();
    pipeline.cmd("ASKING").add_command(command.clone());
    let answer = node.ask(Ask::Several { pipeline: &pipeline, offset: 1, count: 1 }).await;
    Ok(answer)
}

/// The task that keeps the map.
struct Keeper {
    shared: Arc<Shared>,
    seeds: Vec<Client>,
}

impl Keeper {
    async fn run(self) {
        loop {
            let _ = timeout(PERIOD, self.shared.doubt.notified()).await;
            match self.find().await {
                Ok(parts) => self.settle(parts),
                Err(error) => tracing::debug!(%error, "no member of the Redis cluster answers"),
            }
            sleep(PAUSE).await;
        }
    }

    fn map(&self) -> Arc<Map> {
        Arc::clone(&self.shared.map.borrow())
    }

    /// The map, as a master says that answers; all members that are known are asked when none does.
    async fn find(&self) -> RedisResult<Vec<Part>> {
        let map = self.map();
        let mut fallback = None;
        for (address, node) in map.nodes.iter().filter(|(_, node)| node.is_up()) {
            let host = address.rsplit_once(':').map_or("", |(host, _)| host);
            match question(&mut node.clone(), host).await {
                Ok((true, parts)) => return Ok(parts),
                // It may be cut off from the others.
                Ok((false, parts)) => fallback = fallback.or(Some(parts)),
                Err(_) => {}
            }
        }
        if let Some(parts) = fallback {
            return Ok(parts);
        }
        let members = map.parts.iter().flat_map(|part| part.replicas.iter().chain([&part.master]));
        let members = members.filter_map(|(host, port)| at(&self.shared.pattern, host, *port).ok());
        let members = members.chain(self.seeds.iter().cloned());
        let asked = members.map(|member| Box::pin(connect_and_ask(member)));
        Ok(select_ok(asked).await?.0.1)
    }

    /// Takes a map over; servers that are masters no more are left.
    fn settle(&self, parts: Vec<Part>) {
        let mut map = Map { parts, nodes: BTreeMap::new() };
        let before = self.map();
        let masters: BTreeSet<_> = map.masters().cloned().collect();
        for (host, port) in masters {
            let name = name(&host, port);
            let known = before.nodes.get(&name).cloned();
            let node = known.or_else(|| {
                tracing::info!(server = name, "the Redis cluster has another master");
                at(&self.shared.pattern, &host, port).ok().map(Node::spawn)
            });
            map.nodes.extend(node.map(|node| (name, node)));
        }
        self.shared.map.send_replace(Arc::new(map));
    }

    /// The same at start, where the masters are waited for as far as they answer.
    async fn settle_and_wait(&self, parts: Vec<Part>) -> RedisResult<()> {
        let mut map = Map { parts, nodes: BTreeMap::new() };
        let connect = async |(host, port): &slots::Place| {
            let source = Source::One(at(&self.shared.pattern, host, *port)?);
            Ok::<_, RedisError>((name(host, *port), Node::connect(source).await?))
        };
        let places: BTreeSet<_> = map.masters().cloned().collect();
        map.nodes = try_join_all(places.iter().map(connect)).await?.into_iter().collect();
        self.shared.map.send_replace(Arc::new(map));
        Ok(())
    }
}

async fn connect_and_ask(member: Client) -> RedisResult<(bool, Vec<Part>)> {
    let limits = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(PATIENCE))
        .set_response_timeout(Some(PATIENCE));
    let asked = async {
        let mut connection = member.get_multiplexed_async_connection_with_config(&limits).await?;
        let address = address(&member);
        let host = address.rsplit_once(':').map_or("", |(host, _)| host);
        question(&mut connection, host).await
    };
    timeout(PATIENCE, asked).await.unwrap_or_else(|_| Err(silent()))
}

/// Whether a member is in touch with the others, and what its map says.
async fn question(member: &mut impl ConnectionLike, host: &str) -> RedisResult<(bool, Vec<Part>)> {
    let mut ask = redis::pipe();
    ask.cmd("CLUSTER").arg("INFO").cmd("CLUSTER").arg("SLOTS");
    let (info, slots): (String, Value) = ask.query_async(member).await?;
    let parts = slots::parts(slots, host)?;
    if parts.is_empty() {
        return Err(unserved());
    }
    Ok((info.contains("cluster_state:ok"), parts))
}
