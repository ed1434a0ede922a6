//! What `deskpulse demo` asks a service.

pub(crate) const START: &str = "mutation StartDemo { startDemo { state } }";
pub(crate) const REMOVE: &str = "mutation RemoveDemo { removeDemo { state } }";
pub(crate) const LOOK: &str =
    "query Demo { viewer { timeZone demo { state daysFilled days startedAt } } }";

/// All of it.
pub const DOCUMENTS: [&str; 3] = [START, REMOVE, LOOK];
