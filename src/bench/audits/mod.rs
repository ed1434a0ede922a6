//! `bench audits`: pages of many audits, the first and a deep one, by filter and order.

mod lists;
mod prepare;
mod statements;

use std::{
    fmt,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json, value::RawValue};

use self::{
    lists::{LISTS, List},
    statements::Statements,
};
use super::{
    client::{Call, Client},
    error::BenchError,
    latency::{Latencies, Spread},
    options::{Audits, Found},
    report::Report,
};
use crate::{clock::Clock, graphql::paging::Cursor, quality::AuditId};

const RECORDS: &str = "query ($page: Int!, $filter: AuditFilter, $sort: AuditSort) { quality { \
     records(page: $page, size: 10, filter: $filter, sort: $sort) { total items { \
       id sessionId customer score status auditType type date auditedAt } } } }";
const AUDITS: &str = "query ($after: String, $filter: AuditFilter) { quality { \
     audits(first: 10, after: $after, filter: $filter) { edges { cursor node { \
       id sessionId customer score status auditType type date auditedAt } } } } }";
const NUMBERS: &str = "{ quality { summary { passed decided pendingReview } \
     pending { total claimed oldestAt ages { count } } agreement { pairs withinTen kappa } } }";
const SIZE: i64 = 10;

/// How long one page of a list took.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ListTimes {
    list: String,
    /// Audits on all pages.
    total: Option<i64>,
    page: Option<i64>,
    calls: u64,
    #[serde(flatten)]
    spread: Spread,
    /// Of a call, planning included, where PostgreSQL counts it.
    database_ms: Option<f64>,
}

#[derive(Deserialize)]
struct Answered {
    quality: Asked,
}

#[derive(Deserialize)]
struct Asked {
    records: Records,
}

#[derive(Deserialize)]
struct Records {
    total: i64,
    items: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    id: String,
    audited_at: chrono::DateTime<chrono::Utc>,
}

/// One connection, and what is counted beside it.
struct Asking {
    client: Client,
    statements: Option<Statements>,
    rounds: u32,
    until: Instant,
}

impl Audits {
    pub(super) async fn run(
        &self,
        found: Found,
        clock: &dyn Clock,
        say: impl Fn(&str),
    ) -> Result<Report, BenchError> {
        let client = self.target.client()?;
        // Nothing is stored for a service that is not there.
        client.call::<Value>(body("{ __typename }", &json!({}))).await?;
        if let Some(audits) = self.prepare {
            self.fill(audits, &found, clock, &say).await?;
        }
        say(&format!(
            "asking {} for the first page and page {} of {} lists of audits, {} times over one connection, \
             for at most {} s; it stores nothing",
            client.url(),
            self.page,
            LISTS.len(),
            self.rounds,
            self.target.max_secs,
        ));
        let url = client.url().to_owned();
        let statements = Statements::find(found.database_url.as_ref()).await;
        self.warm_up(&client, clock).await?;
        let until = Instant::now() + self.target.time_limit();
        let asking = Asking { client, statements, rounds: self.rounds, until };
        let mut lists = Vec::new();
        for list in &LISTS {
            lists.extend(self.ask(&asking, list, clock).await?);
        }
        let spread = asking.ask(body(NUMBERS, &json!({}))).await?;
        lists.push(spread.of("numbers", None, None)?);
        Ok(Report { lists, ..Report::new("audits", &url, 1) })
    }

    /// Asks for the first pages, once at least.
    async fn warm_up(&self, client: &Client, clock: &dyn Clock) -> Result<(), BenchError> {
        let end = Instant::now() + Duration::from_secs(self.warm_secs);
        loop {
            for List { filter, sort, .. } in &LISTS {
                let variables = json!({ "page": 1, "filter": filter(clock.now()), "sort": sort });
                client.call::<Box<RawValue>>(body(RECORDS, &variables)).await?;
            }
            if Instant::now() >= end {
                return Ok(());
            }
        }
    }

    /// The first page of a list, a deep one, and where it goes by time the same by cursor.
    async fn ask(
        &self,
        asking: &Asking,
        list: &List,
        clock: &dyn Clock,
    ) -> Result<Vec<ListTimes>, BenchError> {
        let filter = (list.filter)(clock.now());
        let page = |page: i64| {
            body(RECORDS, &json!({ "page": page, "filter": filter, "sort": list.sort }))
        };
        let first = asking.client.call::<Answered>(page(1)).await?.data.quality.records;
        let pages = first.total.div_euclid(SIZE) + i64::from(first.total % SIZE > 0);
        let deep = pages.min(self.page.into()).max(1);
        let mut times = Vec::new();
        for number in [1, deep] {
            let spread = asking.ask(page(number)).await?;
            times.push(spread.of(list.name, Some(first.total), Some(number))?);
        }
        if list.sort != "NEWEST" {
            return Ok(times);
        }
        let deep_page = asking.client.call::<Answered>(page(deep)).await?.data.quality.records;
        let cursor = deep_page.items.first().and_then(|item| {
            Some(
                Cursor { at: item.audited_at, id: AuditId::parse(&item.id)?.0.to_string() }
                    .encode(),
            )
        });
        let name = format!("{}, by cursor", list.name);
        for (number, after) in [(1, None), (deep, cursor)] {
            let variables = json!({ "after": after, "filter": filter });
            let spread = asking.ask(body(AUDITS, &variables)).await?;
            times.push(spread.of(&name, None, Some(number))?);
        }
        Ok(times)
    }
}

fn body(query: &str, variables: &Value) -> Vec<u8> {
    Call { query, variables }.body()
}

/// What asking once and again took.
struct Taken {
    latencies: Latencies,
    database: Option<Duration>,
}

impl Asking {
    async fn ask(&self, body: Vec<u8>) -> Result<Taken, BenchError> {
        // Once beforehand: what a filter leaves is kept, and a table is asked with the same filter again.
        self.client.call::<Box<RawValue>>(body.clone()).await?;
        let before = self.statement_time().await?;
        let mut latencies = Latencies::default();
        for _ in 0..self.rounds {
            if Instant::now() >= self.until {
                break;
            }
            latencies.add(self.client.call::<Box<RawValue>>(body.clone()).await?.took);
        }
        let after = self.statement_time().await?;
        Ok(Taken {
            latencies,
            database: after.zip(before).map(|(after, before)| after.saturating_sub(before)),
        })
    }

    async fn statement_time(&self) -> Result<Option<Duration>, BenchError> {
        match &self.statements {
            Some(statements) => Ok(Some(statements.read().await?)),
            None => Ok(None),
        }
    }
}

impl Taken {
    fn of(
        self,
        list: &str,
        total: Option<i64>,
        page: Option<i64>,
    ) -> Result<ListTimes, BenchError> {
        let calls = self.latencies.count();
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
        let database_ms =
            self.database.map(|time| time.as_secs_f64() * 1_000.0 / calls.max(1) as f64);
        let spread = self.latencies.spread().ok_or(BenchError::NoAnswers)?;
        Ok(ListTimes { list: list.to_owned(), total, page, calls, spread, database_ms })
    }
}

impl ListTimes {
    pub(super) const HEAD: &str = "  list                                      total   page calls  p50 (ms)  p95 (ms)  \
        database (ms)";
}

impl fmt::Display for ListTimes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |number: Option<i64>| number.map_or_else(|| "-".to_owned(), |n| n.to_string());
        let Self { list, calls, .. } = self;
        let (total, page) = (number(self.total), number(self.page));
        let Spread { p50_ms, p95_ms, .. } = self.spread;
        let database = self.database_ms.map_or_else(|| "-".to_owned(), |ms| format!("{ms:.2}"));
        write!(
            f,
            "  {list:<38} {total:>8} {page:>6} {calls:>5} {p50_ms:>9.1} {p95_ms:>9.1} {database:>14}"
        )
    }
}
