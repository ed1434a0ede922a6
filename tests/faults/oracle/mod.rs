//! The figures as `docs/metrics.md` and `docs/events.md` define them, computed from a set of events
//! by the plainest code there is. It shares nothing with the service.

mod days;
mod floor;
mod session;

pub(crate) use self::{
    days::{Days, Figures},
    floor::{Floor, floor},
    session::{Session, sessions},
};
