//! Sends small messages to PostgreSQL at once.
//!
//! The driver leaves Nagle's algorithm on, and has no way to its sockets (sqlx 0.9). The end of a
//! COPY is a small message behind a large one, with no answer between: it would wait for the
//! server's delayed acknowledgement, 40 ms for each COPY. So the sockets are found among this
//! process's own. Where that cannot be done, everything still works, only slower.

use std::{fs, io};

use filedescriptor::FileDescriptor;
use socket2::SockRef;

/// Where Linux and the BSDs list the descriptors of a process.
const DESCRIPTORS: &str = "/dev/fd";

/// Turns Nagle's algorithm off on every connection of this process to a port; returns how many
/// there are.
pub(super) fn set_on_connections_to(port: u16) -> io::Result<usize> {
    let mut found = 0;
    for entry in fs::read_dir(DESCRIPTORS)? {
        let Some(number) = entry?.file_name().to_str().and_then(|name| name.parse::<i32>().ok())
        else {
            continue;
        };
        // A copy of the descriptor: the number itself may be another file's by now.
        let Ok(descriptor) = FileDescriptor::dup(&number) else { continue };
        let socket = SockRef::from(&descriptor);
        let peer = socket.peer_addr().ok().and_then(|peer| peer.as_socket());
        if peer.is_some_and(|peer| peer.port() == port) && socket.set_tcp_nodelay(true).is_ok() {
            found += 1;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn a_connection_to_the_port_is_found_and_others_are_left_alone() {
        let [wanted, other] = [0, 1].map(|_| TcpListener::bind("127.0.0.1:0").unwrap());
        let [ours, foreign] =
            [&wanted, &other].map(|to| TcpStream::connect(to.local_addr().unwrap()).unwrap());
        let port = wanted.local_addr().unwrap().port();
        assert_eq!(set_on_connections_to(port).unwrap(), 1);
        assert!(ours.nodelay().unwrap());
        assert!(!foreign.nodelay().unwrap());
    }
}
