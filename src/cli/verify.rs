//! `deskpulse verify`: on the stores of the configuration, beside a running service or without.

use std::{process::ExitCode, sync::Arc};

use chrono::NaiveDate;
use clap::Args;

use super::{CliResult, Settings, explain, open_database, system_clock};
use crate::{
    error::{Error, Result},
    stats::{
        Prover,
        proof::{DayState, VerifiedDay},
    },
    tenant::Tenant,
};

/// Differences of a day that its line names.
const NAMED: usize = 3;

/// Compares what is kept of days with their events.
#[derive(Debug, Args)]
pub(super) struct Verify {
    /// Only of this tenant of the configuration.
    #[arg(long)]
    tenant: Option<String>,
    /// First day, e.g. 2026-03-01 [default: the first that is known].
    #[arg(long, value_name = "DAY")]
    from: Option<NaiveDate>,
    /// Last day [default: yesterday].
    #[arg(long, value_name = "DAY")]
    to: Option<NaiveDate>,
}

/// Days by what the comparison came to.
#[derive(Debug, Default)]
struct Summary {
    equal: u32,
    differing: u32,
    open: u32,
    removed: u32,
}

impl Verify {
    pub(super) async fn run(self, settings: &Settings) -> CliResult {
        let config = Arc::new(settings.load()?);
        let tenants = match &self.tenant {
            Some(id) => vec![config.tenant(id)?],
            None => config.tenants_but_demo().cloned().collect(),
        };
        let db = open_database(&config).await?;
        let prover = Prover::new(db.clone(), system_clock());
        let mut differing = 0;
        for tenant in &tenants {
            let summary = self.verify(&prover, tenant).await.map_err(|error| explain(&error))?;
            let Summary { equal, open, removed, .. } = summary;
            differing += summary.differing;
            println!(
                "{}: {equal} equal, {} differing, {open} open, {removed} equal but for removed events",
                tenant.id, summary.differing
            );
        }
        db.close().await;
        Ok(if differing == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    async fn verify(&self, prover: &Prover, tenant: &Tenant) -> Result<Summary> {
        let mut summary = Summary::default();
        let known = prover.known_days(tenant).await?;
        let from = self.from.or(known.map(|(first, _)| first));
        let to = self.to.or(known.map(|(_, last)| last));
        let Some((from, to)) = from.zip(to) else { return Ok(summary) };
        if to < from && self.to.is_some() {
            return Err(Error::bad_input("to", to, &format!("{from} or a later day")));
        }
        for day in from.iter_days().take_while(|day| *day <= to) {
            let verified = prover.verify_day(tenant, day).await?;
            match verified.state {
                DayState::Equal => summary.equal += 1,
                DayState::Open => summary.open += 1,
                DayState::Removed => summary.removed += 1,
                DayState::Differs => {
                    summary.differing += 1;
                    println!("{}: {}", tenant.id, in_words(&verified));
                }
            }
        }
        Ok(summary)
    }
}

fn in_words(day: &VerifiedDay) -> String {
    let named = day.differences.listed.iter().take(NAMED).map(|difference| {
        let at = difference.hour.map_or_else(
            || "of the day".to_owned(),
            |hour| format!("at {}", hour.format("%Y-%m-%dT%H:%M:%SZ")),
        );
        format!("{} {at}: kept {}, is {}", difference.what, difference.kept, difference.recomputed)
    });
    let named: Vec<_> = named.collect();
    format!("{} differs in {}: {}", day.date, day.differences.count, named.join("; "))
}
