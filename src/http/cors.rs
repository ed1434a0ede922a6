//! Lets pages of other origins call the API: those that are listed, and by default none.
//!
//! Without a list there is no header of CORS at all, and a browser keeps every answer from foreign
//! pages; what they can send without asking first is refused by its content type. No cookies are
//! allowed with a call: who calls says so in `Authorization`.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How long a browser need not ask again.
const MAX_AGE: Duration = Duration::from_hours(1);

/// The layer for these origins; none without any.
pub(super) fn layer(origins: &[String]) -> Option<CorsLayer> {
    let listed: Vec<_> =
        origins.iter().filter_map(|text| HeaderValue::from_str(text).ok()).collect();
    let layer = CorsLayer::new()
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, REQUEST_ID])
        .expose_headers([REQUEST_ID, header::RETRY_AFTER, header::WWW_AUTHENTICATE])
        .max_age(MAX_AGE);
    (!listed.is_empty()).then(|| layer.allow_origin(AllowOrigin::list(listed)))
}

/// Whether foreign pages may have a reason to call an address.
pub(super) fn concerns(path: &str) -> bool {
    path == "/graphql" || path.starts_with("/export/") || path.starts_with("/intake/")
}
