//! `deskpulse quarantine`: on the stores of the configuration, beside a running service or without.

use std::{process::ExitCode, sync::Arc, time::Duration};

use clap::{Args, Subcommand};
use entity::quarantine::{Model, Origin};
use serde_json::json;

use super::{CliResult, Settings, explain, open_database, system_clock};
use crate::{
    app::App,
    auth::{Role, Viewer},
    error::Error,
    tenant::TenantId,
    tracker::quarantine::{Chosen, cursor},
};

/// Rows that are read together.
const PAGE: u64 = 500;
/// Characters of a reason on one line.
const REASON_CHARS: usize = 100;

/// Lists, replays or drops what could not be stored.
#[derive(Debug, Args)]
pub(super) struct Quarantine {
    /// Tenant of the configuration.
    #[arg(long, global = true, default_value = TenantId::DEFAULT)]
    tenant: String,
    /// Prints JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    step: Step,
}

#[derive(Debug, Subcommand)]
enum Step {
    /// Lists what is quarantined, newest first; in JSON with the payloads, one object a line.
    List {
        /// Only of this product; an empty text stands for those of which none could be read.
        #[arg(long)]
        product: Option<String>,
        /// Most lines.
        #[arg(long, default_value_t = 100)]
        limit: u64,
    },
    /// Sends events through again: those that are accepted leave, the others stay with the new
    /// reason. Exits with 1 when some stay.
    Replay(Which),
    /// Takes events out for good.
    Drop(Which),
}

#[derive(Debug, Args)]
struct Which {
    /// Ids, as `list` prints them.
    #[arg(required_unless_present = "product", conflicts_with = "product")]
    ids: Vec<String>,
    /// All of this product; an empty text stands for those of which none could be read.
    #[arg(long)]
    product: Option<String>,
}

impl Which {
    /// In pieces as large as a call may be.
    fn chosen(self) -> Result<Vec<Chosen>, Error> {
        if self.product.is_some() {
            return Ok(vec![Chosen::new(None, self.product)?]);
        }
        self.ids.chunks(1_000).map(|ids| Chosen::new(Some(ids.to_vec()), None)).collect()
    }
}

impl Quarantine {
    pub(super) async fn run(self, settings: &Settings) -> CliResult {
        let config = Arc::new(settings.load()?);
        let viewer = Viewer::new(config.tenant(&self.tenant)?, "quarantine", Role::Operator);
        let stop_timeout = Duration::from_millis(config.server.stop_timeout_ms);
        let db = open_database(&config).await?;
        let app = match self.step {
            // Somebody has to store what is replayed.
            Step::Replay(_) => App::start(config, system_clock(), db).await,
            Step::List { .. } | Step::Drop(_) => App::idle(config, system_clock(), db).await,
        };
        let app = app.map_err(|error| explain(&error))?;
        let done = self.step.run(&app, &viewer, self.json).await;
        app.stop(stop_timeout).await;
        done
    }
}

impl Step {
    async fn run(self, app: &App, viewer: &Viewer, json: bool) -> CliResult {
        match self {
            Self::List { product, limit } => {
                list(app, viewer, product.as_deref(), limit, json).await
            }
            Self::Replay(which) => replay(app, viewer, which, json).await,
            Self::Drop(which) => drop(app, viewer, which, json).await,
        }
    }
}

async fn list(
    app: &App,
    viewer: &Viewer,
    product: Option<&str>,
    limit: u64,
    json: bool,
) -> CliResult {
    let (mut left, mut after) = (limit, None);
    while left > 0 {
        let quarantine = &app.services.quarantine;
        let rows = quarantine.list(viewer, product, after.as_deref(), left.min(PAGE)).await;
        let rows = rows.map_err(|error| explain(&error))?;
        let Some(last) = rows.last() else { break };
        after = Some(cursor(last));
        left -= rows.len() as u64;
        for row in &rows {
            if json {
                println!("{}", in_json(row));
            } else {
                println!("{}", in_words(row));
            }
        }
    }
    if after.is_none() && !json {
        // Not among the lines: a script counts these.
        eprintln!("nothing is quarantined");
    }
    Ok(ExitCode::SUCCESS)
}

async fn replay(app: &App, viewer: &Viewer, which: Which, json: bool) -> CliResult {
    let (mut accepted, mut kept) = (0, 0);
    for chosen in which.chosen()? {
        let replayed = app.services.quarantine.replay(viewer, &chosen).await;
        let replayed = replayed.map_err(|error| explain(&error))?;
        accepted += replayed.accepted;
        kept += replayed.kept;
    }
    if json {
        println!("{}", json!({ "accepted": accepted, "kept": kept }));
    } else {
        println!("replayed: {accepted} accepted, {kept} kept");
    }
    Ok(if kept == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn drop(app: &App, viewer: &Viewer, which: Which, json: bool) -> CliResult {
    let mut dropped = 0;
    for chosen in which.chosen()? {
        let rows = app.services.quarantine.drop(viewer, &chosen).await;
        dropped += rows.map_err(|error| explain(&error))?;
    }
    if json {
        println!("{}", json!({ "dropped": dropped }));
    } else {
        println!("dropped: {dropped}");
    }
    Ok(ExitCode::SUCCESS)
}

/// One line, of columns that `awk` tells apart: only the reason has spaces.
fn in_words(row: &Model) -> String {
    let or_dash = |text: &str| {
        let text: String = text.chars().map(|c| if c.is_whitespace() { '_' } else { c }).collect();
        if text.is_empty() { "-".to_owned() } else { text }
    };
    let reason: String =
        row.reason.chars().filter(|c| !c.is_control()).take(REASON_CHARS).collect();
    format!(
        "{}  {}  {}  {}  {}  {reason}",
        row.quarantine_id,
        row.created_at.format("%Y-%m-%dT%H:%M:%SZ"),
        origin(row.origin),
        or_dash(&row.product),
        or_dash(row.event_id.as_deref().unwrap_or_default()),
    )
}

/// The names of the API.
fn in_json(row: &Model) -> serde_json::Value {
    json!({
        "id": row.quarantine_id.to_string(), "product": row.product, "eventId": row.event_id,
        "payload": row.payload, "payloadCut": row.payload_cut, "reason": row.reason,
        "origin": origin(row.origin).to_uppercase(),
        "receivedAt": row.received_at, "quarantinedAt": row.created_at,
    })
}

fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Buffer => "buffer",
        Origin::Database => "database",
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_row_is_one_line_whatever_is_in_it() {
        let row = Model {
            tenant_id: "default".into(),
            quarantine_id: Uuid::nil(),
            product: "a b".into(),
            event_id: None,
            payload: "x\ny".into(),
            payload_cut: false,
            reason: "first\nsecond \u{1b}[31m".into(),
            origin: Origin::Buffer,
            received_at: DateTime::UNIX_EPOCH,
            created_at: DateTime::UNIX_EPOCH,
        };
        assert_eq!(
            in_words(&row),
            "00000000-0000-0000-0000-000000000000  1970-01-01T00:00:00Z  buffer  a_b  -  \
             firstsecond [31m"
        );
        assert!(!in_json(&row).to_string().contains('\n'));
    }
}
