//! Decides about audits: who may create, review and read them, and what a score leads to.

use std::sync::Arc;

use chrono::{DateTime, Days, Utc};
use entity::quality_audit::{ActiveModel, Model, Status};
use rust_decimal::Decimal;
use sea_orm::{ActiveValue::Set, IntoActiveModel as _};

use super::{
    grade,
    model::{AuditId, Filter, NewAudit, Review, Summary, status_name},
    store,
};
use crate::{
    answers::{Answers, Changes},
    auth::{Role, Viewer},
    clock::Clock,
    config::Config,
    db::Db,
    error::{Error, Result},
    graphql::paging::{Cursor, PageInfo, page_info, page_len},
    tenant::{Tenant, TimeRange},
};

/// Most audits of one numbered page.
const MAX_SIZE: i32 = 100;

/// The audits of tenants.
pub struct Quality {
    db: Db,
    clock: Arc<dyn Clock>,
    config: Arc<Config>,
    changes: Arc<Changes>,
    means: Answers<TimeRange, Option<Decimal>>,
}

/// One numbered page of audits.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) audits: Vec<Model>,
    /// All that match, on whatever page.
    pub(super) total: i64,
}

impl Quality {
    pub fn new(db: Db, clock: Arc<dyn Clock>, config: Arc<Config>, changes: Arc<Changes>) -> Self {
        let means = Answers::new(Arc::clone(&changes));
        Self { db, clock, config, changes, means }
    }

    /// Stores an audit under the tenant's next number, with the first entry of its history.
    pub async fn create(&self, viewer: &Viewer, new: NewAudit) -> Result<Model> {
        viewer.require(&[Role::Ingest, Role::Reviewer], "create audits")?;
        new.check()?;
        let now = self.clock.now();
        let transaction = self.db.write().await?;
        let number = store::next_number(&*transaction, &viewer.tenant.id).await?;
        let row = self.row(viewer, number, new, now);
        let audit = store::insert(&*transaction, row).await?;
        store::add_revision(&*transaction, &audit, &viewer.subject, None, now).await?;
        transaction.commit().await?;
        self.changes.add(&viewer.tenant.id);
        Ok(audit)
    }

    fn row(&self, viewer: &Viewer, number: i64, new: NewAudit, now: DateTime<Utc>) -> ActiveModel {
        let pass_mark = self.config.quality.pass_mark;
        ActiveModel {
            tenant_id: Set(viewer.tenant.id.to_string()),
            id: Set(number),
            session_id: Set(new.session_id),
            agent_id: Set(new.agent_id),
            customer_name: Set(new.customer_name),
            score: Set(new.score.value()),
            status: Set(new.score.first_status(new.audit_type, pass_mark)),
            audit_type: Set(new.audit_type),
            issues: Set(new.issues),
            session_type: Set(new.session_type),
            audited_at: Set(now),
            reviewed_by: Set(None),
            reviewed_at: Set(None),
            created_at: Set(now),
        }
    }

    /// Sets the final score of an audit that waits for a person. Of two reviewers at once the
    /// second finds it decided.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it does not wait, [`Error::Forbidden`] for the agent of the
    /// session, [`Error::NotFound`] for an id the tenant does not have.
    pub async fn review(&self, viewer: &Viewer, id: &str, review: Review) -> Result<Model> {
        viewer.require(&[Role::Reviewer], "review audits")?;
        review.check()?;
        let number = AuditId::parse(id).ok_or_else(|| Error::not_found("audit", id))?.0;
        let transaction = self.db.write().await?;
        let waiting = store::find_locked(&*transaction, &viewer.tenant.id, number).await?;
        let waiting = waiting.ok_or_else(|| Error::not_found("audit", id))?;
        check_reviewable(viewer, &waiting)?;
        let now = self.clock.now();
        let mut decided = waiting.into_active_model();
        decided.score = Set(review.score.value());
        decided.status = Set(review.score.final_status(self.config.quality.pass_mark));
        decided.reviewed_by = Set(Some(viewer.subject.to_string()));
        decided.reviewed_at = Set(Some(now));
        let audit = store::update(&*transaction, decided).await?;
        store::add_revision(&*transaction, &audit, &viewer.subject, review.comment, now).await?;
        transaction.commit().await?;
        self.changes.add(&viewer.tenant.id);
        Ok(audit)
    }

    /// One audit; none for an id that the tenant does not have or that is none.
    pub async fn find(&self, viewer: &Viewer, id: &str) -> Result<Option<Model>> {
        require_reader(viewer)?;
        match AuditId::parse(id) {
            Some(number) => store::find(self.db.pool(), &viewer.tenant.id, number.0).await,
            None => Ok(None),
        }
    }

    /// Counts the tenant's audits by where they stand.
    pub async fn summary(&self, viewer: &Viewer) -> Result<Summary> {
        require_reader(viewer)?;
        store::count_by_status(self.db.pool(), &viewer.tenant.id).await
    }

    /// Lists one numbered page, newest first, and counts all that match, at the same instant.
    pub(super) async fn records(
        &self,
        viewer: &Viewer,
        page: i32,
        size: i32,
        filter: &Filter,
    ) -> Result<Page> {
        require_reader(viewer)?;
        filter.check()?;
        let (skip, len) = numbered_page(page, size)?;
        let snapshot = self.db.snapshot().await?;
        let tenant = &viewer.tenant.id;
        let total = store::count(&snapshot, tenant, filter).await?;
        let audits = store::list_page(&snapshot, tenant, filter, skip, len).await?;
        Ok(Page { audits, total })
    }

    /// Lists the `first` audits after a cursor, newest first.
    pub async fn audits(
        &self,
        viewer: &Viewer,
        first: i32,
        after: Option<&str>,
        filter: &Filter,
    ) -> Result<(Vec<Model>, PageInfo)> {
        require_reader(viewer)?;
        filter.check()?;
        let len = page_len("first", first)?;
        let key = after.map(sort_key).transpose()?;
        let tenant = &viewer.tenant.id;
        let mut audits = store::list_after(self.db.pool(), tenant, filter, key, len + 1).await?;
        let info = page_info(&mut audits, len, after.is_some(), cursor);
        Ok((audits, info))
    }

    /// The mean of the final scores audited within `range`; none without any.
    pub async fn mean_score(&self, tenant: &Tenant, range: TimeRange) -> Result<Option<Decimal>> {
        let make = async || store::mean_final_score(self.db.pool(), &tenant.id, range).await;
        self.means.get(&tenant.id, range, self.clock.now(), make).await
    }

    /// The grade of the last 30 days, today included, in the tenant's language; none without a
    /// final score in them.
    pub async fn grade(&self, tenant: &Tenant) -> Result<Option<&'static str>> {
        let today = tenant.day_of(self.clock.now());
        let first = today.checked_sub_days(Days::new(grade::DAYS - 1)).unwrap_or(today);
        let mean = self.mean_score(tenant, tenant.days(first, today)).await?;
        Ok(mean.map(|mean| grade::grade(mean, tenant.language)))
    }
}

/// The cursor of an audit in the list of [`Quality::audits`].
pub(super) fn cursor(audit: &Model) -> String {
    Cursor { at: audit.audited_at, id: audit.id.to_string() }.encode()
}

fn sort_key(after: &str) -> Result<(DateTime<Utc>, i64)> {
    let cursor = Cursor::decode(after)?;
    let number = cursor.id.parse();
    let number =
        number.map_err(|_| Error::bad_text("after", after, "a cursor of an earlier page"))?;
    Ok((cursor.at, number))
}

fn require_reader(viewer: &Viewer) -> Result<()> {
    viewer.require(&[Role::Viewer], "read audits")
}

fn check_reviewable(viewer: &Viewer, audit: &Model) -> Result<()> {
    if audit.agent_id.as_deref() == Some(&*viewer.subject) {
        return Err(Error::Forbidden("review your own session".to_owned()));
    }
    if audit.status != Status::PendingReview {
        let (id, status) = (AuditId(audit.id), status_name(audit.status));
        return Err(Error::Conflict(format!("audit `{id}` is {status}, not PENDING_REVIEW")));
    }
    Ok(())
}

/// How many rows come before a page, and how many make it.
fn numbered_page(page: i32, size: i32) -> Result<(u64, u64)> {
    let Some(before) = u64::try_from(page).ok().and_then(|page| page.checked_sub(1)) else {
        return Err(Error::bad_input("page", page, "1 or more"));
    };
    match u64::try_from(size) {
        Ok(len) if len > 0 && size <= MAX_SIZE => Ok((before * len, len)),
        _ => Err(Error::bad_input("size", size, &format!("1 to {MAX_SIZE}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_count_from_one_and_hold_up_to_a_hundred() {
        let cases = [
            (1, 10, Ok((0, 10))),
            (3, 100, Ok((200, 100))),
            (i32::MAX, 100, Ok((214_748_364_600, 100))),
            (0, 10, Err("`page` is 0, expected 1 or more")),
            (-1, 10, Err("`page` is -1, expected 1 or more")),
            (1, 0, Err("`size` is 0, expected 1 to 100")),
            (1, 1_000, Err("`size` is 1000, expected 1 to 100")),
        ];
        for (page, size, expected) in cases {
            let found = numbered_page(page, size).map_err(|error| error.to_string());
            assert_eq!(found, expected.map_err(str::to_owned), "{page} {size}");
        }
    }
}
