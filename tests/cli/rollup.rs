//! `rollup` beside another process that is at it.

use deskpulse::{
    config::StoreConfig,
    db::{Db, Lease, Turn},
    rollup::LEASE,
};

use crate::process::Desk;

/// Takes the lease as another process would.
async fn given_lease(desk: &Desk) -> Lease {
    let data_dir = Some(desk.path().join("deskpulse-data"));
    let db = Db::connect(&StoreConfig { data_dir, ..StoreConfig::default() }).await;
    let db = db.expect("a database");
    db.migrate().await.expect("migrations");
    match Lease::take(&db, LEASE).await.expect("an answer") {
        Turn::Ours(lease) => lease,
        Turn::Theirs(holder) => panic!("{holder} holds it"),
    }
}

#[tokio::test]
async fn a_roll_up_says_whom_it_waits_for_and_who_was_at_it_in_the_end() {
    let desk = Desk::new();
    let lease = given_lease(&desk).await;
    let process = format!(", process {} (", std::process::id());
    let reason = desk.refused(&["rollup", "--wait", "0"]);
    assert!(reason.starts_with("the roll-up is held by ") && reason.contains(&process), "{reason}");
    let said = desk.run(&["rollup", "--wait", "1"]);
    assert_eq!((said.code, said.out.as_str()), (Some(1), ""), "{said:?}");
    let lines: Vec<_> = said.err.lines().collect();
    assert_eq!(lines.len(), 2, "{said:?}");
    assert!(lines[0].starts_with("waiting up to 1 s for the roll-up of "), "{said:?}");
    assert_eq!(lines[1], format!("deskpulse: {reason}"));
    lease.release().await;
    assert_eq!(desk.done(&["rollup", "--wait", "0"]), "days rebuilt: 0\n");
}
