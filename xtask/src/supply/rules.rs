//! `deny.toml`, as far as this step holds it. A key that it does not know stops it: a rule that nobody
//! holds is worse than none.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use spdx::{Expression, Licensee, ParseMode};

/// What is allowed.
#[derive(Debug)]
pub(super) struct Rules {
    licences: Vec<Licensee>,
    pub(super) banned: Vec<Ban>,
    registries: Vec<String>,
}

/// A crate that has no place here.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ban {
    #[serde(rename = "crate")]
    pub(super) name: String,
    pub(super) reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "graph")]
    _graph: toml::Table,
    /// Of cargo-deny alone.
    #[serde(rename = "advisories")]
    _advisories: toml::Table,
    licenses: Licences,
    bans: Bans,
    sources: Sources,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Licences {
    allow: Vec<String>,
    #[serde(rename = "unused-allowed-license")]
    _unused: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Bans {
    deny: Vec<Ban>,
    multiple_versions: String,
    wildcards: String,
    allow_wildcard_paths: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Sources {
    unknown_registry: String,
    unknown_git: String,
    allow_registry: Vec<String>,
}

impl Rules {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).context("deny.toml cannot be read")?;
        Self::parse(&text).context("deny.toml")
    }

    pub(super) fn parse(text: &str) -> Result<Self> {
        let file: File = toml::from_str(text)?;
        let (bans, sources) = (file.bans, file.sources);
        let as_held = (&*bans.multiple_versions, &*bans.wildcards, bans.allow_wildcard_paths);
        ensure!(as_held == ("warn", "deny", true), "`bans` is not what this step holds");
        let as_held = (&*sources.unknown_registry, &*sources.unknown_git);
        ensure!(as_held == ("deny", "deny"), "`sources` is not what this step holds");
        let licences = file.licenses.allow.iter().map(|text| Licensee::parse(text));
        Ok(Self {
            licences: licences.collect::<Result<_, _>>()?,
            banned: bans.deny,
            registries: sources.allow_registry,
        })
    }

    /// Whether one may ship what is under this expression of SPDX; older crates write `MIT/Apache-2.0`.
    pub(super) fn allows_licence(&self, expression: &str) -> bool {
        let mode = ParseMode { allow_slash_as_or_operator: true, ..ParseMode::STRICT };
        Expression::parse_mode(expression, mode).is_ok_and(|expression| {
            expression.evaluate(|wanted| self.licences.iter().any(|held| held.satisfies(wanted)))
        })
    }

    /// Whether a source, as `cargo metadata` names it, is a registry that we know.
    pub(super) fn allows_source(&self, source: &str) -> bool {
        let registry = source.strip_prefix("registry+");
        registry.is_some_and(|url| self.registries.iter().any(|known| known == url))
    }
}

#[cfg(test)]
pub(super) fn given_rules() -> Rules {
    let text = "
        [graph]
        [advisories]
        [licenses]
        allow = [\"MIT\", \"Apache-2.0\", \"Unicode-3.0\"]
        unused-allowed-license = \"allow\"
        [bans]
        multiple-versions = \"warn\"
        wildcards = \"deny\"
        allow-wildcard-paths = true
        deny = [{ crate = \"openssl\", reason = \"TLS is rustls\" }]
        [sources]
        unknown-registry = \"deny\"
        unknown-git = \"deny\"
        allow-registry = [\"https://index\"]
    ";
    Rules::parse(text).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_licence_is_allowed_when_we_may_choose_an_allowed_one() {
        let rules = given_rules();
        for (expression, allowed) in [
            ("MIT", true),
            ("MIT OR GPL-3.0-only", true),
            ("MIT/Apache-2.0", true),
            ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
            ("MIT AND GPL-3.0-only", false),
            ("GPL-3.0-only", false),
            ("Apache-2.0 WITH LLVM-exception", false),
            ("as is", false),
            ("", false),
        ] {
            assert_eq!(rules.allows_licence(expression), allowed, "{expression}");
        }
    }

    #[test]
    fn only_known_registries_are_sources() {
        let rules = given_rules();
        for (source, allowed) in [
            ("registry+https://index", true),
            ("registry+https://index.evil", false),
            ("git+https://index", false),
            ("sparse+https://index", false),
        ] {
            assert_eq!(rules.allows_source(source), allowed, "{source}");
        }
    }

    #[test]
    fn a_rule_that_nobody_would_hold_is_refused() {
        let text = fs::read_to_string(crate::process::root().join("deny.toml")).unwrap();
        for (from, to) in [
            ("wildcards = \"deny\"", "wildcards = \"allow\""),
            ("unknown-git = \"deny\"", "unknown-git = \"warn\""),
            ("[bans]", "[bans]\nskip = []"),
            ("\"ISC\"", "\"ISC-ish\""),
        ] {
            let changed = text.replace(from, to);
            assert!(changed != text && Rules::parse(&changed).is_err(), "{to}");
        }
    }
}
