//! Reservations: tokens are held before a call is made, and counted after it.
//!
//! Invariant: under a hard limit the tokens used and held of a period never exceed the plan by what
//! was reserved. One statement decides; reservations of a tenant are made one after another. What is
//! recorded without a reservation is never refused: the call has been made.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    quota_crossing,
    token_reservation::{Model, Status},
    token_usage,
};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::{
    Billing, Call, day_store,
    quota::{Period, Quota, period_of},
    quota_store,
    record::repeat,
    store,
};
use crate::{
    auth::{Right, Viewer},
    config::Limit,
    db::{WriteTransaction, bulk},
    error::{Error, Result},
    graphql::Long,
    input::{ID_CHARS, check_filter, check_name},
    tenant::{Tenant, TimeRange},
};

/// Longest time for which tokens are held.
const MAX_TTL_SECS: i64 = 86_400;

/// What became of a reservation that was asked for.
#[derive(Clone, Debug)]
pub(super) struct Reserved {
    /// None when the plan has not enough left.
    pub(super) reservation: Option<Model>,
    pub(super) quota: Quota,
}

/// What became of a reservation that was to end.
#[derive(Clone, Debug)]
pub(super) struct Ended {
    /// False when it had ended so before.
    pub(super) changed: bool,
    pub(super) reservation: Model,
    /// Of the call that was recorded.
    pub(super) cost_nanos: Option<i64>,
}

impl Billing {
    /// Holds tokens of the present period for some seconds. The same key again is the same
    /// reservation, whatever became of it.
    ///
    /// # Errors
    /// [`Error::Conflict`] for a known key with other tokens.
    pub(super) async fn reserve(
        &self,
        viewer: &Viewer,
        tokens: i64,
        ttl_secs: i64,
        key: Option<String>,
    ) -> Result<Reserved> {
        viewer.require(Right::ReserveTokens)?;
        check_tokens(tokens, 1)?;
        if !(1..=MAX_TTL_SECS).contains(&ttl_secs) {
            return Err(Error::bad_input("ttlSecs", ttl_secs, &format!("1 to {MAX_TTL_SECS}")));
        }
        key.as_deref().map_or(Ok(()), |key| check_name("key", key, ID_CHARS))?;
        let (tenant, now) = (&viewer.tenant, self.clock.now());
        let period = self.period(tenant)?.range(tenant);
        let wanted = reservation(tenant, (tokens, key), period, (now, ttl_secs));
        let transaction = self.db.of(&tenant.id).write().await?;
        bulk::hold(&*transaction, &format!("reservations of {}", tenant.id)).await?;
        let known =
            quota_store::find_reservation_by_key(&*transaction, &tenant.id, &wanted.reserve_key);
        let reservation = match known.await? {
            Some(known) if known.tokens != tokens => {
                let reason = format!(
                    "`key` {:?} has reserved {} tokens already, not {tokens}",
                    known.reserve_key, known.tokens
                );
                return Err(Error::Conflict(reason));
            }
            Some(known) => Some(known),
            None => self.insert_reservation(&transaction, tenant, wanted).await?,
        };
        let quota = self.standing(&*transaction, tenant).await?;
        transaction.commit().await?;
        Ok(Reserved { reservation, quota })
    }

    async fn insert_reservation(
        &self,
        transaction: &WriteTransaction,
        tenant: &Tenant,
        wanted: Model,
    ) -> Result<Option<Model>> {
        let plan = self.config.plan(tenant)?;
        let period = TimeRange { start: wanted.starts_at, end: wanted.ends_at };
        if quota_store::find_used(&**transaction, &tenant.id, period).await?.is_none() {
            quota_store::count_usage(&**transaction, &tenant.id, period, 0).await?;
        }
        let limit = (plan.limit == Limit::Hard).then_some(plan.tokens);
        let stored =
            quota_store::insert_reservation(&**transaction, &tenant.id, &wanted, limit).await?;
        Ok(stored.then_some(wanted))
    }

    /// Ends a reservation by the call it was made for, which is recorded with it: as `call` says,
    /// otherwise under the reservation's id. One that has expired is settled all the same, since the
    /// call was made.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when it was released, or settled with other tokens.
    pub(super) async fn settle(
        &self,
        viewer: &Viewer,
        id: &str,
        tokens: i64,
        call: Option<Call>,
    ) -> Result<Ended> {
        viewer.require(Right::ReserveTokens)?;
        check_tokens(tokens, 0)?;
        check_filter("id", Some(id))?;
        let (tenant, now) = (&viewer.tenant, self.clock.now());
        let mut call = call.unwrap_or_else(|| Call { tokens, ..Call::default() });
        if call.tokens != tokens {
            let expected = format!("`tokens` of the reservation, {tokens}");
            return Err(Error::bad_input("call.tokens", call.tokens, &expected));
        }
        call.request_id.get_or_insert_with(|| id.to_owned());
        let row = self.row(tenant, &call)?;
        let transaction = self.db.of(&tenant.id).write().await?;
        let end = (Status::Settled, Some(tokens));
        let ended = quota_store::end_reservation(&*transaction, &tenant.id, id, end, now).await?;
        let Some(reservation) = ended else {
            let known = find(&*transaction, tenant, id).await?;
            if (known.status, known.settled_tokens) != end {
                return Err(ended_otherwise(&known));
            }
            let ids = std::iter::once(row.request_id.as_str());
            let stored = store::list_calls(&*transaction, &tenant.id, ids).await?;
            let recorded = stored.get(&store::key(&row));
            let cost_nanos = recorded.and_then(|call| call.estimated_cost_nanos);
            return Ok(Ended { changed: false, reservation: known, cost_nanos });
        };
        let (cost_nanos, crossings) = self.record_settled(&transaction, tenant, &call, row).await?;
        transaction.commit().await?;
        self.announce(viewer, crossings).await;
        Ok(Ended { changed: true, reservation, cost_nanos })
    }

    /// Records the call of a reservation, unless it was recorded before; returns what it cost, and
    /// the marks it reached.
    async fn record_settled(
        &self,
        transaction: &WriteTransaction,
        tenant: &Tenant,
        call: &Call,
        row: token_usage::Model,
    ) -> Result<(Option<i64>, Vec<quota_crossing::Model>)> {
        let rows = [row];
        if store::insert_rows(&**transaction, &rows).await?.is_empty() {
            let [row] = &rows;
            let ids = std::iter::once(row.request_id.as_str());
            let stored = store::list_calls(&**transaction, &tenant.id, ids).await?;
            let known = repeat(call, &row.request_id, stored.get(&store::key(row)))?;
            return Ok((known.cost_nanos, Vec::new()));
        }
        let crossings = self.book(transaction, tenant, &rows).await?;
        Ok((rows[0].estimated_cost_nanos, crossings))
    }

    /// Gives the tokens of a reservation back.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when it was settled.
    pub(super) async fn release(&self, viewer: &Viewer, id: &str) -> Result<Ended> {
        viewer.require(Right::ReserveTokens)?;
        check_filter("id", Some(id))?;
        let (tenant, now) = (&viewer.tenant, self.clock.now());
        let transaction = self.db.of(&tenant.id).write().await?;
        let end = (Status::Released, None);
        let ended = quota_store::end_reservation(&*transaction, &tenant.id, id, end, now).await?;
        if let Some(reservation) = ended {
            transaction.commit().await?;
            return Ok(Ended { changed: true, reservation, cost_nanos: None });
        }
        let known = find(&*transaction, tenant, id).await?;
        if known.status != Status::Released {
            return Err(ended_otherwise(&known));
        }
        Ok(Ended { changed: false, reservation: known, cost_nanos: None })
    }

    /// How the plan stands, and whether so many tokens could be reserved now.
    pub(super) async fn check_quota(
        &self,
        viewer: &Viewer,
        tokens: i64,
    ) -> Result<(Quota, Period)> {
        viewer.require(Right::CheckQuota)?;
        check_tokens(tokens, 0)?;
        let snapshot = self.db.of(&viewer.tenant.id).snapshot().await?;
        let quota = self.standing(&snapshot, &viewer.tenant).await?;
        Ok((quota, self.period(&viewer.tenant)?))
    }

    /// What is used and held of the present period, as it was counted.
    async fn standing(&self, db: &impl ConnectionTrait, tenant: &Tenant) -> Result<Quota> {
        let plan = self.config.plan(tenant)?;
        let period = self.period(tenant)?.range(tenant);
        let used = match quota_store::find_used(db, &tenant.id, period).await? {
            Some(used) => used,
            None => day_store::sum_calls(db, &tenant.id, period).await?.tokens,
        };
        let now = self.clock.now();
        let reserved = quota_store::sum_reserved(db, &tenant.id, period, now).await?;
        Ok(Quota { used, reserved, total: plan.tokens, limit: plan.limit })
    }

    pub(super) fn period(&self, tenant: &Tenant) -> Result<Period> {
        let reset_day = self.config.plan(tenant)?.reset_day;
        Ok(period_of(tenant.day_of(self.clock.now()), reset_day))
    }
}

fn reservation(
    tenant: &Tenant,
    (tokens, key): (i64, Option<String>),
    period: TimeRange,
    (now, ttl_secs): (DateTime<Utc>, i64),
) -> Model {
    let id = Uuid::now_v7().to_string();
    Model {
        tenant_id: tenant.id.to_string(),
        reserve_key: key.unwrap_or_else(|| id.clone()),
        reservation_id: id,
        tokens,
        starts_at: period.start,
        ends_at: period.end,
        status: Status::Open,
        settled_tokens: None,
        created_at: now,
        expires_at: now + TimeDelta::seconds(ttl_secs),
        ended_at: None,
    }
}

async fn find(db: &impl ConnectionTrait, tenant: &Tenant, id: &str) -> Result<Model> {
    let found = quota_store::find_reservation(db, &tenant.id, id).await?;
    found.ok_or_else(|| Error::not_found("reservation", id))
}

fn ended_otherwise(known: &Model) -> Error {
    let id = &known.reservation_id;
    Error::Conflict(match known.settled_tokens {
        Some(tokens) => format!("reservation `{id}` is settled already with {tokens} tokens"),
        None => format!("reservation `{id}` is released already"),
    })
}

fn check_tokens(tokens: i64, least: i64) -> Result<()> {
    if (least..=Long::MAX).contains(&tokens) {
        return Ok(());
    }
    Err(Error::bad_input("tokens", tokens, &format!("{least} to 2^53 - 1")))
}
