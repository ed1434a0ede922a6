//! The name of a document: the SHA-256 of its text.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// The prefix that says how the name was made; it may be left out.
const PREFIX: &str = "sha256:";

/// The SHA-256 of a document's text in UTF-8.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// Reads 64 hexadecimal digits, with or without the prefix.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX).unwrap_or(text);
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).ok()?;
        Some(Self(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_that_of_the_specification() {
        // The example of GraphQL over HTTP's appendix on persisted documents.
        const HASH: &str = "71f7dc5758652baac68e4a10c50be732b741c892ade2883a99358f52b555286b";
        let digest = Digest::of("query($id:ID!){user(id:$id){name}}");
        assert_eq!(digest.to_string(), HASH);
        for id in [HASH.to_owned(), format!("sha256:{HASH}"), HASH.to_uppercase()] {
            assert_eq!(Digest::parse(&id), Some(digest));
        }
        for id in ["", "sha256:", "md5:0a", &HASH[1..], &format!("{HASH}00"), "é"] {
            assert_eq!(Digest::parse(id), None, "{id}");
        }
    }
}
