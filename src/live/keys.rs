//! The names of Redis keys: the seed's for the tenant `default`, with a hash tag for the others.

use chrono::NaiveDate;
use uuid::Uuid;

use crate::tenant::TenantId;

/// Makes keys below one prefix.
#[derive(Clone, Debug)]
pub struct Keys {
    prefix: String,
}

impl Keys {
    pub fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned() }
    }

    fn of(&self, tenant: &TenantId, tail: &str) -> String {
        let prefix = &self.prefix;
        if tenant.as_str() == TenantId::DEFAULT {
            format!("{prefix}:{tail}")
        } else {
            format!("{prefix}:{{{tenant}}}:{tail}")
        }
    }

    pub fn overview(&self, tenant: &TenantId) -> String {
        self.of(tenant, "realtime:overview")
    }

    pub fn channel(&self, tenant: &TenantId, id: &str) -> String {
        self.of(tenant, &format!("realtime:channels:{id}"))
    }

    pub fn agent(&self, tenant: &TenantId, id: &str) -> String {
        self.of(tenant, &format!("realtime:agents:{id}"))
    }

    pub fn daily(&self, tenant: &TenantId, date: NaiveDate) -> String {
        self.of(tenant, &format!("daily:{date}"))
    }

    pub fn billing(&self, tenant: &TenantId, date: NaiveDate) -> String {
        self.of(tenant, &format!("billing:{date}"))
    }

    pub fn event_buffer(&self, tenant: &TenantId) -> String {
        self.of(tenant, "event_buffer")
    }

    /// The list of one claimed batch, in the slot of the buffer.
    pub fn claimed(&self, tenant: &TenantId, batch: Uuid) -> String {
        format!("{}{batch}", self.claims(tenant))
    }

    /// What the lists of all claimed batches begin with.
    pub fn claims(&self, tenant: &TenantId) -> String {
        format!("{}:p:", self.in_slot_of_buffer(tenant))
    }

    /// The leases of claimed batches, in the slot of the buffer.
    pub fn leases(&self, tenant: &TenantId) -> String {
        format!("{}:leases", self.in_slot_of_buffer(tenant))
    }

    /// A hash tag equal to a whole key falls into that key's slot.
    fn in_slot_of_buffer(&self, tenant: &TenantId) -> String {
        let buffer = self.event_buffer(tenant);
        if buffer.contains('{') { buffer } else { format!("{{{buffer}}}") }
    }

    /// The version of the floor, and what it looked like, in the slot of the state.
    pub fn version(&self, tenant: &TenantId) -> String {
        format!("{}:{{{tenant}}}:live:version", self.prefix)
    }

    /// The state of the floor, in the order in which its scripts take it: about it, sessions, those
    /// that are started and those that are not by when they were heard of, those that someone has
    /// in hand, those that wait, those that have ended, agents, channels, the lease of a rebuild.
    pub fn state(&self, tenant: &TenantId) -> [String; 10] {
        let prefix = &self.prefix;
        let of = |tail: &str| format!("{prefix}:{{{tenant}}}:live:{tail}");
        [
            of("state"),
            of("sessions"),
            of("active"),
            of("other"),
            of("busy"),
            of("queue"),
            of("ended"),
            of("agents"),
            of("channels"),
            of("rebuild"),
        ]
    }

    /// How much of its rate a caller has used.
    pub fn rate(&self, tenant: &TenantId, caller: &str) -> String {
        format!("{}:{{{tenant}}}:rate:{caller}", self.prefix)
    }

    /// Held by the replica that compares the state with the database's.
    pub fn verification(&self, tenant: &TenantId) -> String {
        format!("{}:{{{tenant}}}:live:verification", self.prefix)
    }

    /// The replicas that live, by when each was last heard of.
    pub fn replicas(&self) -> String {
        format!("{}:live:replicas", self.prefix)
    }

    /// The channel on which replicas tell each other of changes.
    pub fn changes(&self) -> String {
        format!("{}:changes", self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_tenant_has_the_seed_s_keys() {
        let keys = Keys::new("analytics");
        let tenant = TenantId::new("default");
        assert_eq!(keys.overview(&tenant), "analytics:realtime:overview");
        assert_eq!(keys.event_buffer(&tenant), "analytics:event_buffer");
        assert_eq!(keys.leases(&tenant), "{analytics:event_buffer}:leases");
    }

    #[test]
    fn another_tenant_s_keys_share_its_hash_tag() {
        let keys = Keys::new("analytics");
        let tenant = TenantId::new("acme");
        assert_eq!(keys.agent(&tenant, "7"), "analytics:{acme}:realtime:agents:7");
        assert_eq!(keys.leases(&tenant), "analytics:{acme}:event_buffer:leases");
        assert_eq!(keys.state(&tenant)[0], "analytics:{acme}:live:state");
    }
}
