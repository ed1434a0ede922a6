//! The audit and its enums.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, dataloader::DataLoader};
use entity::quality_audit;

use crate::{
    error::{Error, Result},
    graphql::{Date, DateTime, GraphqlResult, Json},
    quality::AuditId,
    stats::AgentNameLoader,
    tenant::{Tenant, TenantId},
};

/// Where an audit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "quality_audit::Status")]
pub(super) enum AuditStatus {
    /// Final: the score is at or above the pass mark.
    Passed,
    /// Final: the score is below the pass mark.
    Failed,
    /// A machine's score below the pass mark, which a person has yet to confirm or correct.
    PendingReview,
}

/// Who gave the first score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "quality_audit::AuditType")]
pub(super) enum AuditType {
    /// A machine.
    Auto,
    /// A person; such an audit is final at once.
    Manual,
}

#[derive(Debug)]
pub(super) struct Audit {
    row: quality_audit::Model,
    tenant: Arc<Tenant>,
}

impl Audit {
    pub(super) fn new(row: quality_audit::Model, tenant: &Arc<Tenant>) -> Self {
        Self { row, tenant: Arc::clone(tenant) }
    }
}

/// The verdict on one conversation.
#[Object]
impl Audit {
    /// `QA-` and the audit's number within the tenant, three digits or more, e.g. `QA-001`.
    async fn id(&self) -> ID {
        AuditId(self.row.id).to_string().into()
    }

    /// The conversation.
    async fn session_id(&self) -> ID {
        self.row.session_id.clone().into()
    }

    /// Who led the conversation; null when it was the AI alone.
    async fn agent_id(&self) -> Option<ID> {
        self.row.agent_id.clone().map(ID)
    }

    /// The agent's latest name, from events and status reports; null while none is known.
    async fn agent(&self, ctx: &Context<'_>) -> Option<GraphqlResult<String>> {
        let agent_id = self.row.agent_id.clone()?;
        let key = (self.tenant.id.clone(), agent_id);
        find_name(ctx, key).await.map_err(Into::into).transpose()
    }

    /// The customer's name as given with the audit.
    async fn customer(&self) -> Option<&str> {
        self.row.customer_name.as_deref()
    }

    /// 0 to 100: the reviewer's score once reviewed, the first one until then.
    async fn score(&self) -> i32 {
        self.row.score
    }

    /// Whether the score is final, and what it means.
    async fn status(&self) -> AuditStatus {
        self.row.status.into()
    }

    /// Who gave the first score.
    async fn audit_type(&self) -> AuditType {
        self.row.audit_type.into()
    }

    /// The kind of conversation, as given with the audit.
    async fn r#type(&self) -> Option<&str> {
        self.row.session_type.as_deref()
    }

    /// What was found, in the form it was given.
    async fn issues(&self) -> Option<Json> {
        self.row.issues.clone().map(Json)
    }

    /// Day of `auditedAt` in the tenant's time zone.
    async fn date(&self) -> Date {
        Date(self.tenant.day_of(self.row.audited_at))
    }

    /// When the audit was created.
    async fn audited_at(&self) -> DateTime {
        DateTime(self.row.audited_at)
    }

    /// Who reviewed it: the subject of the caller's token, or the name of its key. Null before.
    async fn reviewed_by(&self) -> Option<ID> {
        self.row.reviewed_by.clone().map(ID)
    }

    /// When it was reviewed; null before.
    async fn reviewed_at(&self) -> Option<DateTime> {
        self.row.reviewed_at.map(DateTime)
    }
}

async fn find_name(ctx: &Context<'_>, key: (TenantId, String)) -> Result<Option<String>> {
    let names = ctx
        .data_opt::<DataLoader<AgentNameLoader>>()
        .ok_or_else(|| Error::Internal("no loader of agents' names".to_owned()))?;
    Ok(names.load_one(key).await?)
}
