//! Chooses the media type of an answer from `Accept` (RFC 9110 §12.5.1, GraphQL over HTTP).

use axum::http::{HeaderMap, header};

/// The media types of a GraphQL answer. The first two differ in the status of request errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum MediaType {
    /// `application/graphql-response+json`: also where the client leaves the choice to us.
    #[default]
    GraphqlResponse,
    /// `application/json`
    Json,
    /// `text/event-stream`: a stream of results, only for who names it.
    EventStream,
}

impl MediaType {
    const ALL: [Self; 3] = [Self::GraphqlResponse, Self::Json, Self::EventStream];

    /// Type and subtype.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::GraphqlResponse => ("application", "graphql-response+json"),
            Self::Json => ("application", "json"),
            Self::EventStream => ("text", "event-stream"),
        }
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
            Self::EventStream => "text/event-stream; charset=utf-8",
        }
    }
}

/// The best acceptable media type; `None` when the client accepts none.
///
/// Of equal weights the one that is listed first wins, and a wildcard means our choice, which is
/// never a stream: who sends one expects a single answer.
pub(super) fn negotiate(headers: &HeaderMap) -> Option<MediaType> {
    let values = headers.get_all(header::ACCEPT).iter();
    let accept = values.filter_map(|value| value.to_str().ok()).collect::<Vec<_>>().join(",");
    let ranges: Vec<Range> = accept.split(',').filter_map(Range::parse).collect();
    if accept.trim().is_empty() {
        return Some(MediaType::default());
    }
    let weighed = MediaType::ALL.into_iter().filter_map(|media| {
        let matching = ranges.iter().enumerate().filter(|(_, range)| range.covers(media));
        let (place, range) = matching.max_by_key(|(_, range)| range.precision)?;
        (range.weight > 0).then_some((media, range.weight, place))
    });
    let best = weighed.min_by_key(|&(_, weight, place)| (std::cmp::Reverse(weight), place));
    best.map(|(media, _, _)| media)
}

/// One element of `Accept`.
struct Range {
    kind: String,
    subtype: String,
    /// `q` in thousandths.
    weight: u16,
    /// A range that names more goes before one that names less.
    precision: u8,
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let (kind, subtype) = (kind.to_ascii_lowercase(), subtype.to_ascii_lowercase());
        let precision = u8::from(kind != "*") + u8::from(subtype != "*");
        let mut range = Self { kind, subtype, weight: 1_000, precision };
        for parameter in parts {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "q" => range.weight = weight(value)?,
                "charset" if !value.eq_ignore_ascii_case("utf-8") => return None,
                _ => {}
            }
        }
        Some(range)
    }

    fn covers(&self, media: MediaType) -> bool {
        let (kind, subtype) = media.names();
        let any = |given: &str| given == "*" && media != MediaType::EventStream;
        (self.kind == kind || any(&self.kind)) && (self.subtype == subtype || any(&self.subtype))
    }
}

/// `q` in thousandths; none for what is no weight.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1,000")]
pub(super) fn weight(value: &str) -> Option<u16> {
    let weight = value.parse::<f32>().ok().filter(|weight| (0.0..=1.0).contains(weight))?;
    Some((weight * 1_000.0).round() as u16)
}

#[cfg(test)]
mod tests {
    use MediaType::{EventStream, GraphqlResponse, Json};

    use super::*;

    #[test]
    fn the_best_acceptable_media_type_is_chosen() {
        let cases = [
            ("", Some(GraphqlResponse)),
            ("*/*", Some(GraphqlResponse)),
            ("application/*", Some(GraphqlResponse)),
            ("application/json", Some(Json)),
            ("Application/JSON; charset=UTF-8", Some(Json)),
            ("application/json; charset=latin1", None),
            ("application/graphql-response+json", Some(GraphqlResponse)),
            ("application/json, application/graphql-response+json", Some(Json)),
            ("application/json;q=0.9, application/graphql-response+json", Some(GraphqlResponse)),
            ("application/graphql-response+json;q=0, */*", Some(Json)),
            ("application/json, */*;q=0.1", Some(Json)),
            ("text/html, application/xml;q=0.9, */*;q=0.8", Some(GraphqlResponse)),
            ("text/html", None),
            ("application/json;q=0", None),
            ("text/event-stream", Some(EventStream)),
            ("Text/Event-Stream; charset=utf-8, */*;q=0.5", Some(EventStream)),
            ("text/event-stream, application/json", Some(EventStream)),
            ("application/json, text/event-stream", Some(Json)),
            ("text/event-stream;q=0.1, application/json", Some(Json)),
            ("text/event-stream;q=0", None),
            ("text/*", None),
            ("application/json;q=0, application/graphql-response+json;q=0, */*", None),
            ("nonsense", None),
        ];
        for (accept, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().unwrap());
            assert_eq!(negotiate(&headers), expected, "{accept}");
        }
        assert_eq!(negotiate(&HeaderMap::new()), Some(GraphqlResponse));
    }
}
