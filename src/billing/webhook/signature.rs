//! Signatures as Standard Webhooks 1.0.0 writes them, `v1`: HMAC-SHA256 over id, time and body.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::unmade;
use crate::error::Result;

/// The signatures by each key, as they stand in the header.
pub(super) fn signatures(
    keys: &[Vec<u8>],
    id: &str,
    timestamp: i64,
    body: &[u8],
) -> Result<String> {
    let signatures = keys.iter().map(|key| sign(key, id, timestamp, body));
    Ok(signatures.collect::<Result<Vec<_>>>()?.join(" "))
}

fn sign(key: &[u8], id: &str, timestamp: i64, body: &[u8]) -> Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(unmade)?;
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that the libraries of Standard Webhooks are tested with.
    #[test]
    fn the_example_of_the_specification_has_its_signature() {
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let (id, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", br#"{"test": 2432232314}"#);
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(
            signatures(std::slice::from_ref(&key), id, 1_614_265_330, body).unwrap(),
            expected
        );
        let both = signatures(&[key, vec![7; 24]], id, 1_614_265_330, body).unwrap();
        let (first, second) = both.split_once(' ').unwrap();
        assert_eq!(first, expected);
        assert!(second.starts_with("v1,") && second != expected);
    }
}
