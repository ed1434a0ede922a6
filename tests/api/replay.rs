//! An hour of real traffic, as the README replays it, gives the figures it must give.
//!
//! Needs `azure-llm-inference-conv-2023.csv.gz` (its path in `DESKPULSE_DATA`, or beside the
//! repository under `shared/data`); without it the test says so.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::Parser;
use deskpulse::{
    auth::Role,
    import::{self, ImportOptions, Summary},
};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use crate::harness::{Client, TestApp};

const SESSIONS: i64 = 19_366;
const TOKENS: i64 = 26_450_535;

/// The options of the command line.
#[derive(Parser)]
struct Import {
    #[command(flatten)]
    options: ImportOptions,
}

fn data_file() -> Option<PathBuf> {
    let named = std::env::var_os("DESKPULSE_DATA").map(PathBuf::from);
    let beside =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/azure-llm-inference-conv-2023.csv.gz");
    let file = named.unwrap_or_else(|| beside.into());
    if file.is_file() {
        return Some(file);
    }
    println!("{} is missing: the replay was not checked", file.display());
    None
}

async fn replay(app: &TestApp, file: &std::path::Path, tenant: &str) -> Summary {
    let folder = tempfile::tempdir().expect("works");
    let token_file = folder.path().join("token");
    std::fs::write(&token_file, app.token(tenant, Role::Operator, "import")).expect("works");
    let mapping = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/azure-llm-inference.toml");
    let import = Import::parse_from([
        "import".as_ref(),
        file.as_os_str(),
        "--mapping".as_ref(),
        mapping.as_ref(),
        "--url".as_ref(),
        app.url().as_ref(),
        "--token-file".as_ref(),
        token_file.as_os_str(),
        "--rejects".as_ref(),
        folder.path().join("rejects.ndjson").as_os_str(),
    ]);
    let target = import.options.http_target().expect("works").expect("a target");
    import::run(&import.options, &target).await.expect("works")
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
    let Some(file) = data_file() else { return };
    let app = TestApp::spawn().await;
    for (tenant, day, day_before) in
        [("default", "2023-11-17", "2023-11-16"), ("empty", "2023-11-16", "2023-11-15")]
    {
        let client = app.caller(tenant, Role::Operator, "check");
        let first = replay(&app, &file, tenant).await;
        assert!(first.clean(), "{first}");
        assert_eq!(figures(&client, day).await, expected(day), "{tenant}");
        let none = figures(&client, day_before).await;
        assert_eq!(none["stats"]["period"]["totalSessions"], 0);
        assert_eq!(none["billing"]["daily"][0]["totalTokens"], 0);
        app.roll_up().await;
        assert_eq!(figures(&client, day).await, expected(day), "{tenant}, settled");
    }
    let client = app.caller("default", Role::Operator, "check");
    let second = replay(&app, &file, "default").await;
    assert!(second.clean(), "{second}");
    assert_eq!(figures(&client, "2023-11-17").await, expected("2023-11-17"), "a second import");
    raw_rows_agree(&app).await;
}

/// The same figures from SQL over the raw rows.
async fn raw_rows_agree(app: &TestApp) {
    let db = &app.app.services.db;
    let start: DateTime<Utc> = "2023-11-16T16:00:00Z".parse().expect("works");
    let end: DateTime<Utc> = "2023-11-17T16:00:00Z".parse().expect("works");
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
        let row = db.pool().query_one_raw(statement).await.expect("works").expect("a row");
        assert_eq!(row.try_get::<i64>("", "n").expect("works"), expected, "{sql}");
    }
}
