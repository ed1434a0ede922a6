//! Reads the URL of Redis, which decides what stands behind it: one server, a cluster, or the
//! master that sentinels name.

use std::time::Duration;

use redis::{Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _, RedisResult};

use super::sentinel::Sentinels;
use crate::error::{Error, Result};

/// How long the system believes in a peer of which it hears nothing.
const SILENT_PEER: Duration = Duration::from_secs(5);
const PORT: u16 = 6_379;
const SENTINEL_PORT: u16 = 26_379;

const EXPECTED: &str = "a URL such as redis://HOST:PORT, redis+cluster://HOST:PORT,HOST:PORT or \
                        redis+sentinel://HOST:PORT,HOST:PORT/MASTER";

/// Where Redis is.
#[derive(Debug)]
pub enum Servers {
    One(Client),
    /// Some members of a cluster, from which the others are heard of.
    Cluster(Vec<Client>),
    Sentinel(Sentinels),
}

impl From<Client> for Servers {
    fn from(client: Client) -> Self {
        Self::One(client)
    }
}

impl Servers {
    /// Reads a URL.
    ///
    /// # Errors
    /// [`Error::BadInput`] says what is wrong with it, without repeating it: it may hold a password.
    pub fn from_url(url: &str) -> Result<Self> {
        let Some(parts) = Parts::of(url) else {
            return client(url).map(Self::One).map_err(|_| invalid("not valid"));
        };
        match parts.kind {
            Kind::Cluster => parts.cluster(),
            Kind::Sentinel => parts.sentinel(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Cluster,
    Sentinel,
}

/// A URL that names several servers.
struct Parts<'a> {
    kind: Kind,
    /// The scheme of each server: with or without TLS.
    scheme: &'static str,
    /// User and password with their `@`, as they stand in the URL.
    user: &'a str,
    hosts: Vec<&'a str>,
    path: Vec<&'a str>,
    query: Vec<&'a str>,
    fragment: &'a str,
}

impl<'a> Parts<'a> {
    /// None for a URL that names one server, and for anything else.
    fn of(url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        // Some clients write a hyphen.
        let (scheme, kind) = scheme.split_once(['+', '-'])?;
        let scheme = ["redis", "rediss"].into_iter().find(|known| *known == scheme)?;
        let kind = match kind {
            "cluster" => Kind::Cluster,
            "sentinel" => Kind::Sentinel,
            _ => return None,
        };
        let (rest, fragment) = rest.split_at(rest.find('#').unwrap_or(rest.len()));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, hosts) = authority.split_at(authority.rfind('@').map_or(0, |at| at + 1));
        let filled = |part: &&str| !part.is_empty();
        Some(Self {
            kind,
            scheme,
            user,
            hosts: hosts.split(',').collect(),
            path: path.split('/').filter(filled).collect(),
            query: query.split('&').filter(filled).collect(),
            fragment,
        })
    }

    fn cluster(&self) -> Result<Servers> {
        if self.path.iter().any(|database| *database != "0") {
            return Err(invalid("with a database, of which a cluster has only 0"));
        }
        let query = self.query.join("&");
        let seeds = self.hosts.iter().map(|host| self.server(self.user, host, PORT, "", &query));
        Ok(Servers::Cluster(seeds.collect::<Result<_>>()?))
    }

    fn sentinel(&self) -> Result<Servers> {
        let (master, database) = match self.path[..] {
            [master] => (master, "0"),
            [master, database] => (master, database),
            _ => return Err(invalid("without the name of one master")),
        };
        let (own, common): (Vec<&str>, Vec<&str>) =
            self.query.iter().partition(|option| option.starts_with("sentinel_"));
        let common = common.join("&");
        let own = |name: &str| own.iter().find_map(|option| option.strip_prefix(name));
        let user = match (own("sentinel_username="), own("sentinel_password=")) {
            (None, None) => String::new(),
            (user, password) => {
                format!("{}:{}@", user.unwrap_or_default(), password.unwrap_or_default())
            }
        };
        let members =
            self.hosts.iter().map(|host| self.server(&user, host, SENTINEL_PORT, "", &common));
        let members = members.collect::<Result<Vec<_>>>()?;
        // Its address is told by the sentinels.
        let pattern = self.server(self.user, "unknown", PORT, database, &common)?;
        Ok(Servers::Sentinel(Sentinels::new(members, decoded(master), pattern)))
    }

    fn server(
        &self,
        user: &str,
        host: &str,
        port: u16,
        database: &str,
        query: &str,
    ) -> Result<Client> {
        let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let port = if has_port { String::new() } else { format!(":{port}") };
        let (scheme, fragment) = (self.scheme, self.fragment);
        let url = format!("{scheme}://{user}{host}{port}/{database}?{query}{fragment}");
        let is_named = !host.is_empty() && !host.starts_with(':');
        let client = client(&url).ok().filter(|_| is_named);
        client.ok_or_else(|| invalid("not valid"))
    }
}

/// What stands percent-encoded in a path.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let code = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        let (byte, skipped) = match (first, code) {
            (b'%', Some(code)) => (code, 2),
            _ => (*first, 0),
        };
        bytes.push(byte);
        rest = &tail[skipped..];
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn invalid(what: &str) -> Error {
    Error::bad_input("REDIS_URL", what, EXPECTED)
}

fn client(url: &str) -> RedisResult<Client> {
    let info = url.into_connection_info()?;
    let tcp = redis::io::tcp::TcpSettings::default().set_nodelay(true);
    // A peer that vanished without a word would otherwise be believed in for a quarter of an hour.
    #[cfg(target_os = "linux")]
    let tcp = tcp.set_user_timeout(SILENT_PEER);
    Client::open(info.set_tcp_settings(tcp))
}

/// The same way to another server: user, TLS and database stay.
pub(super) fn at(client: &Client, host: &str, port: u16) -> RedisResult<Client> {
    let info: ConnectionInfo = client.get_connection_info().clone();
    let host = host.to_owned();
    let addr = match info.addr() {
        ConnectionAddr::TcpTls { insecure, tls_params, .. } => ConnectionAddr::TcpTls {
            host,
            port,
            insecure: *insecure,
            tls_params: tls_params.clone(),
        },
        _ => ConnectionAddr::Tcp(host, port),
    };
    Client::open(info.set_addr(addr))
}

/// Host and port, or the path of a socket.
pub(super) fn address(client: &Client) -> String {
    client.get_connection_info().addr().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each server with user, password and database.
    fn listed(clients: &[Client]) -> Vec<String> {
        let line = |client: &Client| {
            let settings = client.get_connection_info().redis_settings();
            let (user, password) = (settings.username(), settings.password());
            let is_safe = matches!(
                client.get_connection_info().addr(),
                ConnectionAddr::TcpTls { insecure: false, .. }
            );
            format!(
                "{}:{}@{}/{}{}",
                user.unwrap_or_default(),
                password.unwrap_or_default(),
                address(client),
                settings.db(),
                if is_safe { " TLS" } else { "" }
            )
        };
        clients.iter().map(line).collect()
    }

    #[test]
    fn the_scheme_decides_what_is_behind_it() {
        for (url, expected) in [
            ("redis://u:p@h:1/3", "one u:p@h:1/3"),
            ("rediss://h", "one :@h:6379/0 TLS"),
            ("redis+unix:///run/redis.sock?db=2", "one :@/run/redis.sock/2"),
            ("redis+cluster://h", "cluster :@h:6379/0"),
            (
                "redis+cluster://u:p%40@h:1,i:2,[::1]:3/",
                "cluster u:p@@h:1/0 u:p@@i:2/0 u:p@@::1:3/0",
            ),
            ("redis-cluster://:p@h:1,i/0", "cluster :p@h:1/0 :p@i:6379/0"),
            ("rediss+cluster://h:1,i:2", "cluster :@h:1/0 TLS :@i:2/0 TLS"),
            ("redis+sentinel://h/main", "sentinel main u :@h:26379/0 > :@unknown:6379/0"),
            (
                "rediss+sentinel://u:p@h:1,i:2/my%20main/3",
                "sentinel my main u :@h:1/0 TLS :@i:2/0 TLS > u:p@unknown:6379/3 TLS",
            ),
            (
                "redis+sentinel://:p@h/main?sentinel_username=s&protocol=3&sentinel_password=t",
                "sentinel main u s:t@h:26379/0 > :p@unknown:6379/0",
            ),
        ] {
            let shown = match Servers::from_url(url).unwrap() {
                Servers::One(client) => format!("one {}", listed(&[client]).join(" ")),
                Servers::Cluster(seeds) => format!("cluster {}", listed(&seeds).join(" ")),
                Servers::Sentinel(sentinels) => {
                    let (name, members, pattern) = sentinels.parts();
                    let pattern = std::slice::from_ref(pattern);
                    format!(
                        "sentinel {name} u {} > {}",
                        listed(members).join(" "),
                        listed(pattern).join(" ")
                    )
                }
            };
            assert_eq!(shown, expected, "{url}");
        }
    }

    #[test]
    fn a_wrong_url_is_refused_without_its_password() {
        for (url, expected) in [
            ("hunter2", "`REDIS_URL` is not valid, expected a URL such as redis://"),
            ("mysql://:hunter2@h", "`REDIS_URL` is not valid, "),
            ("redis+other://:hunter2@h", "`REDIS_URL` is not valid, "),
            ("redis+cluster://:hunter2@", "`REDIS_URL` is not valid, "),
            ("redis+cluster://:hunter2@h:1,,i:2", "`REDIS_URL` is not valid, "),
            ("redis+cluster://:hunter2@h:1,:2", "`REDIS_URL` is not valid, "),
            ("redis+cluster://:hunter2@h:99999", "`REDIS_URL` is not valid, "),
            ("redis+cluster://:hunter2@h/3", "`REDIS_URL` is with a database, of which a cluster"),
            ("redis+sentinel://:hunter2@h", "`REDIS_URL` is without the name of one master, "),
            ("redis+sentinel://:hunter2@h/main/0/x", "`REDIS_URL` is without the name of one "),
            ("redis+sentinel://:hunter2@h/main/x", "`REDIS_URL` is not valid, "),
        ] {
            let refused = Servers::from_url(url).unwrap_err().to_string();
            assert!(refused.starts_with(expected), "{url}: {refused}");
            assert!(!refused.contains("hunter2"), "{refused}");
        }
    }
}
