//! The API as its callers see it: over HTTP, on real stores.
//!
//! Without `TEST_DATABASE_URL` and `TEST_REDIS_URL` the service runs on its embedded stores; with
//! them (`tests/with-servers.sh`) on PostgreSQL and Redis, and with `TEST_REDIS_CLUSTER_URL` on a
//! Redis Cluster. The tests are the same.

#![expect(clippy::duplicate_mod, reason = "`engine` runs the tests of `events` another way")]
#![expect(clippy::needless_pass_by_value, reason = "helpers that arrange read better so")]

mod harness;

mod abandoned;
mod access;
mod agents;
mod alerts;
mod audit_lists;
mod billing;
mod books;
mod cluster;
mod conformance;
mod conversations;
mod demo;
mod engine;
mod errors;
mod events;
mod examples;
mod export;
mod exported_figures;
mod figures;
mod floor;
mod floor_state;
mod forecast;
mod identity;
mod isolation;
mod limits;
mod live;
mod metrics;
mod order;
mod outage;
mod own;
mod plans;
mod precompiled;
mod proof;
mod quality;
mod quarantine;
mod readiness;
mod redis;
mod replay;
mod replicas;
mod replicated;
mod retention;
mod rollup;
mod schema;
mod sentinel;
mod sessions;
mod spelling;
mod stop;
mod trace;
mod webhook;
