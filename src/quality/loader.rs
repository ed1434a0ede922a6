//! What belongs to audits, loaded for a whole list at once.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use async_graphql::dataloader::Loader;
use entity::{audit_dispute, audit_finding, audit_revision};

use super::Quality;
use crate::{graphql::GraphqlError, tenant::TenantId};

/// Loads what belongs to audits that the viewer may read.
pub struct AuditLoader(Arc<Quality>);

/// The history of an audit, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct HistoryOf(pub(super) TenantId, pub(super) i64);

/// The dispute of an audit; absent where there is none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct DisputeOf(pub(super) TenantId, pub(super) i64);

/// What an audit has found, in the order in which it was given.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct FindingsOf(pub(super) TenantId, pub(super) i64);

impl AuditLoader {
    pub fn new(quality: Arc<Quality>) -> Self {
        Self(quality)
    }
}

impl Loader<HistoryOf> for AuditLoader {
    type Value = Vec<audit_revision::Model>;
    type Error = GraphqlError;

    async fn load(
        &self,
        keys: &[HistoryOf],
    ) -> Result<HashMap<HistoryOf, Self::Value>, GraphqlError> {
        let mut found: HashMap<_, Self::Value> = HashMap::new();
        for (tenant, ids) in by_tenant(keys.iter().map(|key| (&key.0, key.1))) {
            for revision in self.0.history(tenant, ids).await? {
                let key = HistoryOf(tenant.clone(), revision.audit_id);
                found.entry(key).or_default().push(revision);
            }
        }
        Ok(found)
    }
}

impl Loader<FindingsOf> for AuditLoader {
    type Value = Vec<audit_finding::Model>;
    type Error = GraphqlError;

    async fn load(
        &self,
        keys: &[FindingsOf],
    ) -> Result<HashMap<FindingsOf, Self::Value>, GraphqlError> {
        let mut found: HashMap<_, Self::Value> = HashMap::new();
        for (tenant, ids) in by_tenant(keys.iter().map(|key| (&key.0, key.1))) {
            for finding in self.0.findings(tenant, ids).await? {
                let key = FindingsOf(tenant.clone(), finding.audit_id);
                found.entry(key).or_default().push(finding);
            }
        }
        Ok(found)
    }
}

impl Loader<DisputeOf> for AuditLoader {
    type Value = audit_dispute::Model;
    type Error = GraphqlError;

    async fn load(
        &self,
        keys: &[DisputeOf],
    ) -> Result<HashMap<DisputeOf, Self::Value>, GraphqlError> {
        let mut found = HashMap::new();
        for (tenant, ids) in by_tenant(keys.iter().map(|key| (&key.0, key.1))) {
            for dispute in self.0.disputes(tenant, ids).await? {
                found.insert(DisputeOf(tenant.clone(), dispute.audit_id), dispute);
            }
        }
        Ok(found)
    }
}

fn by_tenant<'a>(
    keys: impl Iterator<Item = (&'a TenantId, i64)>,
) -> BTreeMap<&'a TenantId, Vec<i64>> {
    let mut tenants = BTreeMap::<_, Vec<i64>>::new();
    for (tenant, id) in keys {
        tenants.entry(tenant).or_default().push(id);
    }
    tenants
}
