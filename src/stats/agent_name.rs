//! Agents' names, loaded for a whole list at once.

use std::collections::{BTreeMap, HashMap};

use async_graphql::dataloader::Loader;
use entity::{InTenant, agent};
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect};

use crate::{
    db::Db,
    error::{Code, Error, Result},
    tenant::TenantId,
};

/// Resolves (tenant, agent id) to the agent's name; an agent without one is absent. One query for
/// each tenant of a batch, and a request has one tenant.
#[derive(Debug)]
pub struct AgentNameLoader {
    db: Db,
}

impl AgentNameLoader {
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    async fn names(&self, tenant: &TenantId, ids: Vec<&str>) -> Result<Vec<(String, String)>> {
        let names = agent::Entity::in_tenant(tenant)
            .filter(agent::Column::AgentId.is_in(ids))
            .filter(agent::Column::Name.is_not_null())
            .select_only()
            .columns([agent::Column::AgentId, agent::Column::Name])
            .into_tuple();
        Ok(names.all(self.db.pool()).await?)
    }
}

impl Loader<(TenantId, String)> for AgentNameLoader {
    type Value = String;
    type Error = NamesUnknown;

    async fn load(
        &self,
        keys: &[(TenantId, String)],
    ) -> Result<HashMap<(TenantId, String), String>, NamesUnknown> {
        let mut by_tenant = BTreeMap::<&TenantId, Vec<&str>>::new();
        for (tenant, agent_id) in keys {
            by_tenant.entry(tenant).or_default().push(agent_id);
        }
        let mut names = HashMap::new();
        for (tenant, ids) in by_tenant {
            let found =
                self.names(tenant, ids).await.map_err(|error| NamesUnknown::from(&error))?;
            names.extend(found.into_iter().map(|(id, name)| ((tenant.clone(), id), name)));
        }
        Ok(names)
    }
}

/// Why a batch failed, told to every field that waits for it; an [`Error`] cannot be copied.
#[derive(Clone, Debug)]
pub struct NamesUnknown {
    store_is_away: bool,
    cause: String,
}

impl From<&Error> for NamesUnknown {
    fn from(error: &Error) -> Self {
        Self { store_is_away: error.code() == Code::Unavailable, cause: format!("{error:?}") }
    }
}

impl From<NamesUnknown> for Error {
    fn from(failure: NamesUnknown) -> Self {
        if failure.store_is_away {
            return Self::unavailable(failure.cause);
        }
        Self::Internal(failure.cause)
    }
}
