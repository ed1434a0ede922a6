//! Crates, by the rules of `deny.toml`.

use std::collections::BTreeMap;

use cargo_metadata::Package;

use super::rules::Rules;

/// What is wrong with each, in a line.
pub(super) fn faults(rules: &Rules, packages: &[Package]) -> Vec<String> {
    packages.iter().flat_map(|package| package_faults(rules, package)).collect()
}

fn package_faults(rules: &Rules, package: &Package) -> Vec<String> {
    let (mut faults, name) = (Vec::new(), package.name.as_str());
    let mut fault = |what: String| faults.push(format!("{name} {}: {what}", package.version));
    let licence = package.license.as_deref().unwrap_or("none");
    if !rules.allows_licence(licence) {
        fault(format!("licence `{licence}` is not allowed"));
    }
    if let Some(ban) = rules.banned.iter().find(|ban| ban.name == name) {
        fault(format!("banned: {}", ban.reason));
    }
    // A path of the workspace has none.
    if let Some(source) = &package.source
        && !rules.allows_source(&source.repr)
    {
        fault(format!("source `{source}` is not allowed"));
    }
    if package.source.is_none() {
        let any = package.dependencies.iter().find(|needed| {
            needed.path.is_none() && needed.req == cargo_metadata::semver::VersionReq::STAR
        });
        if let Some(needed) = any {
            fault(format!("any version of `{}` would do", needed.name));
        }
    }
    faults
}

/// Tells which crates are there more than once.
pub(super) fn tell_versions(packages: &[Package]) {
    let several = several(packages);
    if !several.is_empty() {
        eprintln!("{} crates are there in several versions: {}", several.len(), several.join(", "));
    }
}

fn several(packages: &[Package]) -> Vec<&str> {
    let mut counts = BTreeMap::<&str, usize>::new();
    for package in packages {
        *counts.entry(package.name.as_str()).or_default() += 1;
    }
    counts.into_iter().filter(|(_, count)| *count > 1).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::supply::rules::given_rules;

    fn package(name: &str, version: &str, licence: Option<&str>, source: Option<&str>) -> Package {
        let package = json!({
            "name": name, "version": version, "id": name, "license": licence, "source": source,
            "dependencies": [{
                "name": "serde", "source": "registry+https://index", "req": "*", "kind": null,
                "rename": null, "optional": false, "uses_default_features": true, "features": [],
                "target": null, "registry": null,
            }],
            "targets": [], "features": {}, "manifest_path": "/Cargo.toml", "edition": "2024",
        });
        serde_json::from_value(package).unwrap()
    }

    #[test]
    fn every_broken_rule_is_told() {
        let index = Some("registry+https://index");
        let packages = [
            package("good", "1.0.0", Some("MIT"), index),
            package("free", "1.0.0", Some("GPL-3.0-only"), index),
            package("bare", "1.0.0", None, index),
            package("openssl", "2.0.0", Some("MIT"), index),
            package("near", "1.0.0", Some("MIT"), Some("git+https://host/near")),
            package("own", "0.1.0", Some("Apache-2.0"), None),
        ];
        let expected = [
            "free 1.0.0: licence `GPL-3.0-only` is not allowed",
            "bare 1.0.0: licence `none` is not allowed",
            "openssl 2.0.0: banned: TLS is rustls",
            "near 1.0.0: source `git+https://host/near` is not allowed",
            "own 0.1.0: any version of `serde` would do",
        ];
        assert_eq!(faults(&given_rules(), &packages), expected);
    }

    #[test]
    fn a_crate_that_is_there_twice_is_told() {
        let package = |name, version| package(name, version, Some("MIT"), None);
        let packages = [package("a", "1.0.0"), package("b", "1.0.0"), package("a", "2.0.0")];
        assert_eq!(several(&packages), ["a"]);
    }
}
