//! `bench pages`: what the four pages ask, each query by itself, answered anew each time.

use std::{
    fmt,
    time::{Duration, Instant},
};

use serde::{Serialize, de::IgnoredAny};

use super::{
    client::Client,
    error::BenchError,
    latency::{Latencies, Spread},
    options::{Found, Pages},
    queries::PageQuery,
    report::Report,
};
use crate::clock::Clock;

/// Answers are kept for a second at most: after this pause each is made again.
const PAUSE: Duration = Duration::from_millis(1_100);

/// How long one query took.
#[derive(Clone, Debug, Serialize)]
pub(super) struct PageTimes {
    page: &'static str,
    query: String,
    calls: u64,
    #[serde(flatten)]
    spread: Spread,
}

impl Pages {
    pub(super) async fn run(
        &self,
        _found: Found,
        clock: &dyn Clock,
        say: impl Fn(&str),
    ) -> Result<Report, BenchError> {
        let client = self.target.client()?;
        let now = clock.now();
        let queries = PageQuery::all(now, now.date_naive(), self.days.into());
        say(&format!(
            "asking {} the {} queries of the pages {} times over one connection, for at most {} s; \
             it stores nothing",
            client.url(),
            queries.len(),
            self.rounds,
            self.target.max_secs,
        ));
        let until = Instant::now() + self.target.time_limit();
        let mut latencies = vec![Latencies::default(); queries.len()];
        let mut rounds = 0;
        while rounds < self.rounds && Instant::now() < until {
            ask_all(&client, &queries, &mut latencies).await?;
            rounds += 1;
            tokio::time::sleep(PAUSE).await;
        }
        let times = queries.into_iter().zip(latencies).map(|(query, latencies)| {
            let calls = latencies.count();
            let spread = latencies.spread().ok_or(BenchError::NoAnswers)?;
            Ok(PageTimes { page: query.page, query: query.name, calls, spread })
        });
        Ok(Report {
            pages: times.collect::<Result<_, BenchError>>()?,
            ..Report::new("pages", client.url(), 1)
        })
    }
}

async fn ask_all(
    client: &Client,
    queries: &[PageQuery],
    latencies: &mut [Latencies],
) -> Result<(), BenchError> {
    for (query, latencies) in queries.iter().zip(latencies) {
        let body = query.body().to_string().into_bytes();
        let answer = client.call::<IgnoredAny>(body).await?;
        latencies.add(answer.took);
    }
    Ok(())
}

impl fmt::Display for PageTimes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { page, query, calls, spread } = self;
        let Spread { p50_ms, p95_ms, max_ms, .. } = spread;
        write!(f, "  {page:<15} {query:<18} {calls:>5} {p50_ms:>9.1} {p95_ms:>9.1} {max_ms:>9.1}")
    }
}
