//! `bench` against a service of its own: what it reports has happened.

use serde_json::Value;

use crate::process::Desk;

const SECRET: &str = "12345678901234567890123456789012";

fn report(desk: &Desk, arguments: &[&str]) -> Value {
    serde_json::from_str(&desk.done(arguments)).expect("a report in JSON")
}

#[tokio::test]
async fn ingest_reports_what_was_stored() {
    let desk = Desk::new();
    let service = desk.serve();
    let arguments =
        ["bench", "ingest", "--url", &service.url, "--events", "2000", "--again", "--json"];
    let passes = report(&desk, &arguments)["passes"].clone();
    assert_eq!((&passes[0]["count"], &passes[0]["stored"]), (&2_000.into(), &2_000.into()));
    assert_eq!(passes[1]["stored"], 0, "known ids store nothing");
}

#[tokio::test]
async fn live_reports_what_every_subscriber_of_every_tenant_saw() {
    let desk = Desk::new()
        .with("DESKPULSE_JWT_SECRET", SECRET)
        .given("tenants.toml", "[tenants.a]\n[tenants.b]\n");
    let desk = desk.with("DESKPULSE_CONFIG", "tenants.toml");
    let service = desk.serve();
    let arguments = [
        "bench",
        "live",
        "--url",
        &service.url,
        "--tenant",
        "a",
        "--tenant",
        "b",
        "--subscribers",
        "6",
        "--rate",
        "40",
        "--secs",
        "2",
        "--json",
    ];
    let report = report(&desk, &arguments);
    assert_eq!(report["watching"]["subscribers"], 6);
    assert!(report["watching"]["events"].as_u64().unwrap() > 0, "{report}");
    // Each of the six has seen at least one change.
    assert!(report["passes"][0]["count"].as_u64().unwrap() >= 6, "{report}");
}

#[tokio::test]
async fn tokens_for_tenants_need_the_secret() {
    let desk = Desk::new();
    let line = desk.refused(&["bench", "live", "--tenant", "a"]);
    assert!(line.contains("DESKPULSE_JWT_SECRET"), "{line}");
}

#[tokio::test]
async fn audits_are_stored_for_a_tenant_without_any_and_asked_for() {
    let desk = Desk::new();
    let service = desk.serve();
    let arguments = |prepare: &'static str| {
        [
            "bench",
            "audits",
            "--url",
            &service.url,
            "--prepare",
            prepare,
            "--rounds",
            "1",
            "--warm-secs",
            "0",
            "--json",
        ]
        .map(str::to_owned)
    };
    let first = arguments("250");
    let report = report(&desk, &first.each_ref().map(String::as_str));
    let lists = report["lists"].as_array().expect("lists");
    assert_eq!((&lists[0]["list"], &lists[0]["total"]), (&"all, newest".into(), &250.into()));
    assert_eq!((&lists[0]["page"], &lists[1]["page"]), (&1.into(), &25.into()));
    let again = arguments("1");
    let line = desk.refused(&again.each_ref().map(String::as_str));
    assert!(line.contains("tenant `default` has 250 audits, expected one without any"), "{line}");
}
