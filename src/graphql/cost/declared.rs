//! The prices of the schema's fields: every list, and whatever reads a store anew.
//!
//! Tests hold it to the schema: a list without a price fails one, and so does a price without its
//! field or its argument. A field that is not here costs nothing but its selection; one at the root
//! of a query, mutation or subscription costs [`READ`].

use super::price::{Price, READ, Size, Span};
use crate::{
    graphql::paging::MAX_PAGE,
    stats::{
        proof::MAX_VERIFIED_DAYS,
        service::{MAX_AGENT_DAYS, MAX_DAYS, MAX_PERIOD_DAYS},
    },
};

/// What a day costs whose rows are summed, whose events are read once more.
const SUMMED: u64 = 10;
const REREAD: u64 = 2_000;

const YEAR: Span = Span::Range { most: MAX_DAYS.unsigned_abs() as u64 };
const DECADE: Span = Span::Range { most: MAX_PERIOD_DAYS.unsigned_abs() };
const AGENTS: Span = Span::Range { most: MAX_AGENT_DAYS.unsigned_abs() };
const BACK: Span = Span::Back { most: MAX_DAYS.unsigned_abs() as u64 };

/// A price, by the name of the type and the field in it.
pub(super) const PRICES: &[(&str, &str, Price)] = &[
    // Figures.
    ("Query", "metricCatalogue", list(0, 60)),
    ("Query", "metrics", sized(Size::Figures).with(READ, SUMMED, DECADE)),
    ("Query", "explain", one().with(READ, 2 * SUMMED, YEAR)),
    ("Query", "verifyRollup", one().with(READ, REREAD, Span::Range { most: VERIFIED })),
    ("Query", "restatements", page("first").with(READ, 0, Span::None)),
    ("Metric", "measures", list(0, 2)),
    ("Metric", "dimensions", list(0, 5)),
    ("MetricAnswer", "series", within()),
    ("MetricSeries", "group", within()),
    ("MetricSeries", "points", within()),
    ("Explanation", "measures", list(0, 3)),
    ("Explanation", "leftOut", list(READ, 3)),
    ("Explanation", "days", list(READ, 31)),
    ("Explanation", "rows", page("first").with(READ, 0, Span::None)),
    ("CountedRowConnection", "edges", within()),
    ("RestatementConnection", "edges", within()),
    ("RollupVerification", "days", list(0, 31)),
    ("DayVerification", "differences", list(0, 5)),
    ("Stats", "today", one().with(READ, 0, Span::None)),
    ("Stats", "trend", sized(Size::EachDay).with(READ, SUMMED, BACK)),
    ("Stats", "satisfaction", one().with(READ, SUMMED, BACK)),
    ("Stats", "period", one().with(READ, SUMMED, DECADE)),
    ("Stats", "agents", list(READ, 50).with(READ, 2 * SUMMED, AGENTS)),
    ("Satisfaction", "distribution", list(0, 5)),
    // The floor.
    ("Realtime", "overview", one().with(READ, 0, Span::None)),
    ("Realtime", "channels", list(READ, 10)),
    ("Realtime", "agents", list(READ, 50)),
    ("Realtime", "queue", one().with(READ, 0, Span::None)),
    ("Realtime", "alerts", list(READ, 20)),
    ("Subscription", "realtimeChannels", list(READ, 10)),
    ("Subscription", "realtimeAgents", list(READ, 50)),
    ("Subscription", "alerts", list(READ, 20)),
    ("Subscription", "quotaAlerts", list(READ, 5)),
    // Sessions and events.
    ("Query", "sessions", page("first").with(READ, 0, Span::None)),
    ("Query", "events", page("first").with(READ, 0, Span::None)),
    ("Query", "quarantine", page("first").with(READ, 0, Span::None)),
    ("Session", "events", page("first").with(READ, 0, Span::None)),
    ("SessionPage", "edges", within()),
    ("EventConnection", "edges", within()),
    ("QuarantineConnection", "edges", within()),
    ("IngestStatus", "products", list(READ, 20)),
    // Audits.
    ("Quality", "summary", one().with(READ, 0, Span::None)),
    ("Quality", "records", page("size").with(READ, 0, Span::None)),
    ("Quality", "audits", page("first").with(READ, 0, Span::None)),
    ("Quality", "nextAudit", one().with(READ, 0, Span::None)),
    ("Quality", "pending", one().with(READ, 0, Span::None)),
    ("Quality", "agreement", one().with(10 * READ, 0, Span::None)),
    ("Quality", "overturns", list(10 * READ, 10)),
    ("Quality", "scorecards", list(0, 5)),
    ("Quality", "findingCounts", list(10 * READ, 20)),
    ("Quality", "audit", one().with(READ, 0, Span::None)),
    ("AuditConnection", "edges", within()),
    ("AuditPage", "items", within()),
    ("Audit", "history", list(SUMMED, 3)),
    ("Audit", "answers", list(0, 10)),
    ("Audit", "findings", list(SUMMED, 3)),
    ("AuditScorecard", "categories", list(0, 10)),
    ("PendingAudits", "ages", list(0, 5)),
    // Billing.
    ("Billing", "usage", one().with(READ, 0, Span::None)),
    ("Billing", "roi", one().with(READ, 0, Span::None)),
    ("Billing", "quota", one().with(READ, 0, Span::None)),
    ("Billing", "forecast", one().with(2 * READ, 0, Span::None)),
    ("Billing", "daily", sized(Size::EachDay).with(READ, SUMMED, BACK)),
    ("Billing", "models", list(READ, 10).with(READ, SUMMED, YEAR)),
    ("Billing", "checkQuota", one().with(READ, 0, Span::None)),
    ("Billing", "quotaAlerts", page("first").with(READ, 0, Span::None)),
    ("Billing", "ledger", list(READ, 5)),
    ("RepriceResult", "changes", list(0, 100)),
    // Mutations.
    ("Mutation", "trackEvents", sized(Size::Given("input")).with(READ, 0, Span::None)),
    ("Mutation", "recordTokenUsages", sized(Size::Given("input")).with(READ, 0, Span::None)),
    ("Mutation", "repriceUsage", one().with(READ, REREAD / 10, YEAR)),
];

const VERIFIED: u64 = MAX_VERIFIED_DAYS.unsigned_abs();

const fn sized(size: Size) -> Price {
    Price { own: 0, span: Span::None, day: 0, size }
}

const fn one() -> Price {
    sized(Size::One)
}

/// A list that gets about so long.
const fn list(own: u64, items: u64) -> Price {
    Price { own, ..sized(Size::About(items)) }
}

/// A list whose items are paid for further up, where the argument is that says how many.
const fn within() -> Price {
    one()
}

const fn page(argument: &'static str) -> Price {
    sized(Size::Page { argument, most: MAX_PAGE.unsigned_abs() as u64 })
}

impl Price {
    const fn with(self, own: u64, day: u64, span: Span) -> Self {
        Self { own, span, day, ..self }
    }
}
