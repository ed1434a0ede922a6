//! Changes of a tenant, for whoever looks again by itself.

use std::time::Duration;

use futures_util::{Stream, stream};

use super::{Live, watch::next_change};
use crate::tenant::TenantId;

/// After so long one looks again without having heard of a change: not every notice arrives, and time
/// alone changes what is so.
const UNHEARD: Duration = Duration::from_secs(10);

impl Live {
    /// An item for what has changed of a tenant, at most once in `live.refresh_ms`, and at least every
    /// ten seconds.
    pub(crate) fn changes_of(&self, tenant: &TenantId) -> impl Stream<Item = ()> + use<> {
        let pause = Duration::from_millis(self.config().live.refresh_ms);
        let heard = (self.notices(), tenant.clone());
        stream::unfold(heard, move |(mut notices, tenant)| async move {
            let _ = tokio::time::timeout(UNHEARD, next_change(&mut notices, &tenant)).await;
            tokio::time::sleep(pause).await;
            // What came meanwhile is seen by the look that follows.
            let notices = notices.resubscribe();
            Some(((), (notices, tenant)))
        })
    }
}
