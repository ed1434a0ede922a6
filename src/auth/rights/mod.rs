//! Who may do what: one table, which services ask and `docs/access.md` shows.
//!
//! Invariant: a service that asks [`Viewer::require`](super::Viewer::require) answers nobody who may
//! see own things only; one that narrows its answer asks [`Viewer::scope`](super::Viewer::scope).
//! Why: `docs/adr/0034-rights.md`.

#[cfg(test)]
mod page;
mod table;

use async_graphql::Enum;

use self::table::{Entry, TABLE};
use super::Role;

/// Something that takes a right; the manual says for each what it covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum Right {
    SendEvents,
    SetAgentStatus,
    RecordUsage,
    ReserveTokens,
    CheckQuota,
    ReadBooks,
    ReadFloor,
    ReadAgents,
    AcknowledgeAlerts,
    ReadEvents,
    ReadSessions,
    ReadFigures,
    ReadAgentFigures,
    ReadRestatements,
    ReadAudits,
    ReadAuditFigures,
    ReadScorecards,
    CreateAudits,
    ReviewAudits,
    DisputeAudits,
    ReadBilling,
    CorrectUsage,
    RepriceUsage,
    VerifyRollup,
    CreatePastAudits,
    ManageQuarantine,
    ReadViewer,
    ManageDemo,
    EnterOtherTenants,
}

/// How far a right goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Everything of the tenant.
    All,
    /// What is the caller's own; the rest looks absent.
    Own,
}

impl Right {
    /// Completes "not allowed to …".
    pub(super) fn what(self) -> &'static str {
        self.entry().map_or("do this", |entry| entry.what)
    }

    /// How far it goes for a role; none for one that does not have it.
    pub(super) fn reach(self, role: Role) -> Option<Reach> {
        let entry = self.entry()?;
        entry.reach.iter().find(|(known, _)| *known == role).map(|(_, reach)| *reach)
    }

    /// Those that a role has as far as `reach`, in the order of the table.
    pub(super) fn list(role: Role, reach: Reach) -> Vec<Self> {
        let rights = TABLE.iter().map(|entry| entry.right);
        rights.filter(|right| right.reach(role) == Some(reach)).collect()
    }

    fn entry(self) -> Option<&'static Entry> {
        TABLE.iter().find(|entry| entry.right == self)
    }
}
