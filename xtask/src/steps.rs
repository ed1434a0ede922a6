//! Everything CI checks, in order: cheap before dear, and a step after what it builds upon.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, num::NonZero, thread};

use anyhow::{Context as _, Result, bail};

use crate::beside::Beside;
use crate::needs::{self, Need};
use crate::process::{command, root, run, stdout_of, without_settings};
use crate::{clients, page, python, supply};

pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    needs: &'static [Need],
    run: fn() -> Result<()>,
}

pub(crate) const STEPS: [Step; 14] = [
    Step { name: "fmt", about: "the code is formatted", needs: &[], run: fmt },
    Step { name: "clippy", about: "no lint has anything to say", needs: &[], run: clippy },
    Step { name: "rustdoc", about: "the documentation builds", needs: &[], run: rustdoc },
    Step {
        name: "supply",
        about: "licences, sources and bans of all that is built in",
        needs: &[],
        run: supply::check,
    },
    Step {
        name: "page",
        about: "the pages' own checks and build",
        needs: &[Need::Node],
        run: page::check,
    },
    Step {
        name: "schema",
        about: "schema.graphql is what the code serves",
        needs: &[],
        run: schema,
    },
    Step {
        name: "embedded",
        about: "all tests on the embedded store",
        needs: &[Need::Nextest],
        run: embedded,
    },
    Step {
        name: "servers",
        about: "the API tests on PostgreSQL and Redis",
        needs: &[Need::Nextest, Need::Servers],
        run: servers,
    },
    Step {
        name: "cluster",
        about: "the API tests on PostgreSQL and a Redis Cluster",
        needs: &[Need::Nextest, Need::Servers],
        run: cluster,
    },
    Step {
        name: "faults",
        about: "nothing is lost, doubled or off when processes die",
        needs: &[Need::Nextest, Need::Servers, Need::Clock],
        run: faults,
    },
    Step {
        name: "client",
        about: "the Python client: lint, types, tests against the service",
        needs: &[Need::Python],
        run: client,
    },
    Step {
        name: "clients",
        about: "GraphQL clients of others: graphql-ws, graphql-sse, Apollo, urql, gql",
        needs: &[Need::Node, Need::Python],
        run: clients,
    },
    Step {
        name: "browser",
        about: "the pages in a browser, on both stores",
        needs: &[Need::Node, Need::Servers, Need::Browser],
        run: browser,
    },
    Step {
        name: ATTACKS,
        about: "known attacks cost little, on a release build",
        needs: &[Need::Nextest],
        run: attacks,
    },
];

const ATTACKS: &str = "attacks";
/// From here to the attacks no answer is held to a second, and much of the time is spent waiting: the
/// optimised build for the attacks goes on beside it.
const FIRST_TO_WAIT: &str = "client";

const OPTIMIZED_ATTACKS: [&str; 7] =
    ["nextest", "run", "--cargo-profile", "optimized", "--workspace", "--test", ATTACKS];
const FAULT_SEED: &str = "DESKPULSE_FAULT_SEED";

/// Runs the named steps, or all, up to the first that fails.
pub(crate) fn test(names: &[String]) -> Result<()> {
    let steps = select(names)?;
    let needs: Vec<Need> = steps.iter().flat_map(|step| step.needs).copied().collect();
    needs::provide(&needs)?;

    let all = Instant::now();
    let mut passed = Vec::new();
    let has_attacks = steps.iter().any(|step| step.name == ATTACKS);
    let mut beside = None;
    for (index, step) in steps.iter().enumerate() {
        eprintln!("\n==> {} ({}/{}): {}", step.name, index + 1, steps.len(), step.about);
        let started = Instant::now();
        if step.name == FIRST_TO_WAIT && has_attacks {
            beside = Some(Beside::start(without_settings(build_attacks()))?);
        }
        let is_built = match step.name {
            ATTACKS => beside.take().map_or(Ok(()), Beside::finish),
            _ => Ok(()),
        };
        if let Err(error) = is_built.and_then(|()| (step.run)()) {
            let (name, took) = (step.name, seconds(started.elapsed()));
            let passed = summary(&passed);
            eprintln!("\n{passed}{name:<10} {took:>8}  FAILED");
            return Err(error.context(format!("{name} failed (alone: cargo xtask test {name})")));
        }
        passed.push((step.name, started.elapsed()));
        eprintln!("==> {} passed in {}", step.name, seconds(started.elapsed()));
    }
    eprintln!("\n{}all passed in {}", summary(&passed), seconds(all.elapsed()));
    Ok(())
}

/// The named steps in their own order; all when none is named.
fn select(names: &[String]) -> Result<Vec<&'static Step>> {
    for name in names {
        if !STEPS.iter().any(|step| step.name == name) {
            let known: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
            bail!("no step is called `{name}`; there are {}", known.join(", "));
        }
    }
    let chosen = |step: &&Step| names.is_empty() || names.iter().any(|name| step.name == name);
    Ok(STEPS.iter().filter(chosen).collect())
}

fn summary(passed: &[(&str, Duration)]) -> String {
    let lines = passed.iter().map(|(name, took)| format!("{name:<10} {:>8}  ok\n", seconds(*took)));
    lines.collect()
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

fn cargo(args: &[&str]) -> Command {
    let mut cargo = without_settings(command("cargo"));
    cargo.args(args);
    cargo
}

fn fmt() -> Result<()> {
    run(cargo(&["fmt", "--all", "--check"])).context("`cargo fmt --all` formats it")
}

fn clippy() -> Result<()> {
    run(cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

fn rustdoc() -> Result<()> {
    let mut doc = cargo(&["doc", "--workspace", "--no-deps", "--document-private-items"]);
    doc.env("RUSTDOCFLAGS", "-Dwarnings");
    run(doc)
}

fn schema() -> Result<()> {
    let mut print = without_settings(command(&build()?.to_string_lossy()));
    print.arg("schema");
    let printed = stdout_of(print)?;
    let kept = root().join("schema.graphql");
    if fs::read_to_string(&kept).is_ok_and(|kept| kept == printed) {
        return Ok(());
    }
    show_diff(&printed)?;
    bail!(
        "schema.graphql is not what the code serves; if it should be: cargo run -- schema > schema.graphql"
    )
}

fn show_diff(printed: &str) -> Result<()> {
    let mut diff = command("diff");
    diff.args(["--unified", "--new-file", "--label=schema.graphql", "--label=deskpulse schema"]);
    let mut child = diff
        .args(["schema.graphql", "-"])
        .stdin(Stdio::piped())
        .spawn()
        .context("could not start diff")?;
    child.stdin.take().context("diff has no stdin")?.write_all(printed.as_bytes())?;
    child.wait()?;
    Ok(())
}

/// Half as many tests at a time again as there are cores: they wait half of their time.
fn at_a_time(mut tests: Command) -> Command {
    let cores = thread::available_parallelism().map_or(2, NonZero::get);
    tests.env("NEXTEST_TEST_THREADS", (cores + cores / 2).to_string());
    tests
}

fn embedded() -> Result<()> {
    run(at_a_time(cargo(&["nextest", "run", "--workspace"])))?;
    // nextest leaves the examples in the documentation out.
    run(cargo(&["test", "--workspace", "--doc"]))
}

fn servers() -> Result<()> {
    let mut tests = without_settings(command("tests/with-servers.sh"));
    // --workspace, because fewer packages are fewer features, and other features another build.
    tests.args(["cargo", "nextest", "run", "--workspace", "--lib", "--test", "api"]);
    run(at_a_time(tests))
}

fn cluster() -> Result<()> {
    // But for those in which Redis does nothing, or nothing but what others hold already, or that
    // bring a Redis of their own.
    const OTHERS: &str = "abandoned|access|billing|conformance|demo|engine|errors|export|figures|\
                          identity|isolation|metrics|order|outage|own|precompiled|proof|quality|\
                          replay|replicated|retention|schema|sentinel|cluster|spelling|trace";
    let mut tests = without_settings(command("tests/with-servers.sh"));
    tests.args(["--cluster", "cargo", "nextest", "run", "--workspace", "--test", "api"]);
    tests.args(["-E", &format!("not test(/^({OTHERS})::/)")]);
    run(at_a_time(tests))
}

fn client() -> Result<()> {
    python::check(&build()?)
}

fn clients() -> Result<()> {
    clients::check(&build()?)
}

fn faults() -> Result<()> {
    let mut tests = cargo(&["nextest", "run", "--workspace", "--profile", "faults"]);
    // The same faults each time, unless another seed is asked for.
    tests.env(FAULT_SEED, env::var_os(FAULT_SEED).unwrap_or_else(|| "1".into()));
    run(tests)
}

/// On optimised code: the bounds of time are those of a release.
fn attacks() -> Result<()> {
    let mut tests = cargo(&OPTIMIZED_ATTACKS);
    tests.args(["--profile", "attacks"]);
    run(tests)
}

/// Builds what [`attacks`] runs, and yields to everything else.
fn build_attacks() -> Command {
    let mut build = command("nice");
    build.args(["-n", "19", "cargo"]).args(OPTIMIZED_ATTACKS).args(["--no-run", "--cargo-quiet"]);
    build
}

/// Once with services on the embedded store, once on servers; each test starts its own. What a page looks
/// like and weighs is the same on both.
fn browser() -> Result<()> {
    let binary = build()?;
    let environment = |tests: &mut Command| {
        tests.env("DESKPULSE_BIN", &binary);
        tests.envs(needs::chromium().map(|path| ("CHROMIUM", path)));
    };
    let mut embedded = page::npm(&["run", "browser"]);
    environment(&mut embedded);
    run(embedded)?;
    let mut servers = without_settings(command("tests/with-servers.sh"));
    servers.args(["npm", "--prefix", "playground", "run", "browser", "--"]);
    servers.args(["--exclude", "browser/shots.test.ts", "--exclude", "browser/weight.test.ts"]);
    environment(&mut servers);
    run(servers)
}

/// Builds the service and returns its binary. The tests are built with it: without them, crates that
/// tests need with more features would be built twice, and all crates above them.
fn build() -> Result<PathBuf> {
    run(cargo(&["build", "--workspace", "--bins", "--tests"]))?;
    let own = env::current_exe()?;
    Ok(own.with_file_name("deskpulse"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(wanted: &[&str]) -> Vec<&'static str> {
        let wanted: Vec<String> = wanted.iter().map(ToString::to_string).collect();
        select(&wanted).unwrap().iter().map(|step| step.name).collect()
    }

    #[test]
    fn all_steps_run_when_none_is_named() {
        assert_eq!(names(&[]).len(), STEPS.len());
        assert_eq!(names(&[ATTACKS]), [ATTACKS]);
    }

    #[test]
    fn the_build_for_the_attacks_begins_before_they_do() {
        let place = |name| STEPS.iter().position(|step| step.name == name).unwrap();
        assert!(place(FIRST_TO_WAIT) < place(ATTACKS));
    }

    #[test]
    fn named_steps_run_once_in_their_own_order() {
        assert_eq!(names(&["clippy", "fmt", "clippy"]), ["fmt", "clippy"]);
    }

    #[test]
    fn an_unknown_step_is_named_with_those_there_are() {
        let error = select(&["lint".to_owned()]).map(|_| ()).unwrap_err().to_string();
        assert!(error.starts_with("no step is called `lint`; there are fmt, clippy,"), "{error}");
    }

    #[test]
    fn the_summary_has_a_line_for_each_step() {
        let passed = [("fmt", Duration::from_millis(1_240)), ("clippy", Duration::from_secs(75))];
        assert_eq!(summary(&passed), "fmt           1.2 s  ok\nclippy       75.0 s  ok\n");
    }
}
