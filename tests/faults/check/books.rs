//! The books of ingestion.

use serde_json::json;

use crate::{
    harness::{Desk, TENANTS},
    traffic::Record,
};

/// What `ingestStatus` says of one tenant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Books {
    pub accepted: i64,
    pub stored: i64,
    pub duplicate: i64,
    pub conflict: i64,
    pub rejected: i64,
    pub pending: i64,
}

/// The books of a tenant; an error in words while nobody answers.
pub(crate) async fn books(desk: &Desk, tenant: &str) -> Result<Books, String> {
    let query = "{ ingestStatus { accepted stored duplicate conflict rejected pending } }";
    let answer = desk.caller(0, tenant).try_ask(query, json!({})).await?;
    let status = &answer["ingestStatus"];
    let count = |field: &str| status[field].as_i64().ok_or(format!("no {field} in {status}"));
    Ok(Books {
        accepted: count("accepted")?,
        stored: count("stored")?,
        duplicate: count("duplicate")?,
        conflict: count("conflict")?,
        rejected: count("rejected")?,
        pending: count("pending")?,
    })
}

/// Books that do not balance.
pub(super) async fn wrong(desk: &Desk, record: &Record) -> Vec<String> {
    let rows = desk.rows().await;
    let mut wrong = Vec::new();
    for (index, tenant) in TENANTS.iter().enumerate() {
        let books = books(desk, tenant.id).await.expect("books");
        let taken = books.stored + books.duplicate + books.conflict;
        let told = record.answered(index, &["ACCEPTED", "DUPLICATE", "CONFLICT"]);
        // What was never answered may have arrived as well, so that the books may hold more.
        let balanced = [
            ("accepted is the sum", books.accepted == taken + books.rejected + books.pending),
            ("nothing is pending", books.pending == 0),
            ("stored is the rows", books.stored == rows.count(tenant.id).await),
            ("all that was acknowledged is there", taken >= told),
        ];
        let broken = balanced.iter().filter(|(_, holds)| !holds);
        wrong.extend(broken.map(|(rule, _)| {
            format!("{}: not so: {rule}; {books:?}, {told} acknowledged", tenant.id)
        }));
    }
    wrong
}
