//! The way to Redis, whatever stands behind its URL: connections that all callers share, and that
//! are never waited for twice.
//!
//! While a server is known to be away a call to it fails at once and nothing is sent, so that one
//! that was merely frozen finds no work of hours ago once it goes on. A connection that fell silent
//! is given up and replaced; whoever waits on it gets an error. Of a cluster each master is watched
//! by itself: what lies on the others goes on ([ADR 19](../../../docs/adr/0019-redis-topologies.md)).

mod cluster;
mod node;
mod sentinel;
mod servers;
mod slots;
#[cfg(test)]
mod tests;
mod watchdog;

use std::time::{Duration, Instant};

use redis::{
    Client, Cmd, ErrorKind, Pipeline, RedisError, RedisFuture, RedisResult, ServerErrorKind, Value,
    aio::ConnectionLike,
};

use self::{cluster::Cluster, servers::address, watchdog::Source};
pub use self::{node::Node, servers::Servers};

/// How long Redis may take to answer before a caller goes on without it.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);

/// Whether an error says that Redis does not serve now, as opposed to refusing a command: it is out
/// of reach, not there yet, no master any more, or a cluster in which the slot has no master or is on
/// its way to another.
pub fn is_away(error: &RedisError) -> bool {
    const PASSING: [&str; 7] =
        ["LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "MOVED", "ASK"];
    error.is_io_error() || cause(error).code().is_some_and(|code| PASSING.contains(&code))
}

/// Why a transaction was given up; any other error as it is.
fn cause(error: &RedisError) -> RedisError {
    let causes = (error.kind() == ErrorKind::Server(ServerErrorKind::ExecAbort))
        .then(|| error.clone().into_server_errors())
        .flatten();
    match causes.as_deref() {
        Some([(_, cause), ..]) => cause.clone().into(),
        _ => error.clone(),
    }
}

/// One connection to one server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    address: String,
    generation: u64,
}

/// The way to Redis, cheap to clone.
#[derive(Clone, Debug)]
pub struct RedisLink(Route);

#[derive(Clone, Debug)]
enum Route {
    One(Node),
    Cluster(Cluster),
}

impl RedisLink {
    /// Connects, and watches Redis from now on. A Redis that is away is waited for in the
    /// background.
    ///
    /// # Errors
    /// What a Redis that answers has against this client.
    pub async fn connect(servers: impl Into<Servers>) -> RedisResult<Self> {
        Ok(Self(match servers.into() {
            Servers::One(client) => Route::One(Node::connect(Source::One(client)).await?),
            Servers::Sentinel(sentinels) => {
                Route::One(Node::connect(Source::Sentinel(sentinels)).await?)
            }
            Servers::Cluster(seeds) => Route::Cluster(Cluster::connect(seeds).await?),
        }))
    }

    /// Whether Redis answered when it was last asked; of a cluster, whether any of its masters did,
    /// so that a message can be published. A key whose master is away fails by itself.
    pub fn is_up(&self) -> bool {
        match &self.0 {
            Route::One(node) => node.is_up(),
            Route::Cluster(cluster) => cluster.is_up(),
        }
    }

    /// What the clock of Redis, in milliseconds since 1970, shows at an instant; none while that is
    /// not known. Of a cluster, whose servers have a clock each, the one that is most behind: what
    /// may be done until then is never done later, whoever has the key. Where that master is known,
    /// its own clock ([`Node::time_after`]) is exact.
    pub fn time_at(&self, at: Instant) -> Option<i64> {
        match &self.0 {
            Route::One(node) => node.time_at(at),
            Route::Cluster(cluster) => cluster.time_at(at),
        }
    }

    /// The masters of the present, each by itself; none of a cluster that has not been reached yet.
    pub fn masters(&self) -> Vec<Node> {
        match &self.0 {
            Route::One(node) => vec![node.clone()],
            Route::Cluster(cluster) => cluster.masters(),
        }
    }

    /// Whether another server may become a master.
    pub fn may_move(&self) -> bool {
        match &self.0 {
            Route::One(node) => node.may_move(),
            Route::Cluster(_) => true,
        }
    }

    /// The master that has a key; none where nobody is known to have it.
    pub fn master_of(&self, key: &str) -> Option<Node> {
        match &self.0 {
            Route::One(node) => Some(node.clone()),
            Route::Cluster(cluster) => cluster.master_of(slots::of_key(key.as_bytes())),
        }
    }

    /// The connection over which a key is reached now; none while there is none.
    pub fn way_to(&self, key: &str) -> Option<Way> {
        let node = self.master_of(key)?;
        Some(Way { address: node.address(), generation: node.generation()? })
    }

    /// A server on which to listen to what is published anywhere; none while none answers.
    pub fn listening_place(&self) -> Option<Client> {
        match &self.0 {
            Route::One(node) => node.client().filter(|_| node.is_up() || !node.may_move()),
            Route::Cluster(cluster) => {
                cluster.any().filter(Node::is_up).and_then(|node| node.client())
            }
        }
    }

    /// Returns once whoever listens on a server should do so on another: it is away, or belongs to
    /// the others no more. Never where there is no other.
    pub async fn moved_on(&self, place: &Client) {
        let place = address(place);
        match &self.0 {
            Route::One(node) if !node.may_move() => std::future::pending().await,
            Route::One(node) => node.left(&place).await,
            Route::Cluster(cluster) => cluster.left(&place).await,
        }
    }
}

/// What is asked, in one go.
#[derive(Clone, Copy)]
enum Ask<'a> {
    One(&'a Cmd),
    Several { pipeline: &'a Pipeline, offset: usize, count: usize },
}

impl Ask<'_> {
    async fn over(self, connection: &mut impl ConnectionLike) -> RedisResult<Vec<Value>> {
        match self {
            Self::One(command) => Ok(vec![connection.req_packed_command(command).await?]),
            Self::Several { pipeline, offset, count } => {
                connection.req_packed_commands(pipeline, offset, count).await
            }
        }
    }
}

/// The error that an answer begins with.
fn refusal(answer: &RedisResult<Vec<Value>>) -> Option<RedisError> {
    match answer {
        Err(error) => Some(cause(error)),
        Ok(values) => match values.first() {
            Some(Value::ServerError(error)) => Some(error.clone().into()),
            _ => None,
        },
    }
}

/// Whether a server of which that is not known refuses to write.
fn is_no_master(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly)
}

fn silent() -> RedisError {
    std::io::Error::new(std::io::ErrorKind::TimedOut, "Redis does not answer").into()
}

impl ConnectionLike for RedisLink {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            let answer = match &self.0 {
                Route::One(node) => node.ask(Ask::One(command)).await,
                Route::Cluster(cluster) => cluster.command(command).await,
            };
            Ok(answer?.pop().unwrap_or(Value::Nil))
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        let ask = Ask::Several { pipeline, offset, count };
        Box::pin(async move {
            match &self.0 {
                Route::One(node) => node.ask(ask).await,
                Route::Cluster(cluster) => cluster.ask(slots::of_pipeline(pipeline)?, ask).await,
            }
        })
    }

    fn get_db(&self) -> i64 {
        match &self.0 {
            Route::One(node) => node.get_db(),
            // The only one that a cluster has.
            Route::Cluster(_) => 0,
        }
    }
}
