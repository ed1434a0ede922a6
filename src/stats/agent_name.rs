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
        Ok(names.all(&self.db.of(tenant)).await?)
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

#[cfg(test)]
mod tests {
    use sea_orm::{ActiveValue::Set, EntityTrait as _};

    use super::*;
    use crate::config::StoreConfig;

    fn agent(tenant: &str, id: &str, name: Option<&str>) -> agent::ActiveModel {
        agent::ActiveModel {
            tenant_id: Set(tenant.to_owned()),
            agent_id: Set(id.to_owned()),
            name: Set(name.map(str::to_owned)),
            by_hand: Set(false),
            last_seen_at: Set(chrono::DateTime::UNIX_EPOCH),
            ..Default::default()
        }
    }

    #[tokio::test]
    async fn a_batch_finds_each_name_in_its_own_tenant() {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = Some(folder.path().to_owned());
        let db = Db::connect(&StoreConfig { data_dir, ..StoreConfig::default() }).await.unwrap();
        db.migrate().await.unwrap();
        let agents = [
            agent("a", "1", Some("Li")),
            agent("b", "1", Some("Wu")),
            agent("b", "2", Some("Xu")),
            agent("a", "3", None),
        ];
        let agents = agent::Entity::insert_many(agents);
        agents.exec_without_returning(db.pool()).await.unwrap();
        let key = |tenant, id: &str| (TenantId::new(tenant), id.to_owned());
        let asked = [key("a", "1"), key("a", "2"), key("a", "3"), key("b", "1")];
        let names = AgentNameLoader::new(db).load(&asked).await.unwrap();
        let expected = [(key("a", "1"), "Li".to_owned()), (key("b", "1"), "Wu".to_owned())];
        assert_eq!(names, HashMap::from(expected));
    }
}
