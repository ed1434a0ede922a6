//! A Redis for tests that only read and write it: the cluster, where the suite runs on one.

use deskpulse::live::{RedisLink, Servers};

use super::{PrivateRedis, RedisServers, stores};

pub(crate) enum AnyRedis {
    Private(PrivateRedis),
    /// Shared by all tests, each with a prefix of its own.
    Cluster(String),
}

impl AnyRedis {
    pub(crate) async fn start() -> Self {
        match stores::cluster_url() {
            Some(url) => Self::Cluster(url),
            None => Self::Private(PrivateRedis::start().await),
        }
    }

    /// A connection of a product that reads and writes Redis by itself.
    pub(crate) async fn connect(&self) -> RedisLink {
        let servers = Servers::from_url(&self.url()).expect("a valid URL");
        RedisLink::connect(servers).await.expect("a connection")
    }
}

impl RedisServers for AnyRedis {
    fn url(&self) -> String {
        match self {
            Self::Private(redis) => redis.url(),
            Self::Cluster(url) => url.clone(),
        }
    }
}
