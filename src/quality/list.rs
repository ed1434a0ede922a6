//! Lists of audits, by number of the page and by cursor.
//!
//! A tenant with many audits is answered from the picture in memory, which says which audits make a page and
//! how many there are; the audits themselves are read in the snapshot that the picture is of. All others are
//! answered by the database alone. Both give the same.

use chrono::{DateTime, Utc};
use entity::quality_audit::Model;

use super::{
    filter::{Filter, Sort},
    index::{Found, Picture},
    service::Quality,
    store,
};
use crate::{
    auth::{Right, Viewer},
    error::{Error, Result},
    graphql::paging::{Cursor, PageInfo, page_info, page_len},
    tenant::TenantId,
};

/// Most audits of one numbered page.
const MAX_SIZE: i32 = 100;

/// One numbered page of audits.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) audits: Vec<Model>,
    /// All that match, on whatever page.
    pub(super) total: i64,
}

impl Quality {
    /// Lists one numbered page and counts all that match, at the same instant.
    pub(super) async fn records(
        &self,
        viewer: &Viewer,
        page: i32,
        size: i32,
        filter: &Filter,
        sort: Sort,
    ) -> Result<Page> {
        let own = viewer.scope(Right::ReadAudits)?;
        filter.check()?;
        let place = numbered_page(page, size)?;
        let tenant = &viewer.tenant.id;
        let Some(filter) = &filter.of_agent(own) else {
            return Ok(Page { audits: Vec::new(), total: 0 });
        };
        if !is_for_database(filter) {
            let wanted = filter.clone();
            let number = move |picture: &Picture| picture.page(&wanted, sort, place);
            if let Some(found) = self.index().ask(tenant, number).await? {
                let total = found.answer.0;
                let audits = self.numbered(tenant, found.map(|(_, numbers)| numbers)).await?;
                if let Some(audits) = audits {
                    return Ok(Page { audits, total });
                }
            }
        }
        let snapshot = self.db().of(tenant).snapshot().await?;
        let total = store::count(&snapshot, tenant, filter).await?;
        let audits = store::list_page(&snapshot, tenant, filter, sort, place).await?;
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
        let own = viewer.scope(Right::ReadAudits)?;
        filter.check()?;
        let len = page_len("first", first)?;
        let key = after.map(sort_key).transpose()?;
        let mut audits = match &filter.of_agent(own) {
            Some(filter) => self.list_after(&viewer.tenant.id, filter, key, len + 1).await?,
            None => Vec::new(),
        };
        let info = page_info(&mut audits, len, after.is_some(), cursor);
        Ok((audits, info))
    }

    async fn list_after(
        &self,
        tenant: &TenantId,
        filter: &Filter,
        after: Option<(DateTime<Utc>, i64)>,
        len: u64,
    ) -> Result<Vec<Model>> {
        // By time alone the database walks its index, and reads nothing that it does not answer.
        if !is_for_database(filter) && filter.without_range() != Filter::default() {
            let wanted = filter.clone();
            let number = move |picture: &Picture| picture.after(&wanted, after, len);
            if let Some(found) = self.index().ask(tenant, number).await?
                && let Some(audits) = self.numbered(tenant, found).await?
            {
                return Ok(audits);
            }
        }
        store::list_after(&self.db().of(tenant), tenant, filter, after, len).await
    }

    /// The audits that a picture has named, read in its snapshot; none when one is not there, so that the
    /// picture was of no use.
    async fn numbered(
        &self,
        tenant: &TenantId,
        found: Found<Vec<i64>>,
    ) -> Result<Option<Vec<Model>>> {
        let audits = store::list_numbered(&found.snapshot, tenant, &found.answer).await?;
        if audits.len() == found.answer.len() {
            return Ok(Some(audits));
        }
        tracing::warn!(%tenant, "audits were removed by someone else; their picture is made anew");
        self.index().forget(tenant);
        Ok(None)
    }
}

/// Whether a filter leaves so little that the database finds it by an index of its own.
fn is_for_database(filter: &Filter) -> bool {
    filter.session_id.is_some()
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
