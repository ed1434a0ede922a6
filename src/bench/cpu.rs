//! CPU time of processes, as Linux keeps it.

use std::fs;

use serde::Serialize;

use super::error::BenchError;

/// Units of `/proc/<pid>/stat`: Linux shows programs 100 ticks a second whatever the kernel uses.
const TICKS_PER_SEC: f64 = 100.0;

/// The processes that do the work. Nothing is read of one that is `None`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Watched {
    pub(super) service: Option<u32>,
    pub(super) postgres: Option<u32>,
    pub(super) redis: Option<u32>,
}

/// CPU seconds of the processes that are watched, and of this one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct CpuSeconds {
    pub(super) service: Option<f64>,
    pub(super) postgres: Option<f64>,
    pub(super) redis: Option<f64>,
    /// What the benchmark itself took away from the others on the same machine.
    pub(super) client: Option<f64>,
}

impl Watched {
    /// CPU seconds so far.
    pub(super) fn read(&self) -> Result<CpuSeconds, BenchError> {
        let read = |pid: Option<u32>| {
            pid.map(|pid| seconds(pid).ok_or(BenchError::NoProcess { pid })).transpose()
        };
        Ok(CpuSeconds {
            service: read(self.service)?,
            postgres: read(self.postgres)?,
            redis: read(self.redis)?,
            client: seconds(std::process::id()),
        })
    }
}

impl CpuSeconds {
    /// What was used since `before`, for a million of what was done `times`.
    pub(super) fn per_million(&self, before: &Self, times: u64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
        let millions = times as f64 / 1e6;
        let share = |after: Option<f64>, before: Option<f64>| Some((after? - before?) / millions);
        Self {
            service: share(self.service, before.service),
            postgres: share(self.postgres, before.postgres),
            redis: share(self.redis, before.redis),
            client: share(self.client, before.client),
        }
    }

    /// Of service and backends together; `None` when nothing is known.
    pub(super) fn backends_and_service(&self) -> Option<f64> {
        let service = self.service?;
        Some(service + self.postgres.unwrap_or_default() + self.redis.unwrap_or_default())
    }
}

/// CPU seconds of a process and its children, both the living and those that have ended: a
/// postmaster does nothing itself.
fn seconds(pid: u32) -> Option<f64> {
    let own = Stat::of(pid)?;
    let children = all_pids().filter_map(Stat::of).filter(|stat| stat.parent == pid);
    let ticks: u64 = children.map(|child| child.ticks).sum::<u64>() + own.ticks + own.reaped_ticks;
    #[expect(clippy::cast_precision_loss, reason = "ticks are far below 2^53")]
    Some(ticks as f64 / TICKS_PER_SEC)
}

/// Memory of a process that is not shared with files, in KiB.
pub(super) fn memory_kib(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn all_pids() -> impl Iterator<Item = u32> {
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

/// What is read of `/proc/<pid>/stat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stat {
    parent: u32,
    ticks: u64,
    /// Of children that have ended.
    reaped_ticks: u64,
}

impl Stat {
    fn of(pid: u32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    /// Fields are counted behind the name, which may hold blanks and brackets itself.
    fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
        let field = |index: usize| fields.get(index)?.parse::<u64>().ok();
        Some(Self {
            parent: fields.get(1)?.parse().ok()?,
            ticks: field(11)? + field(12)?,
            reaped_ticks: field(13)? + field(14)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_moves_no_field() {
        let stat = "42 (a ) b) S 7 42 42 0 -1 4194560 9 0 0 0 150 50 20 5 20 0 1 0 100 0 0";
        let expected = Stat { parent: 7, ticks: 200, reaped_ticks: 25 };
        assert_eq!(Stat::parse(stat), Some(expected));
        assert_eq!(Stat::parse("42 (cut off) S 7"), None);
    }

    #[test]
    fn the_use_of_a_run_is_shown_for_a_million() {
        let before = CpuSeconds { service: Some(1.0), ..CpuSeconds::default() };
        let after = CpuSeconds { service: Some(3.0), redis: Some(9.0), ..CpuSeconds::default() };
        let used = after.per_million(&before, 100_000);
        assert_eq!(used, CpuSeconds { service: Some(20.0), ..CpuSeconds::default() });
    }
}
