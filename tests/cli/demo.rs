//! `demo` on a running service, and `serve --demo`.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::process::{Desk, Service};

const LOOK: &str = "{ viewer { hasEvents demo { state daysFilled } } }";

async fn viewer(service: &Service) -> Value {
    service.ask(LOOK, json!({})).await["data"]["viewer"].take()
}

#[tokio::test]
async fn the_demo_is_started_and_removed_on_a_running_service() {
    let desk = Desk::new();
    let service = desk.serve();
    assert_eq!(viewer(&service).await["demo"]["state"], "ABSENT");
    let said = desk.done(&["demo", "--url", &service.url]);
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines[0], format!("the demo is at {}/monitoring?demo=1", service.url));
    assert!(lines[2].starts_with("by its plan 20") && lines[2].contains(" sessions: "), "{said}");
    let found = viewer(&service).await;
    assert_eq!(found["hasEvents"], false, "the demo is not in the caller's tenant");
    assert!(found["demo"]["daysFilled"].as_u64() > Some(0), "{found}");
    let again = desk.done(&["demo", "--url", &service.url]);
    assert_eq!(again, said);
    assert_eq!(desk.done(&["demo", "--remove", "--url", &service.url]), "the demo was removed\n");
    assert_eq!(viewer(&service).await["demo"]["state"], "ABSENT");
    assert_eq!(service.stop().code(), Some(0));
}

#[tokio::test]
async fn a_service_that_is_served_with_it_fills_today_at_once() {
    let desk = Desk::new();
    let service = desk.serve_with(&["--demo"]);
    let started = Instant::now();
    let mut found = viewer(&service).await;
    while found["demo"]["daysFilled"].as_u64() < Some(1) {
        assert!(started.elapsed() < Duration::from_secs(20), "{found}");
        tokio::time::sleep(Duration::from_millis(50)).await;
        found = viewer(&service).await;
    }
    assert_eq!(service.stop().code(), Some(0));
}

#[test]
fn where_there_can_be_no_demo_one_line_says_why() {
    let desk = Desk::new();
    let line = desk.refused(&["demo", "--url", "http://127.0.0.1:9"]);
    assert_eq!(
        line,
        "no service answers at http://127.0.0.1:9 (no connection); `deskpulse serve --demo` starts one"
    );
    let guarded = Desk::new().with("DESKPULSE_JWT_SECRET", "12345678901234567890123456789012");
    let line = guarded.refused(&["serve", "--demo", "--listen", "127.0.0.1:0"]);
    assert!(line.contains("without credentials"), "{line}");
}
