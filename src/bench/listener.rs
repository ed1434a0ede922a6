//! Who listens on a port of this machine, so that nobody has to look up process ids.

use std::{fs, path::Path};

use reqwest::Url;

/// The port of an address that names this machine; `default` where it names none.
pub(super) fn loopback_port(url: &str, default: u16) -> Option<u16> {
    let url = Url::parse(url).ok()?;
    let local = matches!(url.host_str()?, "localhost" | "127.0.0.1" | "[::1]");
    local.then(|| url.port().unwrap_or(default))
}

/// The process that listens on a TCP port; `None` as well when it is another user's, whose open
/// files only root may look at.
pub(super) fn find_listener(port: u16) -> Option<u32> {
    let sockets: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| listening_inodes(&table, port))
        .map(|inode| format!("socket:[{inode}]"))
        .collect();
    if sockets.is_empty() {
        return None;
    }
    let pids = fs::read_dir("/proc").ok()?;
    let pids = pids.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    // A child may hold what its parent opened, so the oldest is the one.
    pids.filter(|pid| holds(*pid, &sockets)).min()
}

fn holds(pid: u32, sockets: &[String]) -> bool {
    let Ok(files) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    files.flatten().any(|file| {
        let target = fs::read_link(file.path());
        target.is_ok_and(|target| sockets.iter().any(|socket| *target == *Path::new(socket)))
    })
}

/// The inodes of the sockets that listen on `port`, out of a table of `/proc/net`.
fn listening_inodes(table: &str, port: u16) -> Vec<String> {
    const LISTEN: &str = "0A";
    let (local, state, inode) = (1, 3, 9);
    let address = format!(":{port:04X}");
    table
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|fields| fields.len() > inode)
        .filter(|fields| fields[local].ends_with(&address) && fields[state] == LISTEN)
        .map(|fields| fields[inode].to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_machine_have_a_port_here() {
        for (url, expected) in [
            ("http://127.0.0.1:8080", Some(8_080)),
            ("postgres://me@localhost/deskpulse", Some(9)),
            ("redis://[::1]:6380/", Some(6_380)),
            ("https://pulse.example:8443", None),
            ("no url", None),
        ] {
            assert_eq!(loopback_port(url, 9), expected, "{url}");
        }
    }

    #[test]
    fn a_socket_that_listens_is_told_from_one_that_is_connected() {
        let table = "  sl  local_address rem_address st tx rx tr tm retr uid timeout inode\n\
            0: 0100007F:1F90 00000000:0000 0A 0:0 00:0 0 0 0 4711 1\n\
            1: 0100007F:1F90 0100007F:A000 01 0:0 00:0 0 0 0 4712 1\n\
            2: 0100007F:1F91 00000000:0000 0A 0:0 00:0 0 0 0 4713 1\n";
        assert_eq!(listening_inodes(table, 8_080), ["4711"]);
    }

    #[tokio::test]
    async fn a_listener_of_this_process_is_found() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        assert_eq!(find_listener(port), Some(std::process::id()));
    }
}
