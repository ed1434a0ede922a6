//! `migrate`, `rollup` and `schema`.

use crate::process::Desk;

fn marks(listed: &str) -> Vec<&str> {
    listed.lines().map(|line| line.split(' ').next().expect("a mark")).collect()
}

#[test]
fn migrations_go_up_and_down_and_up_again() {
    let desk = Desk::new();
    let status = desk.done(&["migrate", "status"]);
    let all = marks(&status).len();
    assert!(all >= 10, "{status}");
    let missing = vec!["missing"; all];
    let applied = vec!["applied"; all];
    let but_one = [&applied[1..], &["missing"]].concat();
    for (arguments, expected) in [
        (&["status"][..], &missing),
        (&["up"], &applied),
        (&["up"], &applied),
        (&["status"], &applied),
        (&["down"], &but_one),
        (&["down", "1000"], &missing),
        (&["down"], &missing),
        (&["up"], &applied),
    ] {
        let listed = desk.done(&[&["migrate"], arguments].concat());
        assert_eq!(&marks(&listed), expected, "{arguments:?}");
    }
}

#[test]
fn a_roll_up_counts_its_days_and_the_next_has_nothing_to_do() {
    let desk = Desk::new().given(
        "events.ndjson",
        "{\"name\":\"session.start\",\"product\":\"bot\",\"sessionId\":\"a\",\"occurredAt\":\"2026-01-01T00:00:00Z\"}\n\
         {\"name\":\"session.start\",\"product\":\"bot\",\"sessionId\":\"b\",\"occurredAt\":\"2026-01-02T00:00:00Z\"}\n\
         {\"name\":\"session.start\",\"product\":\"bot\",\"sessionId\":\"c\",\"occurredAt\":\"2026-01-01T15:00:00Z\"}\n",
    );
    desk.done(&["migrate", "up"]);
    assert_eq!(desk.done(&["rollup"]), "days rebuilt: 0\n");
    // The import's own service may have rolled up some of them already.
    desk.done(&["import", "events.ndjson"]);
    let first = desk.done(&["rollup"]);
    assert!(
        ["0", "1", "2"].iter().any(|days| first == format!("days rebuilt: {days}\n")),
        "{first}"
    );
    assert_eq!(desk.done(&["rollup"]), "days rebuilt: 0\n");
}

#[test]
fn the_schema_is_printed_as_it_is_kept() {
    let printed = Desk::new().done(&["schema"]);
    assert!(printed == include_str!("../../schema.graphql"), "differs from schema.graphql");
}

#[test]
fn a_url_of_another_kind_of_database_is_refused_by_name() {
    for (variable, value, expected) in [
        (
            "DATABASE_URL",
            "mysql://root:hunter2@localhost/x",
            "`DATABASE_URL` is \"mysql\", expected",
        ),
        ("REDIS_URL", "hunter2", "`REDIS_URL` is not valid, expected a URL such as redis://"),
        (
            "REDIS_URL",
            "redis+cluster://:hunter2@one:7000,two:/3",
            "`REDIS_URL` is with a database, of which a cluster has only 0, expected a URL such as",
        ),
        (
            "REDIS_URL",
            "redis+sentinel://:hunter2@one,two",
            "`REDIS_URL` is without the name of one master, expected a URL such as",
        ),
    ] {
        let reason =
            Desk::new().with(variable, value).refused(&["serve", "--listen", "127.0.0.1:0"]);
        assert!(reason.starts_with(expected) && !reason.contains("hunter2"), "{reason}");
    }
}
