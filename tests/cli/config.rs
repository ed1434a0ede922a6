//! A configuration that is wrong stops every command with one line.

use crate::process::Desk;

fn reason(toml: &str) -> String {
    let desk = Desk::new().given("desk.toml", toml);
    let reason = desk.refused(&["--config", "desk.toml", "rollup"]);
    assert!(!desk.path().join("deskpulse-data").exists(), "nothing was opened");
    reason.strip_prefix("configuration: ").expect("what it is about").to_owned()
}

#[test]
fn a_wrong_key_or_value_is_named_with_what_is_expected() {
    for (toml, expected) in [
        ("[server]\ncolour = 1", "`server.colour` is unknown, expected one of listen, tls_cert, "),
        ("[colour]", "`colour` is unknown, expected one of server, limits, store, "),
        ("[tenants.default]\ncolour = 1", "`tenants.default.colour` is unknown, expected one of "),
        ("[rollup]\ninterval_secs = 0", "`rollup.interval_secs` is `0`, expected 1 to 86400"),
        (
            "[rollup]\ninterval_secs = \"often\"",
            "`rollup.interval_secs` is `often`, expected a whole number of 0 or more",
        ),
        ("rollup = 5", "`rollup` is `5`, expected a table"),
        ("[server]\nmax_depth = -1", "`server.max_depth` is `-1`, expected a whole number of 0 or"),
        ("[server]\nmax_depth = 14", "`server.max_depth` is `14`, expected 15 to 100"),
        ("[server]\nlisten = \"here\"", "`server.listen` is `here`, expected an address such as "),
        (
            "[server]\ncors_origins = [\"https://desk.example/\"]",
            "`server.cors_origins` is `https://desk.example/`, expected scheme, host and port only",
        ),
        ("[server]\ncors_origins = [\"*\"]", "`server.cors_origins` is `*`, expected scheme, host"),
        (
            "[server]\nstatuses = \"2026\"",
            "`server.statuses` is `2026`, expected one of draft-2025, september-2026",
        ),
        ("[quality]\npass_mark = 101", "`quality.pass_mark` is `101`, expected 0 to 100"),
        (
            "[quality]\nindex_memory_mb = 4001",
            "`quality.index_memory_mb` is `4001`, expected 0 to 4000",
        ),
        ("[quality]\npass_mark = 300", "`quality.pass_mark` is `300`, expected "),
        (
            "[tenants.default]\nplan = \"gold\"",
            "`tenants.default.plan` is `gold`, expected a name under `plans` (standard)",
        ),
        (
            "[tenants.acme]\ntime_zone = \"Mars/Base\"",
            "`tenants.acme.time_zone` is `Mars/Base`, expected an IANA time zone such as ",
        ),
        (
            "[tenants.acme]\nlanguage = \"fr\"",
            "`tenants.acme.language` is `fr`, expected one of zh-CN, en",
        ),
        ("[tenants.\"a b\"]", "`tenants` is `a b`, expected 1 to 64 letters, digits, "),
        (
            "[retention]\nevents_days = 5",
            "`retention.events_days` is `5`, expected at least `retention.event_ids_days` (7)",
        ),
        ("[plans.small]\ntokens = 0", "`plans.small.tokens` is `0`, expected at least 1"),
        (
            "[plans.small]\ntokens = 1\nreset_day = 32",
            "`plans.small.reset_day` is `32`, expected 1 to 31",
        ),
        ("[plans.small]", "`plans.small.tokens` is missing, expected a value"),
        ("[roi]\ncost_per_minute = true", "`roi.cost_per_minute` is `true`, expected a decimal"),
        ("[roi]\ncost_per_minute = \"-1\"", "`roi.cost_per_minute` is `-1`, expected 0 or more"),
        (
            "[[prices]]\nmodel = \"m\"\nfrom = \"soon\"\ninput_per_million = \"1\"\n\
             output_per_million = \"1\"",
            "`prices.0.from` is `soon`, expected a date such as 2025-12-25",
        ),
        ("[auth]\njwt_secret = 7", "`auth.jwt_secret` is `not shown`, expected "),
        (
            "[auth]\njwt_secret = \"hunter2\"",
            "`auth.jwt_secret` is `too short`, expected at least ",
        ),
        ("[tenants.acme.coze]\ntoken = 7", "`tenants.acme.coze.token` is `not shown`, expected "),
        (
            "[tenants.acme.quota_webhook]\nurl = \"https://desk.example\"",
            "`tenants.acme.quota_webhook.secret` is missing, expected a value",
        ),
        (
            "[tenants.acme.quota_webhook]\nurl = \"https://desk.example\"\nsecret = 7",
            "`tenants.acme.quota_webhook.secret` is `not shown`, expected ",
        ),
        (
            "[tenants.acme.quota_webhook]\nurl = \"https://desk.example\"\nsecret = \"hunter2\"",
            "`tenants.acme.quota_webhook.secret` is `not shown`, expected `whsec_` and ",
        ),
        ("[auth]\njwt_secret = hunter2", "the file is not readable: TOML parse error at line 2"),
    ] {
        let found = reason(toml);
        assert!(found.starts_with(expected) && !found.contains("hunter2"), "{toml}: {found}");
    }
}

#[test]
fn a_wrong_api_key_is_named() {
    let key = |name: &str, tenant: &str, role: &str, digest: &str| {
        format!(
            "[[auth.keys]]\nname = \"{name}\"\ntenant = \"{tenant}\"\nrole = \"{role}\"\n\
             digest = \"{digest}\""
        )
    };
    let digest = "0f".repeat(32);
    for (toml, expected) in [
        (
            key("bot", "default", "king", &digest),
            "`auth.keys.0.role` is `king`, expected one of ingest, viewer, reviewer, agent, operator",
        ),
        (
            key("bot", "default", "viewer", "0f"),
            "`auth.keys[bot].digest` is `not shown`, expected 64 hexadecimal digits (`deskpulse key`)",
        ),
        (
            key("bot", "gone", "viewer", &digest),
            "`auth.keys[bot].tenant` is `gone`, expected a name under `tenants`",
        ),
        (key(&"x".repeat(65), "default", "viewer", &digest), "`auth.keys.name` is `xxx"),
        (key("", "default", "viewer", &digest), "`auth.keys.name` is ``, expected 1 to 64 "),
    ] {
        let found = reason(&toml);
        assert!(found.starts_with(expected), "{found}");
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let reason = Desk::new().refused(&["--config", "gone.toml", "rollup"]);
    assert_eq!(reason, "configuration: file gone.toml not found");
}

#[test]
fn the_environment_is_checked_as_the_file_is() {
    for (variable, value, expected) in [
        (
            "DESKPULSE_ROLLUP__INTERVAL_SECS",
            "0",
            "configuration: `rollup.interval_secs` is `0`, expected 1 to 86400",
        ),
        (
            "DESKPULSE_ROLLUP__INTERVAL_SECS",
            "often",
            "configuration: `rollup.interval_secs` is `often`, expected a whole number of 0 or more",
        ),
        (
            "DESKPULSE_ROLLUP__COLOUR",
            "1",
            "configuration: `rollup.colour` is unknown, expected one of interval_secs, seal_after_hours",
        ),
        (
            "DESKPULSE_TENANTS__ACME__QUOTA_WEBHOOK__SECRET",
            "whsec_hunter2",
            "configuration: `tenants.acme.quota_webhook.url` is missing, expected a value",
        ),
    ] {
        assert_eq!(Desk::new().with(variable, value).refused(&["rollup"]), expected);
    }
}

#[test]
fn the_environment_goes_before_the_file() {
    let desk = Desk::new()
        .given("desk.toml", "[rollup]\ninterval_secs = 0")
        .with("DESKPULSE_ROLLUP__INTERVAL_SECS", "60");
    assert_eq!(desk.done(&["--config", "desk.toml", "rollup"]), "days rebuilt: 0\n");
}
