//! What stands for a session's id where many are remembered.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasherDefault, Hasher},
    ops::Deref,
    sync::LazyLock,
};

use bytestring::ByteString;
use xxhash_rust::xxh3::xxh3_128_with_seed;

/// The id of the session that an event belongs to, with what stands for it.
#[derive(Clone, Debug)]
pub struct SessionId {
    text: ByteString,
    key: SessionKey,
}

impl SessionId {
    pub(crate) fn key(&self) -> SessionKey {
        self.key
    }
}

impl<T: Into<ByteString>> From<T> for SessionId {
    fn from(text: T) -> Self {
        let text = text.into();
        Self { key: SessionKey::of(&text), text }
    }
}

impl Deref for SessionId {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl PartialEq for SessionId {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for SessionId {}

/// The digest of a session's id under a seed of this process: nobody can tell which ids have one
/// digest. It is a quarter of the memory, and compared without a look at the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SessionKey(u128);

/// Some sessions.
pub(crate) type SessionKeys = HashSet<SessionKey, BuildHasherDefault<AsItIs>>;

/// What is known of sessions.
pub(crate) type BySession<T> = HashMap<SessionKey, T, BuildHasherDefault<AsItIs>>;

impl SessionKey {
    pub(crate) fn of(session_id: &str) -> Self {
        static SEED: LazyLock<u64> = LazyLock::new(rand::random);
        Self(xxh3_128_with_seed(session_id.as_bytes(), *SEED))
    }
}

/// A key is a digest already.
#[derive(Debug, Default)]
pub(crate) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write_u128(&mut self, key: u128) {
        self.write(&key.to_le_bytes());
    }

    fn write(&mut self, bytes: &[u8]) {
        let (low, _) = bytes.split_first_chunk().unwrap_or((&[0; 8], &[]));
        self.0 = u64::from_le_bytes(*low);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
