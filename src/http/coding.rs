//! Chooses the coding of a file from `Accept-Encoding` (RFC 9110 §12.5.3).

use axum::http::{HeaderMap, header};

use super::accept::weight;

/// How a file is written for the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Brotli,
    Gzip,
    /// As it is.
    Identity,
}

impl Coding {
    /// The name of the coding; none for a file as it is.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }

    /// What the name of a file so written ends in.
    pub(super) fn ending(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
            Self::Identity => "",
        }
    }
}

/// The codings that a client takes, the one to try first in front. A file as it is comes last,
/// whatever the client says of it: it is better than none.
pub(super) fn accepted(headers: &HeaderMap) -> Vec<Coding> {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter();
    let values: Vec<_> = values.filter_map(|value| value.to_str().ok()).collect();
    let weights: Vec<_> =
        values.iter().flat_map(|value| value.split(',')).filter_map(weighed).collect();
    let of = |name: &str| {
        let named = weights.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        named.or_else(|| weights.iter().find(|(known, _)| *known == "*")).map_or(0, |(_, of)| *of)
    };
    let mut codings = vec![(Coding::Brotli, of("br")), (Coding::Gzip, of("gzip"))];
    codings.retain(|(_, weight)| *weight > 0);
    // Stable: of equal weights the smaller file goes first.
    codings.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    codings.into_iter().map(|(coding, _)| coding).chain([Coding::Identity]).collect()
}

/// A coding with its weight in thousandths.
fn weighed(element: &str) -> Option<(&str, u16)> {
    let (name, parameter) = element.split_once(';').unwrap_or((element, "q=1"));
    let (key, value) = parameter.split_once('=')?;
    key.trim().eq_ignore_ascii_case("q").then_some(())?;
    Some((name.trim(), weight(value.trim())?))
}

#[cfg(test)]
mod tests {
    use Coding::{Brotli, Gzip, Identity};

    use super::*;

    #[test]
    fn the_smallest_file_is_chosen_that_the_client_takes() {
        let cases: [(&str, &[Coding]); 10] = [
            ("gzip, deflate, br, zstd", &[Brotli, Gzip, Identity]),
            ("gzip", &[Gzip, Identity]),
            ("BR;Q=0.5, gzip;q=0.5", &[Brotli, Gzip, Identity]),
            ("br;q=0.1, gzip;q=0.9", &[Gzip, Brotli, Identity]),
            ("br;q=0, gzip", &[Gzip, Identity]),
            ("*", &[Brotli, Gzip, Identity]),
            ("br;q=0, *;q=0.5", &[Gzip, Identity]),
            ("gzip;q=0", &[Identity]),
            ("br;q=2, gzip;level=1", &[Identity]),
            ("", &[Identity]),
        ];
        for (given, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, given.parse().unwrap());
            assert_eq!(accepted(&headers), expected, "{given}");
        }
        assert_eq!(accepted(&HeaderMap::new()), [Identity]);
    }
}
