//! What the tracker promises, held against processes that really die.
//!
//! Every test here starts the built binary beside a PostgreSQL and a Redis of its own (or the
//! embedded store), breaks something, and compares what was acknowledged with what is stored.
//! Start reading in [`runs`]; `docs/reliability.md` says what is broken and how often.
//!
//! | module | what it is for |
//! |---|---|
//! | [`harness`] | Processes that can be killed, frozen, cut off and started again. |
//! | [`traffic`] | Eight producers that retry with the same ids, and what they were told. |
//! | [`plan`] | Which fault comes when, from a seed. |
//! | [`oracle`] | The figures, computed from the acknowledged events alone. |
//! | [`check`] | The comparison at the end. |

mod check;
mod harness;
mod oracle;
mod plan;
mod traffic;

mod disk;
mod garbage;
mod live;
mod memory;
mod outage;
mod pushed;
mod runs;
mod stalled;
mod stop;
