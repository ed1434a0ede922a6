//! Builds the pages with the service, where Node is there; without it the service says how to get them.

#[path = "build/node.rs"]
mod node;
#[path = "build/stale.rs"]
mod stale;

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

const FOLDER: &str = "playground";
const BUILT: &str = "playground/dist";
/// Types that the build itself writes beside the sources.
const GENERATED: &str = "playground/src/gql";
const SCHEMA: &str = "schema.graphql";
const OTHER_SOURCES: [&str; 8] = [
    "playground/index.html",
    "playground/playground",
    "playground/public",
    "playground/scripts",
    "playground/codegen.ts",
    "playground/vite.config.ts",
    "playground/package.json",
    "playground/package-lock.json",
];

fn main() {
    // Cargo takes a path that is not there for one that has changed, always: without the folder
    // every build would compile the crate anew. It is ignored by git, and may be read-only.
    let _ = fs::create_dir_all(BUILT);
    watch();
    if !stale::is_stale(Path::new(FOLDER), &[Path::new(SCHEMA)]) {
        return;
    }
    if let Err(why) = build() {
        // They may come from elsewhere meanwhile.
        println!("cargo:rerun-if-changed={BUILT}");
        println!("cargo:warning=the pages are not built, the service will only say so: {why}");
    }
}

/// Names each source, so that what the build writes is none.
fn watch() {
    for path in ["build.rs", "build", SCHEMA].into_iter().chain(OTHER_SOURCES) {
        println!("cargo:rerun-if-changed={path}");
    }
    let Ok(entries) = fs::read_dir("playground/src") else { return };
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        if path != Path::new(GENERATED) {
            println!("cargo:rerun-if-changed={}", path.display());
        }
    }
}

fn build() -> Result<(), String> {
    if let Some(missing) = node::missing() {
        return Err(missing);
    }
    let installed = stale::modified(&Path::new(FOLDER).join("node_modules/.package-lock.json"));
    if installed
        .is_none_or(|at| stale::modified(&Path::new(FOLDER).join("package-lock.json")) > Some(at))
    {
        output(&mut npm(&["ci", "--no-audit", "--no-fund"]))?;
    }
    output(&mut npm(&["run", "build"])).map(|_| ())
}

fn npm(args: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command.args(args).current_dir(FOLDER);
    command
}

/// What a program printed; of a failure its last line.
fn output(command: &mut Command) -> Result<String, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{program} could not be started ({error})"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    Err(format!("{program} ended with {} ({last})", output.status))
}
