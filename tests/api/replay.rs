//! An hour of real traffic (`tests/data/README.md`), as the README replays it, gives the figures it must
//! give.

use std::path::Path;

use chrono::{DateTime, Utc};
use clap::Parser;
use deskpulse::{
    auth::Role,
    import::{self, ImportOptions, Summary},
};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use crate::harness::{Client, TestApp};

const FILE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/azure-llm-inference-conv-2023.csv.gz");
const SESSIONS: i64 = 19_366;
const TOKENS: i64 = 26_450_535;

/// The options of the command line.
#[derive(Parser)]
struct Import {
    #[command(flatten)]
    options: ImportOptions,
}

const MAPPING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/azure-llm-inference.toml");

async fn replay(app: &TestApp, file: &Path, tenant: &str) -> Summary {
    imported(app, file, Path::new(MAPPING), tenant).await
}

async fn imported(app: &TestApp, file: &Path, mapping: &Path, tenant: &str) -> Summary {
    let folder = tempfile::tempdir().expect("no error");
    let token_file = folder.path().join("token");
    std::fs::write(&token_file, app.token(tenant, Role::Operator, "import")).expect("no error");
    let import = Import::parse_from([
        "import".as_ref(),
        file.as_os_str(),
        "--mapping".as_ref(),
        mapping.as_os_str(),
        "--url".as_ref(),
        app.url().as_ref(),
        "--token-file".as_ref(),
        token_file.as_os_str(),
        "--rejects".as_ref(),
        folder.path().join("rejects.ndjson").as_os_str(),
    ]);
    let target = import.options.http_target().expect("an answer").expect("something");
    import::run(&import.options, &target).await.expect("no error")
}

/// The figures of one day from every query that shows them.
async fn figures(client: &Client, day: &str) -> Value {
    let query = "query ($day: Date!) {
        stats {
            period(from: $day, to: $day) {
                totalSessions completedSessions aiResolved resolved transferred totalMessages
            }
            trend(days: 1, until: $day) { date sessions }
        }
        billing { daily(days: 1, until: $day) { date totalTokens totalApiCalls estimatedCost } }
        ingestStatus { stored rejected conflict pending }
    }";
    client.data(query, json!({ "day": day })).await
}

fn expected(day: &str) -> Value {
    json!({
        "stats": {
            "period": {
                "totalSessions": SESSIONS, "completedSessions": SESSIONS, "aiResolved": SESSIONS,
                "resolved": SESSIONS, "transferred": 0, "totalMessages": SESSIONS,
            },
            "trend": [{ "date": day, "sessions": SESSIONS }],
        },
        "billing": { "daily": [{
            "date": day, "totalTokens": TOKENS, "totalApiCalls": SESSIONS,
            // 22,361,870 × 0.15 + 4,088,665 × 0.60, in millionths.
            "estimatedCost": "5.8074795",
        }] },
        "ingestStatus": {
            "stored": SESSIONS * 3, "rejected": 0, "conflict": 0, "pending": 0,
        },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_of_real_traffic_gives_the_right_figures_everywhere() {
    let file = Path::new(FILE);
    let app = TestApp::spawn().await;
    for (tenant, day, day_before) in
        [("default", "2023-11-17", "2023-11-16"), ("empty", "2023-11-16", "2023-11-15")]
    {
        let client = app.caller(tenant, Role::Operator, "check");
        let first = replay(&app, file, tenant).await;
        assert!(first.clean(), "{first}");
        assert_eq!(figures(&client, day).await, expected(day), "{tenant}");
        let none = figures(&client, day_before).await;
        assert_eq!(none["stats"]["period"]["totalSessions"], 0);
        assert_eq!(none["billing"]["daily"][0]["totalTokens"], 0);
        app.roll_up().await;
        assert_eq!(figures(&client, day).await, expected(day), "{tenant}, settled");
    }
    let client = app.caller("default", Role::Operator, "check");
    let second = replay(&app, file, "default").await;
    assert!(second.clean(), "{second}");
    assert_eq!(figures(&client, "2023-11-17").await, expected("2023-11-17"), "a second import");
    raw_rows_agree(&app).await;
}

/// The same figures from SQL over the raw rows.
async fn raw_rows_agree(app: &TestApp) {
    let db = &app.app.services.db;
    let start: DateTime<Utc> = "2023-11-16T16:00:00Z".parse().expect("no error");
    let end: DateTime<Utc> = "2023-11-17T16:00:00Z".parse().expect("no error");
    for (sql, expected) in [
        (
            "SELECT COUNT(DISTINCT session_id) AS n FROM analytics_events WHERE tenant_id = \
             'default' AND event_name = 'session.start' AND occurred_at >= $1 AND occurred_at < $2",
            SESSIONS,
        ),
        (
            "SELECT CAST(SUM(tokens_used) AS BIGINT) AS n FROM analytics_token_usage WHERE \
             tenant_id = 'default' AND used_at >= $1 AND used_at < $2",
            TOKENS,
        ),
    ] {
        let values = [start.into(), end.into()];
        let statement = Statement::from_sql_and_values(db.backend(), sql, values);
        let row = db.pool().query_one_raw(statement).await.expect("an answer").expect("something");
        assert_eq!(row.try_get::<i64>("", "n").expect("no error"), expected, "{sql}");
    }
}

#[tokio::test]
async fn calls_of_a_csv_are_recorded_with_their_parts_once_for_each_provider() {
    let folder = tempfile::tempdir().expect("no error");
    let (file, mapping) = (folder.path().join("calls.csv"), folder.path().join("calls.toml"));
    let calls = "At,Id,By,In,Cached,Out,Thought,State\n\
        2026-03-09T04:00:00Z,r,openai,1000,400,500,200,completed\n\
        2026-03-09T04:00:00Z,r,other,1000,,500,,INTERRUPTED\n\
        2026-03-09T04:00:00Z,s,other,,,,,failed\n";
    std::fs::write(&file, calls).expect("no error");
    let rules = r#"
        [[token_usage]]
        used_at = { column = "At" }
        request_id = "{Id}"
        provider = "{By}"
        model = "gpt-4o-mini"
        input_tokens = { column = "In", optional = true }
        cached_input_tokens = { column = "Cached", optional = true }
        output_tokens = { column = "Out", optional = true }
        reasoning_tokens = { column = "Thought", optional = true }
        usage_known = { column = "In", map = { "" = false }, default = true }
        status = { column = "State" }
    "#;
    std::fs::write(&mapping, rules).expect("no error");
    let app = TestApp::spawn().await;
    for (recorded, known) in [(3, 0), (0, 3)] {
        let summary = imported(&app, &file, &mapping, "default").await;
        assert!(summary.clean(), "{summary}");
        assert_eq!((summary.usage_recorded, summary.usage_known), (recorded, known));
    }
    let query = "{ billing {
        whole: ledger(requestId: \"r\", provider: \"openai\") { ...Row }
        broken: ledger(requestId: \"r\", provider: \"other\") { ...Row }
        failed: ledger(requestId: \"s\", provider: \"other\") { ...Row }
    } }
    fragment Row on LedgerRow {
        status usageKnown inputTokens cachedInputTokens outputTokens reasoningTokens
    }";
    let row = |status: &str, known: bool, parts: [Option<i64>; 4]| {
        let [input, cached, output, reasoning] = parts;
        json!([{
            "status": status, "usageKnown": known, "inputTokens": input,
            "cachedInputTokens": cached, "outputTokens": output, "reasoningTokens": reasoning,
        }])
    };
    assert_eq!(
        app.viewer().ask(query).await["billing"],
        json!({
            "whole": row("COMPLETED", true, [Some(600), Some(400), Some(300), Some(200)]),
            "broken": row("INTERRUPTED", true, [Some(1_000), None, Some(500), None]),
            "failed": row("FAILED", false, [None; 4]),
        })
    );
}
