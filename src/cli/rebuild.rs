//! `deskpulse rebuild`: on the stores of the configuration, beside running services or without.

use std::{process::ExitCode, sync::Arc, time::Duration};

use clap::{Args, Subcommand};

use super::{CliResult, Settings, explain, open_database, system_clock};
use crate::{app::App, error::Result, live::Rebuilt, tenant::Tenant};

/// Builds what is kept beside the events anew from them.
#[derive(Debug, Args)]
pub(super) struct Rebuild {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The state of live floors in Redis. Services do so by themselves when it was lost; meanwhile
    /// they count over the database.
    Live {
        /// Only of this tenant of the configuration.
        #[arg(long)]
        tenant: Option<String>,
    },
}

impl Rebuild {
    pub(super) async fn run(self, settings: &Settings) -> CliResult {
        let What::Live { tenant } = self.what;
        let config = Arc::new(settings.load()?);
        let tenants: Vec<Arc<Tenant>> = match tenant {
            Some(id) => vec![config.tenant(&id)?],
            None => config.tenants_but_demo().cloned().collect(),
        };
        let stop_timeout = Duration::from_millis(config.server.stop_timeout_ms);
        let db = open_database(&config).await?;
        let app = App::idle(config, system_clock(), db).await.map_err(|error| explain(&error))?;
        let rebuilt = rebuild(&app, &tenants).await;
        app.stop(stop_timeout).await;
        rebuilt.map_err(|error| explain(&error))?;
        Ok(ExitCode::SUCCESS)
    }
}

async fn rebuild(app: &App, tenants: &[Arc<Tenant>]) -> Result<()> {
    for tenant in tenants {
        let Rebuilt { sessions, agents, visits } = app.services.live.rebuild(tenant).await?;
        println!("{}: {sessions} sessions, {agents} agents, {visits} visits", tenant.id);
    }
    Ok(())
}
