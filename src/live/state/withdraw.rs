//! Takes back what was published of a tenant under the seed's keys.

use chrono::Days;
use redis::AsyncCommands as _;

use super::FloorState;
use crate::{error::Result, live::publish::DAYS_PUBLISHED, tenant::Tenant};

impl FloorState {
    /// Deletes the keys of a tenant that is empty, those of these agents among them. What is to be
    /// published of it is so again, without them.
    pub(in crate::live) async fn withdraw(&self, tenant: &Tenant, agents: &[&str]) -> Result<()> {
        let (keys, id, today) = (&self.keys, &tenant.id, tenant.day_of(self.clock.now()));
        let channels = tenant.channels.keys().map(|channel| keys.channel(id, channel));
        let agents = agents.iter().map(|agent| keys.agent(id, agent));
        let days = (0..DAYS_PUBLISHED).filter_map(|back| today.checked_sub_days(Days::new(back)));
        let days = days.flat_map(|day| [keys.daily(id, day), keys.billing(id, day)]);
        for key in channels.chain(agents).chain(days).chain([keys.overview(id)]) {
            // One by one: on a cluster each may be elsewhere.
            self.redis.clone().del::<_, ()>(key).await?;
        }
        Ok(())
    }
}
