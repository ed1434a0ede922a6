//! `deskpulse import`: over HTTP with `--url`, else into the stores of the configuration.

use std::{process::ExitCode, sync::Arc, time::Duration};

use async_graphql::{Request, Variables};
use async_trait::async_trait;
use serde_json::Value;

use super::{CliResult, Settings, explain, open_database, system_clock};
use crate::{
    app::App,
    auth::{Role, Viewer},
    config::Config,
    graphql::Schema,
    import::{self, ImportError, ImportOptions, Target},
    tenant::TenantId,
};

pub(super) async fn run(options: &ImportOptions, settings: &Settings) -> CliResult {
    let summary = match options.http_target()? {
        Some(target) => import::run(options, &target).await,
        None => run_here(options, settings.load()?).await?,
    };
    match summary {
        Ok(summary) => {
            println!("{summary}");
            Ok(if summary.clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Err(error) => {
            eprintln!("deskpulse: {error}");
            Ok(ExitCode::from(STOPPED))
        }
    }
}

/// Exit code of an import that stopped, as opposed to one that left some rows out.
const STOPPED: u8 = 2;

/// Starts the service without its HTTP side, and stops it when all is stored.
async fn run_here(
    options: &ImportOptions,
    config: Config,
) -> Result<Result<import::Summary, ImportError>, super::CliError> {
    let config = Arc::new(config);
    let db = open_database(&config).await?;
    let viewer = Viewer::new(config.tenant(TenantId::DEFAULT)?, "import", Role::Operator);
    let stop_timeout = Duration::from_millis(config.server.stop_timeout_ms);
    let app = App::start(config, system_clock(), db).await.map_err(|error| explain(&error))?;
    let target = Here { schema: app.schema.clone(), viewer };
    let summary = import::run(options, &target).await;
    app.stop(stop_timeout).await;
    Ok(summary)
}

/// The schema within this process.
struct Here {
    schema: Schema,
    viewer: Viewer,
}

#[async_trait]
impl Target for Here {
    async fn execute(&self, query: &str, variables: Value) -> Result<Value, ImportError> {
        let request = Request::new(query)
            .variables(Variables::from_json(variables))
            .data(self.viewer.clone());
        let response = self.schema.execute(request).await;
        serde_json::to_value(response).map_err(|cause| ImportError::Answer {
            found: cause.to_string(),
            expected: "a JSON body".to_owned(),
        })
    }
}
