//! Whether the built pages are older than what they are made of.

use std::{fs, path::Path, time::SystemTime};

/// True when the built pages are missing, or older than a source of them.
pub(crate) fn is_stale(page: &Path, more_sources: &[&Path]) -> bool {
    let Some(built) = newest(&page.join("dist"), &[]) else { return true };
    let sources = newest(page, &["dist", "node_modules", "browser", "gql"]);
    let more = more_sources.iter().filter_map(|source| modified(source)).max();
    sources.max(more) > Some(built)
}

/// The time of the newest file below, leaving out hidden ones and the folders of these names.
fn newest(folder: &Path, without: &[&str]) -> Option<SystemTime> {
    let entries = fs::read_dir(folder).ok()?.filter_map(Result::ok);
    let times = entries.filter_map(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') || without.contains(&name.as_ref()) {
            return None;
        }
        let path = entry.path();
        if path.is_dir() { newest(&path, without) } else { modified(&path) }
    });
    times.max()
}

pub(crate) fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_page_is_stale_when_missing_or_older_than_a_source() {
        let page = std::env::temp_dir().join(format!("xtask-page-{}", std::process::id()));
        let write = |name: &str, age_secs: u64| {
            let path = page.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let file = fs::File::create(path).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_secs(age_secs)).unwrap();
        };
        let schema = page.join("elsewhere/.schema");

        write("src/main.tsx", 100);
        assert!(is_stale(&page, &[]), "never built");
        write("dist/assets/main.js", 90);
        assert!(!is_stale(&page, &[&schema]), "built after its sources");
        write("node_modules/vite/index.js", 80);
        write(".cache/x", 80);
        assert!(!is_stale(&page, &[&schema]), "dependencies and hidden files are no sources");
        write("browser/x.test.ts", 80);
        assert!(!is_stale(&page, &[&schema]), "tests are no sources");
        write("elsewhere/.schema", 70);
        assert!(is_stale(&page, &[&schema]), "a source outside the page's folder changed");
        write("src/deep/query.graphql", 60);
        assert!(is_stale(&page, &[]), "a source changed");

        fs::remove_dir_all(&page).unwrap();
    }
}
