//! The quota, its marks, and reservations of its tokens.

use async_graphql::{Enum, ID, Object, SimpleObject};
use chrono::{DateTime as Instant, Utc};
use entity::{
    quota_crossing::{self, Delivery},
    token_reservation,
};

use crate::{
    billing::{
        price::money,
        quota::{self, Period},
        reserve::{Ended, Reserved},
        webhook::message_id,
    },
    config,
    graphql::{Date, DateTime, Decimal, Long},
    tenant::Tenant,
};

/// What happens to who would use more than the plan has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "config::Limit")]
pub(super) enum QuotaLimit {
    /// It is told, nothing more.
    Soft,
    /// `reserveTokens` refuses what is not there.
    Hard,
}

#[derive(Debug)]
pub(super) struct Usage {
    pub(super) tokens: quota::Quota,
    pub(super) period: Period,
}

/// Tokens of the present billing period. It starts on the plan's reset day, or on the last day of a
/// month that is shorter, at midnight in the tenant's time zone.
#[Object]
impl Usage {
    /// Tokens of all calls of the period, priced or not.
    async fn tokens_used(&self) -> Long {
        Long(self.tokens.used)
    }

    /// Tokens of the plan for one period.
    async fn tokens_total(&self) -> Long {
        Long(self.tokens.total)
    }

    /// `tokensUsed` as a percentage of `tokensTotal`, unrounded; above 100 once exceeded.
    async fn usage_percent(&self) -> f64 {
        self.tokens.used_percent()
    }

    /// First day of the next period.
    async fn reset_date(&self) -> Date {
        Date(self.period.reset)
    }
}

#[derive(Debug)]
pub(super) struct Quota {
    pub(super) plan: String,
    pub(super) tokens: quota::Quota,
    pub(super) period: Period,
}

/// The plan's tokens in the present billing period, as `Usage` counts them.
#[Object]
impl Quota {
    /// Name of the plan in the configuration.
    async fn plan(&self) -> &str {
        &self.plan
    }

    /// Whether the plan refuses reservations of what it has not.
    async fn limit(&self) -> QuotaLimit {
        self.tokens.limit.into()
    }

    /// Tokens of the plan for one period.
    async fn tokens_total(&self) -> Long {
        Long(self.tokens.total)
    }

    /// Tokens of all calls of the period, priced or not.
    async fn tokens_used(&self) -> Long {
        Long(self.tokens.used)
    }

    /// Tokens that are held for calls to come (`reserveTokens`).
    async fn tokens_reserved(&self) -> Long {
        Long(self.tokens.reserved)
    }

    /// Tokens left; 0 once more are used than the plan has.
    async fn tokens_remaining(&self) -> Long {
        Long(self.tokens.remaining())
    }

    /// First day of the next period.
    async fn reset_date(&self) -> Date {
        Date(self.period.reset)
    }
}

/// Whether the plan has so many tokens left. It holds for this moment only: `reserveTokens` makes
/// sure of it.
#[derive(Debug, SimpleObject)]
pub(super) struct QuotaCheck {
    /// Whether so many could be reserved now; always under a soft limit.
    allowed: bool,
    /// Whether they fit into what is left, whatever the limit.
    within_quota: bool,
    limit: QuotaLimit,
    tokens_total: Long,
    tokens_used: Long,
    /// Held for calls to come.
    tokens_reserved: Long,
    /// Neither used nor held.
    tokens_available: Long,
    /// First day of the next period.
    reset_date: Date,
}

impl QuotaCheck {
    pub(super) fn of(tokens: i64, quota: quota::Quota, period: Period) -> Self {
        Self {
            allowed: quota.allows(tokens),
            within_quota: tokens <= quota.available(),
            limit: quota.limit.into(),
            tokens_total: Long(quota.total),
            tokens_used: Long(quota.used),
            tokens_reserved: Long(quota.reserved),
            tokens_available: Long(quota.available()),
            reset_date: Date(period.reset),
        }
    }
}

/// A mark of the quota, 80, 95 or 100 percent, that a billing period has reached; once a period,
/// whatever is corrected later.
#[derive(Debug, SimpleObject)]
pub(super) struct QuotaAlert {
    percent: i32,
    crossed_at: DateTime,
    /// Tokens used then.
    tokens_used: Long,
    /// Tokens of the plan then.
    tokens_total: Long,
    /// First day of the period.
    period_start: Date,
    /// First day of the next period.
    reset_date: Date,
    /// How its webhook stands; null when the tenant had none then.
    webhook: Option<QuotaWebhook>,
}

/// Where the webhook of a mark stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum WebhookStatus {
    /// It is sent, again if need be.
    Pending,
    /// The receiver has taken it.
    Delivered,
    /// The receiver did not take it for three days, or wants no more messages.
    GivenUp,
}

/// The webhook of a mark of the quota.
#[derive(Debug, SimpleObject)]
pub(super) struct QuotaWebhook {
    /// The `webhook-id` of every attempt, which tells a receiver that it has it already.
    id: ID,
    status: WebhookStatus,
    /// How often it was sent.
    attempts: i32,
    last_attempt_at: Option<DateTime>,
    /// Null once it is not sent any more.
    next_attempt_at: Option<DateTime>,
    delivered_at: Option<DateTime>,
    /// What the receiver answered last; null without an answer.
    http_status: Option<i32>,
    /// Why the last attempt failed.
    error: Option<String>,
}

impl QuotaWebhook {
    fn of(row: &quota_crossing::Model) -> Option<Self> {
        let status = match row.delivery {
            Delivery::None => return None,
            Delivery::Pending => WebhookStatus::Pending,
            Delivery::Delivered => WebhookStatus::Delivered,
            Delivery::GivenUp => WebhookStatus::GivenUp,
        };
        Some(Self {
            id: message_id(row).into(),
            status,
            attempts: row.delivery_attempts,
            last_attempt_at: row.last_attempt_at.map(DateTime),
            next_attempt_at: row.next_attempt_at.map(DateTime),
            delivered_at: row.delivered_at.map(DateTime),
            http_status: row.last_http_status,
            error: row.last_error.clone(),
        })
    }
}

impl QuotaAlert {
    pub(super) fn of(tenant: &Tenant, row: &quota_crossing::Model) -> Self {
        Self {
            webhook: QuotaWebhook::of(row),
            percent: row.percent,
            crossed_at: DateTime(row.crossed_at),
            tokens_used: Long(row.tokens_used),
            tokens_total: Long(row.tokens_total),
            period_start: Date(tenant.day_of(row.starts_at)),
            reset_date: Date(tenant.day_of(row.ends_at)),
        }
    }
}

/// Where a reservation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum ReservationStatus {
    /// It holds its tokens.
    Open,
    /// Its time was up; its tokens are free again, and its call can still be settled.
    Expired,
    /// Its call is recorded.
    Settled,
    /// Its tokens were given back.
    Released,
}

/// Tokens of the billing period that are held for a call to come.
#[derive(Debug, SimpleObject)]
pub(super) struct Reservation {
    id: ID,
    /// As it was given; without one, the id.
    key: String,
    tokens: Long,
    status: ReservationStatus,
    created_at: DateTime,
    /// It holds nothing from then on.
    expires_at: DateTime,
    /// What the call has really used; null unless settled.
    settled_tokens: Option<Long>,
}

impl Reservation {
    fn at(now: Instant<Utc>, row: token_reservation::Model) -> Self {
        use token_reservation::Status;
        let status = match row.status {
            Status::Open if row.expires_at <= now => ReservationStatus::Expired,
            Status::Open => ReservationStatus::Open,
            Status::Settled => ReservationStatus::Settled,
            Status::Released => ReservationStatus::Released,
        };
        Self {
            id: row.reservation_id.into(),
            key: row.reserve_key,
            tokens: Long(row.tokens),
            status,
            created_at: DateTime(row.created_at),
            expires_at: DateTime(row.expires_at),
            settled_tokens: row.settled_tokens.map(Long),
        }
    }
}

/// What became of a wish for tokens.
#[derive(Debug, SimpleObject)]
pub(super) struct ReserveTokensResult {
    /// False when a hard limit leaves fewer than that.
    granted: bool,
    /// Null unless granted.
    reservation: Option<Reservation>,
    /// Tokens of the period that are neither used nor held, after this.
    tokens_available: Long,
}

impl ReserveTokensResult {
    pub(super) fn at(now: Instant<Utc>, reserved: Reserved) -> Self {
        Self {
            granted: reserved.reservation.is_some(),
            reservation: reserved.reservation.map(|row| Reservation::at(now, row)),
            tokens_available: Long(reserved.quota.available()),
        }
    }
}

/// What became of a reservation that was to end.
#[derive(Debug, SimpleObject)]
pub(super) struct EndReservationResult {
    /// False when it had ended just so before.
    changed: bool,
    reservation: Reservation,
    /// What the recorded call costs; null when it is not known, or none was recorded.
    estimated_cost: Option<Decimal>,
}

impl EndReservationResult {
    pub(super) fn at(now: Instant<Utc>, ended: Ended) -> Self {
        Self {
            changed: ended.changed,
            reservation: Reservation::at(now, ended.reservation),
            estimated_cost: ended.cost_nanos.map(|nanos| Decimal(money(nanos))),
        }
    }
}
