//! `deskpulse demo`: asks a running service to start the demo, or to remove it.

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use chrono::{DateTime, Days, Utc};
use clap::Args;
use serde_json::{Value, json};

use super::{CliError, CliResult};
use crate::{
    demo::{KEY, Truth, client, settings},
    outgoing,
    tenant::Tenant,
};

/// How long a service may take to answer, and to fill today.
const TIMEOUT: Duration = Duration::from_mins(2);
const FILLED_WITHIN: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_millis(200);

/// Starts the demo on a running service: made-up data in a tenant of its own, today at once and then
/// the days before.
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// The service.
    #[arg(long, default_value = "http://127.0.0.1:8080", value_name = "URL")]
    url: String,
    /// Stops the demo and removes all that its tenant holds.
    #[arg(long)]
    remove: bool,
}

impl Demo {
    pub(super) async fn run(self) -> CliResult {
        let url = self.url.trim_end_matches('/');
        let service = Service { http: outgoing::client(TIMEOUT)?, url };
        if self.remove {
            service.ask(client::REMOVE).await?;
            println!("the demo was removed");
            return Ok(ExitCode::SUCCESS);
        }
        service.ask(client::START).await?;
        let viewer = service.filled().await?;
        println!("the demo is at {url}/monitoring?demo=1");
        println!("as a caller of the API: `Authorization: Bearer {KEY}`");
        println!("{}", truth(&viewer)?);
        println!("`deskpulse demo --remove` removes it again");
        Ok(ExitCode::SUCCESS)
    }
}

/// What a day has to show: the one before yesterday, whole and without what has been played since.
fn truth(viewer: &Value) -> Result<String, CliError> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let time_zone = text(&viewer["timeZone"]).parse()?;
    let started_at: DateTime<Utc> = text(&viewer["demo"]["startedAt"]).parse()?;
    let tenant = Tenant { time_zone, ..settings::tenant() };
    let date = tenant.day_of(started_at) - Days::new(2);
    Ok(format!("by its plan {date} has {}", Truth::of_day(&tenant, date)))
}

/// A running service.
struct Service<'a> {
    http: reqwest::Client,
    url: &'a str,
}

impl Service<'_> {
    /// Waits until today is filled; who asks, and what it says of the demo.
    async fn filled(&self) -> Result<Value, CliError> {
        let begun = Instant::now();
        while begun.elapsed() < FILLED_WITHIN {
            let viewer = self.ask_as(client::LOOK, Some(KEY)).await?["viewer"].take();
            if viewer["demo"]["state"] == "STOPPED" {
                return Err("the demo has stopped; the log of the service says why".into());
            }
            if viewer["demo"]["daysFilled"].as_u64() > Some(0) {
                return Ok(viewer);
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(format!("today was not filled within {} s", FILLED_WITHIN.as_secs()).into())
    }

    async fn ask(&self, query: &str) -> Result<Value, CliError> {
        self.ask_as(query, None).await
    }

    async fn ask_as(&self, query: &str, key: Option<&str>) -> Result<Value, CliError> {
        let mut request = self.http.post(format!("{}/graphql", self.url));
        if let Some(key) = key {
            request = request.bearer_auth(key);
        }
        let sent = request.json(&json!({ "query": query })).send().await;
        let response = sent.map_err(|error| self.missing(&error))?;
        let mut answer: Value =
            response.json().await.map_err(|_| format!("{} is not a Deskpulse", self.url))?;
        match answer["errors"][0]["message"].as_str() {
            Some(message) => Err(message.to_owned().into()),
            None => Ok(answer["data"].take()),
        }
    }

    fn missing(&self, error: &reqwest::Error) -> CliError {
        let (url, reason) = (self.url, outgoing::missing(error));
        format!("no service answers at {url} ({reason}); `deskpulse serve --demo` starts one")
            .into()
    }
}
