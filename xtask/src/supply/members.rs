//! Our own crates: all inherit the lints of the workspace, which forbid unsafe code.

use std::fs;

use anyhow::{Context as _, Result};
use cargo_metadata::Metadata;
use toml::{Table, Value};

/// What is wrong with each, in a line.
pub(super) fn faults(metadata: &Metadata) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    let workspace = read(&metadata.workspace_root.join("Cargo.toml").into_std_path_buf())?;
    if !forbids_unsafe(&workspace) {
        faults.push("Cargo.toml: the workspace does not forbid unsafe code".to_owned());
    }
    for package in metadata.workspace_packages() {
        if !inherits(&read(package.manifest_path.as_std_path())?) {
            faults.push(format!("{}: does not inherit the lints of the workspace", package.name));
        }
    }
    Ok(faults)
}

fn read(path: &std::path::Path) -> Result<Table> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    text.parse().with_context(|| format!("{} is not TOML", path.display()))
}

fn at<'a>(table: &'a Table, path: &[&str]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(table.get(*first)?, |value, key| value.get(key))
}

fn forbids_unsafe(workspace: &Table) -> bool {
    at(workspace, &["workspace", "lints", "rust", "unsafe_code"]).and_then(Value::as_str)
        == Some("forbid")
}

fn inherits(member: &Table) -> bool {
    at(member, &["lints", "workspace"]).and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_workspace_that_forbids_and_members_that_inherit_will_do() {
        let table = |text: &str| text.parse::<Table>().unwrap();
        for (text, forbids) in [
            ("[workspace.lints.rust]\nunsafe_code = \"forbid\"", true),
            ("[workspace.lints.rust]\nunsafe_code = \"deny\"", false),
            ("[workspace.lints.clippy]\nunsafe_code = \"forbid\"", false),
            ("", false),
        ] {
            assert_eq!(forbids_unsafe(&table(text)), forbids, "{text}");
        }
        for (text, is_heir) in [
            ("[lints]\nworkspace = true", true),
            ("[lints]\nworkspace = false", false),
            ("", false),
        ] {
            assert_eq!(inherits(&table(text)), is_heir, "{text}");
        }
    }
}
