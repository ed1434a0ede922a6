//! The figures of a run, as a short table or as JSON.

use std::{fmt, time::Duration};

use indicatif::HumanCount;
use serde::Serialize;

use super::{
    audits::ListTimes,
    copy::CopyAlone,
    cpu::CpuSeconds,
    error::BenchError,
    latency::{Latencies, Spread},
    live::Watching,
    pages::PageTimes,
};

/// What one command measured.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub(super) load: &'static str,
    pub(super) url: String,
    pub(super) connections: usize,
    /// Events of one call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) batch: Option<u32>,
    pub(super) passes: Vec<Pass>,
    /// The same rows by COPY alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) copy_alone: Option<CopyAlone>,
    /// Of those who watched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) watching: Option<Watching>,
    /// How long each query of the pages took.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) pages: Vec<PageTimes>,
    /// How long pages of audits took.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) lists: Vec<ListTimes>,
}

impl Report {
    /// Without a figure yet.
    pub(super) fn new(load: &'static str, url: &str, connections: usize) -> Self {
        Self {
            load,
            url: url.to_owned(),
            connections,
            batch: None,
            passes: Vec::new(),
            copy_alone: None,
            watching: None,
            pages: Vec::new(),
            lists: Vec::new(),
        }
    }
}

/// One measured stretch.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Pass {
    pub(super) name: &'static str,
    /// What is counted: events or requests.
    pub(super) unit: &'static str,
    pub(super) count: u64,
    pub(super) calls: u64,
    /// Calls that were sent again because the service was busy.
    pub(super) retries: u64,
    /// False when the time limit came first.
    pub(super) complete: bool,
    pub(super) seconds: f64,
    pub(super) per_second: f64,
    #[serde(flatten)]
    pub(super) spread: Spread,
    pub(super) cpu_seconds_per_million: CpuSeconds,
    /// The same by when all of it was stored, where calls are answered before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stored_per_second: Option<f64>,
    /// By how much `ingestStatus.stored` grew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stored: Option<i64>,
}

/// What was done between two readings of CPU time.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) unit: &'static str,
    pub(super) count: u64,
    pub(super) elapsed: Duration,
    pub(super) latencies: Latencies,
    pub(super) retries: u64,
}

impl Pass {
    pub(super) fn new(
        name: &'static str,
        work: Work,
        after: CpuSeconds,
        before: CpuSeconds,
    ) -> Result<Self, BenchError> {
        let seconds = work.elapsed.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
        let per_second = work.count as f64 / seconds;
        Ok(Self {
            name,
            unit: work.unit,
            count: work.count,
            calls: work.latencies.count(),
            retries: work.retries,
            complete: true,
            seconds,
            per_second,
            spread: work.latencies.spread().ok_or(BenchError::NoAnswers)?,
            cpu_seconds_per_million: after.per_million(&before, work.count),
            stored_per_second: None,
            stored: None,
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} over {} connections", self.load, self.url, self.connections)?;
        if let Some(batch) = self.batch {
            write!(f, ", {batch} events a call")?;
        }
        self.passes.iter().try_for_each(|pass| write!(f, "\n\n{pass}"))?;
        if let Some(watching) = &self.watching {
            write!(f, "\n\n{watching}")?;
        }
        if !self.pages.is_empty() {
            let columns = ["page", "query", "calls", "p50 (ms)", "p95 (ms)", "max (ms)"];
            let [page, query, calls, p50, p95, max] = columns;
            write!(f, "\n\n  {page:<15} {query:<18} {calls:>5} {p50:>9} {p95:>9} {max:>9}")?;
            self.pages.iter().try_for_each(|times| write!(f, "\n{times}"))?;
        }
        if !self.lists.is_empty() {
            write!(f, "\n\n{}", ListTimes::HEAD)?;
            self.lists.iter().try_for_each(|times| write!(f, "\n{times}"))?;
        }
        let Some(copy) = &self.copy_alone else { return Ok(()) };
        writeln!(f, "\n\nthe same rows by COPY alone: {} events", HumanCount(copy.rows))?;
        row(f, "events a second", Some(copy.rows_per_second))?;
        row(f, "PostgreSQL CPU s/M", copy.postgres_cpu_seconds_per_million)?;
        let share = self.passes.first().map(|pass| pass.per_second / copy.rows_per_second);
        let share = share.map_or_else(|| "-".to_owned(), |share| format!("{share:.3}"));
        write!(f, "  {:<20} {share:>10}", "new ids ÷ COPY alone")
    }
}

impl fmt::Display for Pass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, cpu) = (self.unit, &self.cpu_seconds_per_million);
        let cut = if self.complete { "" } else { ", cut short by the time limit" };
        let (calls, retries) = (HumanCount(self.calls), self.retries);
        writeln!(
            f,
            "{}: {} {unit} in {:.1} s{cut}",
            self.name,
            HumanCount(self.count),
            self.seconds
        )?;
        row(f, &format!("{unit} a second"), Some(self.per_second))?;
        if self.stored_per_second.is_some() {
            row(f, "stored a second", self.stored_per_second)?;
        }
        let is_watched = unit == "messages";
        let what = if is_watched { "of a sight" } else { "of a call" };
        row(f, &format!("p50 {what} (ms)"), Some(self.spread.p50_ms))?;
        row(f, &format!("p99 {what} (ms)"), Some(self.spread.p99_ms))?;
        row(f, &format!("max {what} (ms)"), Some(self.spread.max_ms))?;
        if !is_watched {
            writeln!(f, "  {calls} calls, {retries} sent again")?;
        }
        writeln!(f, "  CPU seconds for a million {unit}")?;
        row(f, "  service", cpu.service)?;
        row(f, "  PostgreSQL", cpu.postgres)?;
        row(f, "  Redis", cpu.redis)?;
        row(f, "  together", cpu.backends_and_service())?;
        row(f, "  this benchmark", cpu.client)?;
        match self.stored {
            Some(stored) => write!(f, "  ingestStatus.stored grew by {stored}, as the answers say"),
            None if is_watched => write!(f, "  from an event's acceptance to a picture with it"),
            None => write!(f, "  nothing was stored"),
        }
    }
}

impl fmt::Display for Watching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (subscribers, events) = (HumanCount(self.subscribers.into()), HumanCount(self.events));
        let tenants = self.tenants;
        writeln!(f, "{subscribers} subscribers of {tenants} tenants, {events} events accepted")?;
        writeln!(f, "  each saw the final state, no version went back")?;
        #[expect(clippy::cast_precision_loss, reason = "memory is far below 2^53 KiB")]
        let mib = |place: usize| self.memory_kib.map(|kib| kib[place] as f64 / 1_024.0);
        row(f, "memory before (MiB)", mib(0))?;
        row(f, "  with sockets", mib(1))?;
        row(f, "  at the end", mib(2))?;
        let cores = self.cores_per_thousand.map(|cores| format!("{cores:.3}"));
        write!(f, "  service CPU s/s for 1,000 subscribers {}", cores.as_deref().unwrap_or("-"))
    }
}

fn row(f: &mut fmt::Formatter<'_>, name: &str, value: Option<f64>) -> fmt::Result {
    let value = value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"));
    writeln!(f, "  {name:<20} {value:>10}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass() -> Pass {
        let mut latencies = Latencies::default();
        latencies.add(Duration::from_millis(4));
        let elapsed = Duration::from_secs(2);
        let work = Work { unit: "events", count: 1_000, elapsed, latencies, retries: 0 };
        let after = CpuSeconds { service: Some(0.05), ..CpuSeconds::default() };
        let before = CpuSeconds { service: Some(0.0), ..CpuSeconds::default() };
        Pass { stored: Some(1_000), ..Pass::new("new ids", work, after, before).unwrap() }
    }

    #[test]
    fn a_report_reads_as_a_table() {
        let report = Report {
            batch: Some(100),
            passes: vec![pass()],
            ..Report::new("ingest", "http://h/graphql", 1)
        };
        insta::assert_snapshot!(report, @r"
        ingest of http://h/graphql over 1 connections, 100 events a call

        new ids: 1,000 events in 2.0 s
          events a second           500.0
          p50 of a call (ms)          4.0
          p99 of a call (ms)          4.0
          max of a call (ms)          4.0
          1 calls, 0 sent again
          CPU seconds for a million events
            service                  50.0
            PostgreSQL                  -
            Redis                       -
            together                 50.0
            this benchmark              -
          ingestStatus.stored grew by 1000, as the answers say
        ");
    }

    #[test]
    fn a_pass_without_an_answer_has_no_figures() {
        let elapsed = Duration::from_secs(1);
        let latencies = Latencies::default();
        let work = Work { unit: "events", count: 0, elapsed, latencies, retries: 0 };
        let cpu = CpuSeconds::default();
        assert!(matches!(Pass::new("new ids", work, cpu, cpu), Err(BenchError::NoAnswers)));
    }
}
