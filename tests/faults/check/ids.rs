//! What was acknowledged against what is stored, by id.

use std::collections::HashMap;

use crate::{
    harness::{Desk, Row, TENANTS},
    traffic::{Event, Record, Sent},
};

/// Events that are lost, doubled, changed or uncalled for.
pub(super) async fn wrong(desk: &Desk, record: &Record) -> Vec<String> {
    let rows = desk.rows().await;
    let mut wrong = Vec::new();
    for (index, tenant) in TENANTS.iter().enumerate() {
        let mut stored = rows.of(tenant.id).await;
        for ((_, id), sent) in record.sent.iter().filter(|((owner, _), _)| *owner == index) {
            let rows = stored.remove(id).unwrap_or_default();
            wrong.extend(
                verdict(sent, &rows).map(|verdict| format!("{} {id}: {verdict}", tenant.id)),
            );
        }
        wrong.extend(uncalled_for(tenant.id, &stored));
    }
    wrong
}

fn verdict(sent: &Sent, rows: &[Row]) -> Option<String> {
    match rows {
        [] if sent.is_kept => Some(format!("lost, said {}: {:?}", sent.said, sent.bodies)),
        [] => None,
        [row] if sent.bodies.iter().any(|body| is_same(body, row)) => None,
        [row] if sent.is_kept => Some(format!("changed: {:?} became {row:?}", sent.bodies)),
        [row] => Some(format!("stored although it was rejected: {row:?}")),
        more => Some(format!("stored {} times", more.len())),
    }
}

fn is_same(body: &Event, row: &Row) -> bool {
    body.name == row.name
        && body.product == row.product
        && body.session_id == row.session_id
        && body.at == row.occurred_at
        && body.data == row.data
}

fn uncalled_for(tenant: &str, rows: &HashMap<String, Vec<Row>>) -> Vec<String> {
    rows.keys().map(|id| format!("{tenant} {id}: nobody sent it")).collect()
}
