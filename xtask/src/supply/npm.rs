//! Packages of npm, as their lock files name them.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::rules::Rules;

const REGISTRY: &str = "https://registry.npmjs.org/";

/// Of tools that build the page and are no part of it.
const OF_TOOLS: [&str; 1] = ["MPL-2.0"];

/// What `package-lock.json` holds, by the folder of each package.
#[derive(Debug, Deserialize)]
pub(super) struct Lock {
    packages: BTreeMap<String, Package>,
}

#[derive(Debug, Deserialize)]
struct Package {
    version: Option<String>,
    license: Option<String>,
    integrity: Option<String>,
    resolved: Option<String>,
    #[serde(default)]
    dev: bool,
}

/// Every `package-lock.json` of ours.
pub(super) fn lock_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        let is_other =
            name.starts_with('.') || ["node_modules", "target", "dist"].contains(&&*name);
        if name == "package-lock.json" {
            found.push(path);
        } else if entry.file_type()?.is_dir() && !is_other {
            found.extend(lock_files(&path)?);
        }
    }
    found.sort();
    Ok(found)
}

impl Lock {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path)?;
        Self::parse(&text).with_context(|| path.display().to_string())
    }

    fn parse(text: &str) -> Result<Self> {
        let mut lock: Self = serde_json::from_str(text)?;
        // Our own.
        lock.packages.remove("");
        Ok(lock)
    }

    pub(super) fn len(&self) -> usize {
        self.packages.len()
    }

    /// What is wrong with each, in a line.
    pub(super) fn faults(&self, rules: &Rules) -> Vec<String> {
        let all = self.packages.iter();
        all.flat_map(|(folder, package)| package.faults(folder, rules)).collect()
    }
}

impl Package {
    fn faults(&self, folder: &str, rules: &Rules) -> Vec<String> {
        let mut faults = Vec::new();
        let version = self.version.as_deref().unwrap_or("?");
        let mut fault = |what: String| faults.push(format!("{folder} {version}: {what}"));
        let licence = self.license.as_deref().unwrap_or("none");
        let of_tool = self.dev && OF_TOOLS.contains(&licence);
        if !of_tool && !rules.allows_licence(licence) {
            fault(format!("licence `{licence}` is not allowed"));
        }
        if !self.integrity.as_deref().is_some_and(|digest| digest.starts_with("sha512-")) {
            fault("no SHA-512 in the lock file".to_owned());
        }
        // Without one it is the registry's.
        if let Some(source) = &self.resolved
            && !source.starts_with(REGISTRY)
        {
            fault(format!("source `{source}` is not allowed"));
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{process::root, supply::rules::given_rules};

    #[test]
    fn every_broken_rule_is_told() {
        let lock = r#"{ "lockfileVersion": 3, "packages": {
            "": { "name": "own" },
            "a": { "version": "1.0.0", "license": "MIT", "integrity": "sha512-x" },
            "b": { "version": "1.0.0", "license": "MPL-2.0", "integrity": "sha512-x", "dev": true },
            "c": { "version": "1.0.0", "license": "MPL-2.0", "integrity": "sha512-x" },
            "d": { "version": "1.0.0", "license": "MIT", "integrity": "sha1-x" },
            "e": { "version": "1.0.0", "license": "MIT", "integrity": "sha512-x",
                "resolved": "https://registry.npmjs.org.evil/e.tgz" },
            "f": { "version": "1.0.0", "integrity": "sha512-x",
                "resolved": "https://registry.npmjs.org/f.tgz" }
        } }"#;
        let lock = Lock::parse(lock).unwrap();
        let expected = [
            "c 1.0.0: licence `MPL-2.0` is not allowed",
            "d 1.0.0: no SHA-512 in the lock file",
            "e 1.0.0: source `https://registry.npmjs.org.evil/e.tgz` is not allowed",
            "f 1.0.0: licence `none` is not allowed",
        ];
        assert_eq!(
            (lock.len(), lock.faults(&given_rules())),
            (6, expected.map(str::to_owned).into())
        );
    }

    #[test]
    fn the_lock_file_of_the_page_is_among_those_that_are_read() {
        let found = lock_files(root()).unwrap();
        assert!(found.contains(&root().join("playground/package-lock.json")), "{found:?}");
    }
}
