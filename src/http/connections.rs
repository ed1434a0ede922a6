//! How many connections are open, in all and of each address.
//!
//! Invariant: a [`Place`] counts for as long as anything of its connection lives, the WebSocket that
//! it became included.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::config::ServerConfig;

/// The open connections of this process. Clones count together.
#[derive(Clone, Debug, Default)]
pub(super) struct Connections(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    /// Only where addresses have a limit.
    by_address: HashMap<IpAddr, usize>,
}

/// The limit that leaves no room for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    All,
    Address,
}

impl Full {
    /// Its key in the configuration.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::All => "server.max_connections",
            Self::Address => "server.max_connections_per_address",
        }
    }
}

impl Connections {
    /// Takes a place for one more connection from `address`.
    ///
    /// # Errors
    /// [`Full`] that tells the limit.
    pub(super) fn take(&self, address: IpAddr, limits: &ServerConfig) -> Result<Place, Full> {
        let mut counts = self.lock();
        if counts.all >= limits.max_connections {
            return Err(Full::All);
        }
        let counted = (limits.max_connections_per_address > 0).then_some(address);
        if let Some(address) = counted {
            let count = counts.by_address.entry(address).or_default();
            if *count >= limits.max_connections_per_address {
                return Err(Full::Address);
            }
            *count += 1;
        }
        counts.all += 1;
        Ok(Place { connections: self.clone(), counted })
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of one connection; dropping it makes room for another.
#[derive(Debug)]
pub(super) struct Place {
    connections: Connections,
    counted: Option<IpAddr>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.connections.lock();
        counts.all -= 1;
        let Some(address) = self.counted else { return };
        if let Some(count) = counts.by_address.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                counts.by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_so_many_in_all_and_of_an_address() {
        let limits = ServerConfig {
            max_connections: 3,
            max_connections_per_address: 2,
            ..ServerConfig::default()
        };
        let (connections, a, b) =
            (Connections::default(), IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        let first = connections.take(a, &limits).unwrap();
        let _second = connections.take(a, &limits).unwrap();
        assert_eq!(connections.take(a, &limits).unwrap_err(), Full::Address);
        let third = connections.take(b, &limits).unwrap();
        assert_eq!(connections.take(b, &limits).unwrap_err(), Full::All);
        drop(first);
        drop(third);
        assert!(connections.take(a, &limits).is_ok());
        assert_eq!(connections.lock().by_address.len(), 1, "who has none is forgotten");
    }
}
