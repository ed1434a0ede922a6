//! The table of rights.

use super::{Reach, Right};
use crate::auth::Role;

/// A row of the table.
pub(super) struct Entry {
    pub(super) right: Right,
    /// Completes "not allowed to …".
    pub(super) what: &'static str,
    pub(super) reach: &'static [(Role, Reach)],
    /// Fields of the schema's roots, those within another as `stats.today`, and routes.
    #[cfg_attr(not(test), expect(dead_code, reason = "the page and the tests read it"))]
    pub(super) covers: &'static [&'static str],
}

type Roles = &'static [(Role, Reach)];

const SENDERS: Roles = &[(Role::Ingest, Reach::All), OPERATOR];
const READERS: Roles = &[(Role::Viewer, Reach::All), (Role::Reviewer, Reach::All), OPERATOR];
/// And agents, of what is their own.
const READERS_AND_AGENTS: Roles = &[
    (Role::Viewer, Reach::All),
    (Role::Reviewer, Reach::All),
    (Role::Agent, Reach::Own),
    OPERATOR,
];
const READERS_AND_SENDERS: Roles = &[
    (Role::Ingest, Reach::All),
    (Role::Viewer, Reach::All),
    (Role::Reviewer, Reach::All),
    OPERATOR,
];
const EVERYONE: Roles = &[
    (Role::Ingest, Reach::All),
    (Role::Viewer, Reach::All),
    (Role::Reviewer, Reach::All),
    (Role::Agent, Reach::All),
    OPERATOR,
];
const REVIEWERS: Roles = &[(Role::Reviewer, Reach::All), OPERATOR];
const OPERATORS: Roles = &[OPERATOR];
const OPERATOR: (Role, Reach) = (Role::Operator, Reach::All);

/// The most frequent first.
pub(super) const TABLE: [Entry; 29] = [
    Entry {
        right: Right::SendEvents,
        what: "send events",
        reach: SENDERS,
        covers: &["trackEvent", "trackEvents"],
    },
    Entry {
        right: Right::RecordUsage,
        what: "record token usage",
        reach: SENDERS,
        covers: &["recordTokenUsage", "recordTokenUsages", "POST /intake/{provider}/{tenant}"],
    },
    Entry {
        right: Right::ReserveTokens,
        what: "reserve tokens",
        reach: SENDERS,
        covers: &["reserveTokens", "settleReservation", "releaseReservation"],
    },
    Entry {
        right: Right::CheckQuota,
        what: "read the quota",
        reach: READERS_AND_SENDERS,
        covers: &["billing.checkQuota"],
    },
    Entry {
        right: Right::ReadBooks,
        what: "read the books of ingestion",
        reach: READERS_AND_SENDERS,
        covers: &["ingestStatus"],
    },
    Entry {
        right: Right::SetAgentStatus,
        what: "set the status of agents",
        reach: &[(Role::Ingest, Reach::All), (Role::Agent, Reach::Own), OPERATOR],
        covers: &["updateAgentStatus"],
    },
    Entry {
        right: Right::ReadFloor,
        what: "watch the live floor",
        reach: READERS,
        covers: &[
            "realtime.overview",
            "realtime.channels",
            "realtime.queue",
            "realtime.alerts",
            "realtimeOverview",
            "realtimeChannels",
            "alerts",
        ],
    },
    Entry {
        right: Right::ReadAgents,
        what: "watch the agents",
        reach: READERS_AND_AGENTS,
        covers: &["realtime.agents", "realtimeAgents"],
    },
    Entry {
        right: Right::AcknowledgeAlerts,
        what: "acknowledge alerts",
        reach: READERS,
        covers: &["acknowledgeAlert"],
    },
    Entry {
        right: Right::ReadEvents,
        what: "read events",
        reach: READERS,
        covers: &["events", "eventStream", "GET /export/events"],
    },
    Entry {
        right: Right::ReadSessions,
        what: "read sessions",
        reach: READERS_AND_AGENTS,
        covers: &["session", "sessions", "GET /export/sessions"],
    },
    Entry {
        right: Right::ReadFigures,
        what: "read figures",
        reach: READERS,
        covers: &[
            "stats.today",
            "stats.trend",
            "stats.satisfaction",
            "stats.period",
            "metricCatalogue",
            "metrics",
            "explain",
            "GET /export/metrics",
        ],
    },
    Entry {
        right: Right::ReadAgentFigures,
        what: "read the figures of agents",
        reach: READERS_AND_AGENTS,
        covers: &["stats.agents"],
    },
    Entry {
        right: Right::ReadRestatements,
        what: "read restatements",
        reach: READERS,
        covers: &["restatements"],
    },
    Entry {
        right: Right::ReadAudits,
        what: "read audits",
        reach: READERS_AND_AGENTS,
        covers: &["quality.records", "quality.audits", "quality.audit", "GET /export/audits"],
    },
    Entry {
        right: Right::ReadAuditFigures,
        what: "read the figures of audits",
        reach: READERS,
        covers: &[
            "quality.summary",
            "quality.pending",
            "quality.agreement",
            "quality.findingCounts",
            "quality.overturns",
        ],
    },
    Entry {
        right: Right::ReadScorecards,
        what: "read scorecards",
        reach: EVERYONE,
        covers: &["quality.scorecards"],
    },
    Entry {
        right: Right::CreateAudits,
        what: "create audits",
        reach: &[(Role::Ingest, Reach::All), (Role::Reviewer, Reach::All), OPERATOR],
        covers: &["createAudit", "scoreAudit"],
    },
    Entry {
        right: Right::ReviewAudits,
        what: "review audits",
        reach: REVIEWERS,
        covers: &[
            "quality.nextAudit",
            "claimAudit",
            "releaseAudit",
            "reviewAudit",
            "ruleOnDispute",
        ],
    },
    Entry {
        right: Right::DisputeAudits,
        what: "dispute audits",
        reach: READERS_AND_AGENTS,
        covers: &["disputeAudit"],
    },
    Entry {
        right: Right::ReadBilling,
        what: "read billing",
        reach: READERS,
        covers: &[
            "billing.usage",
            "billing.roi",
            "billing.quota",
            "billing.forecast",
            "billing.daily",
            "billing.models",
            "billing.ledger",
            "billing.quotaAlerts",
            "quotaAlerts",
        ],
    },
    Entry {
        right: Right::CorrectUsage,
        what: "correct token usage",
        reach: OPERATORS,
        covers: &["correctTokenUsage"],
    },
    Entry {
        right: Right::RepriceUsage,
        what: "reprice token usage",
        reach: OPERATORS,
        covers: &["repriceUsage"],
    },
    Entry {
        right: Right::VerifyRollup,
        what: "verify the roll-up",
        reach: OPERATORS,
        covers: &["verifyRollup"],
    },
    Entry {
        right: Right::ManageQuarantine,
        what: "manage the quarantine",
        reach: OPERATORS,
        covers: &["quarantine", "replayQuarantine", "dropQuarantine"],
    },
    Entry {
        right: Right::CreatePastAudits,
        what: "create audits of the past",
        reach: OPERATORS,
        covers: &["deskpulse bench audits"],
    },
    Entry {
        right: Right::ReadViewer,
        what: "ask who they are",
        reach: EVERYONE,
        covers: &["viewer"],
    },
    Entry {
        right: Right::ManageDemo,
        what: "start and remove the demo",
        reach: OPERATORS,
        covers: &["startDemo", "removeDemo"],
    },
    Entry {
        right: Right::EnterOtherTenants,
        what: "enter other tenants",
        reach: OPERATORS,
        covers: &["tenantId of every query and subscription", "?tenant= of exports"],
    },
];
