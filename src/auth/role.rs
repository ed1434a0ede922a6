//! What kinds of callers there are.

use async_graphql::Enum;
use serde::{Deserialize, Serialize};

/// What a caller may do.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum, Enum,
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sends events, token usage, agent status and audits.
    Ingest,
    /// Reads figures, events and audits of its tenant.
    Viewer,
    /// Reads, creates and reviews audits.
    Reviewer,
    /// Sees and does what is its own: the subject is the agent's id.
    Agent,
    /// Everything, in every tenant.
    Operator,
}

impl Role {
    pub const ALL: [Self; 5] =
        [Self::Ingest, Self::Viewer, Self::Reviewer, Self::Agent, Self::Operator];

    pub fn name(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Viewer => "viewer",
            Self::Reviewer => "reviewer",
            Self::Agent => "agent",
            Self::Operator => "operator",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_has_one_name_everywhere() {
        for role in Role::ALL {
            assert_eq!(serde_json::to_value(role).unwrap(), role.name());
            assert_eq!(Role::named(role.name()), Some(role));
        }
        assert_eq!(Role::named("king"), None);
    }
}
