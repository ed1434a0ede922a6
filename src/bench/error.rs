//! What stops a benchmark: a figure that might be wrong is not shown.

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    #[error("url `{url}` is not usable: expected http://HOST[:PORT] or https://HOST[:PORT]")]
    Url { url: String },
    #[error("token holds characters that a header cannot carry: expected printable ASCII")]
    Token,
    #[error("cannot reach {url}: {reason}")]
    Unreachable { url: String, reason: String },
    #[error("the service answered {status}: {text}")]
    Answer { status: u16, text: String },
    #[error("the service refused an event: {reason}")]
    Refused { reason: String },
    #[error("gave up after {tries} tries: {last}")]
    GaveUp { tries: u32, last: Box<BenchError> },
    #[error("there is no process {pid} to read the CPU time of")]
    NoProcess { pid: u32 },
    #[error(
        "the books do not balance: {sent} events were stored by their answers, {grown} by ingestStatus; was something else sending?"
    )]
    Books { sent: u64, grown: i64 },
    #[error("`--copy` needs the PostgreSQL of the service in DATABASE_URL")]
    NoDatabase,
    #[error("tenant `{tenant}` has {audits} audits, expected one without any for `--prepare`")]
    NotEmpty { tenant: String, audits: i64 },
    #[error("cannot store audits: {0}")]
    Prepare(#[from] crate::error::Error),
    #[error("PostgreSQL does not tell what its statements took: {0}")]
    Statements(sea_orm::sqlx::Error),
    #[error("COPY alone failed: {0}")]
    Copy(#[from] sea_orm::sqlx::Error),
    #[error("{pending} events are still pending, {secs} s after the last was accepted")]
    Pending { pending: i64, secs: u64 },
    #[error("a token for `--tenant` needs the secret of the service in DESKPULSE_JWT_SECRET")]
    NoSecret,
    #[error("a version went back: {after} after {before}")]
    Version { before: i64, after: i64 },
    #[error("a subscriber has seen {seen} active sessions at the end, its tenant has {expected}")]
    Stale { seen: i64, expected: i64 },
    #[error("nothing was answered within the time limit")]
    NoAnswers,
    #[error("a task of the benchmark ended early: {0}")]
    Task(#[from] tokio::task::JoinError),
}
