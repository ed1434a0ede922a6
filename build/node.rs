//! Whether the pages can be built here.

use std::process::Command;

const MIN_NODE: u32 = 20;
const GET_NODE: &str = "get Node 20 or newer with npm from https://nodejs.org/en/download";

/// What is said when the pages cannot be built here; none when it can.
pub(crate) fn missing() -> Option<String> {
    let version = stdout_or_empty("node");
    match major(&version) {
        None => Some(format!("Node is missing: {GET_NODE}")),
        Some(found) if found < MIN_NODE => {
            Some(format!("Node {} is too old: {GET_NODE}", version.trim()))
        }
        Some(_) if major(&stdout_or_empty("npm")).is_none() => {
            Some(format!("npm is missing: {GET_NODE}"))
        }
        Some(_) => None,
    }
}

fn stdout_or_empty(program: &str) -> String {
    let output = Command::new(program).arg("--version").output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}

/// 20 for `v20.19.1`.
fn major(version: &str) -> Option<u32> {
    version.trim().trim_start_matches('v').split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_node_and_npm_print() {
        let cases =
            [("v20.19.1\n", Some(20)), ("10.8.2", Some(10)), ("", None), ("not found", None)];
        for (text, expected) in cases {
            assert_eq!(major(text), expected, "{text}");
        }
    }
}
