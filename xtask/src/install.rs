//! Installing Debian packages, where this machine lets us, and saying how where it does not.

use std::path::Path;

use anyhow::{Result, bail};

use crate::process::{command, find_program, root, run, stdout_of};

/// Installs the packages as root on Debian.
///
/// # Errors
///
/// Names the packages and the command that installs them wherever that is for somebody else to do.
pub(crate) fn debian_packages(packages: &[String]) -> Result<()> {
    if !Path::new("/etc/debian_version").exists() || find_program(&["apt-get"]).is_none() {
        bail!("missing: {}; {}", packages.join(" "), by_hand(packages, ""));
    }
    if !is_root() {
        bail!("missing: {}; {}", packages.join(" "), by_hand(packages, "sudo "));
    }
    eprintln!("xtask: installing {} with apt-get", packages.join(" "));
    let mut install = command("sh");
    install.arg(root().join("xtask/apt-install.sh")).args(packages);
    run(install)
}

fn is_root() -> bool {
    let mut id = command("id");
    id.arg("-u");
    stdout_of(id).is_ok_and(|id| id.trim() == "0")
}

fn by_hand(packages: &[String], sudo: &str) -> String {
    format!("on Debian: {sudo}apt-get update && {sudo}apt-get install {}", packages.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_to_type_names_every_package() {
        let packages = ["postgresql".to_owned(), "chromium".to_owned()];
        let expected = "on Debian: sudo apt-get update && sudo apt-get install postgresql chromium";
        assert_eq!(by_hand(&packages, "sudo "), expected);
    }
}
