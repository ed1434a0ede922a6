//! Who is calling: tokens and keys become a [`Viewer`], and a viewer says what it may do.
//!
//! Start at [`Authenticator::authenticate`]. A key is kept as its BLAKE3 digest: 256 random bits
//! need no slow hash, and a slow one would be a gift to whoever floods the service. A public key is
//! used with the algorithm of its kind only. Why: `docs/adr/0033-identity.md`. What a role may do stands
//! in [`Right`] and nowhere else.

mod authenticator;
mod graphql;
mod jwks;
mod key;
mod public_key;
mod rights;
mod role;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod token;
mod viewer;

pub use self::{
    authenticator::Authenticator,
    graphql::ViewerQuery,
    key::{generate_key, key_digest},
    public_key::{EXPECTED as EXPECTED_KEY, PublicKey},
    rights::Right,
    role::Role,
    token::{issue_token, issue_token_for},
    viewer::{MAX_SUBJECT, Viewer, is_subject},
};
use crate::error::Error;

fn unauthenticated(reason: impl Into<String>) -> Error {
    Error::Unauthenticated(reason.into())
}
