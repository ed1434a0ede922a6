//! The columns of each list, named and filled as the fields in GraphQL.

use entity::{event, quality_audit};

use super::{cell::Cell, params::named};
use crate::{quality::AuditId, session::SessionRow, tenant::Tenant};

pub(super) const FIGURE: [&str; 13] = [
    "metric",
    "start",
    "end",
    "date",
    "channel",
    "product",
    "agentId",
    "queue",
    "model",
    "isOther",
    "value",
    "previous",
    "completeness",
];

pub(super) const SESSION: [&str; 21] = [
    "id",
    "product",
    "channel",
    "channelName",
    "visitorId",
    "customerName",
    "queue",
    "agentId",
    "startedAt",
    "queuedAt",
    "assignedAt",
    "transferredAt",
    "endedAt",
    "endedBy",
    "resolved",
    "firstEventAt",
    "lastEventAt",
    "outcome",
    "durationSeconds",
    "waitSeconds",
    "handleSeconds",
];

pub(super) fn session(row: &SessionRow) -> [Cell<'_>; SESSION.len()] {
    let session = &row.session;
    [
        (&session.session_id).into(),
        (&session.product).into(),
        session.channel.as_deref().into(),
        session.channel_name.as_deref().into(),
        session.visitor_id.as_deref().into(),
        session.customer_name.as_deref().into(),
        session.queue.as_deref().into(),
        session.agent_id.as_deref().into(),
        session.started_at.into(),
        session.queued_at.into(),
        session.assigned_at.into(),
        session.transferred_at.into(),
        session.ended_at.into(),
        session.ended_by.as_deref().into(),
        session.resolved.into(),
        session.first_event_at.into(),
        session.last_event_at.into(),
        named(&row.outcome).into(),
        row.duration_seconds().into(),
        row.wait_seconds().into(),
        row.handle_seconds().into(),
    ]
}

pub(super) const EVENT: [&str; 7] =
    ["id", "name", "product", "sessionId", "data", "occurredAt", "receivedAt"];

pub(super) fn event(event: &event::Model) -> [Cell<'_>; EVENT.len()] {
    [
        (&event.event_id).into(),
        (&event.event_name).into(),
        (&event.product).into(),
        event.session_id.as_deref().into(),
        Some(&event.event_data).filter(|data| !data.is_null()).into(),
        event.occurred_at.into(),
        event.received_at.into(),
    ]
}

pub(super) const AUDIT: [&str; 13] = [
    "id",
    "sessionId",
    "agentId",
    "customer",
    "score",
    "status",
    "auditType",
    "type",
    "issues",
    "date",
    "auditedAt",
    "reviewedBy",
    "reviewedAt",
];

pub(super) fn audit<'a>(
    audit: &'a quality_audit::Model,
    tenant: &Tenant,
) -> [Cell<'a>; AUDIT.len()] {
    [
        AuditId(audit.id).to_string().into(),
        (&audit.session_id).into(),
        audit.agent_id.as_deref().into(),
        audit.customer_name.as_deref().into(),
        Cell::Whole(audit.score.into()),
        named(&audit.status).into(),
        named(&audit.audit_type).into(),
        audit.session_type.as_deref().into(),
        audit.issues.as_ref().into(),
        Cell::Date(tenant.day_of(audit.audited_at)),
        audit.audited_at.into(),
        audit.reviewed_by.as_deref().into(),
        audit.reviewed_at.into(),
    ]
}
