//! The page at `/playground`, embedded from `playground/dist` as Vite built it.
//!
//! The folder may be missing when the service is built: then a short page says how to build it.

use axum::{
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse as _, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::answer;

#[derive(RustEmbed)]
#[folder = "playground/dist/"]
#[allow_missing = true]
struct Dist;

const INDEX: &str = "index.html";

const MISSING: &str = include_str!("playground_missing.html");

/// Whether the page was there when the service was built.
pub fn is_embedded() -> bool {
    Dist::get(INDEX).is_some()
}

/// Serves the page itself.
pub(super) async fn index(headers: HeaderMap) -> Response {
    match Dist::get(INDEX) {
        Some(file) => serve(INDEX, file, &headers),
        None => ([(header::CACHE_CONTROL, "no-cache")], Html(MISSING)).into_response(),
    }
}

/// Serves a file of the page.
pub(super) async fn file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    match Dist::get(&path) {
        Some(file) => serve(&path, file, &headers),
        None => answer::not_found().await,
    }
}

fn serve(path: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    let digest = blake3::Hash::from_bytes(file.metadata.sha256_hash()).to_hex();
    let etag = format!("\"{}\"", &digest[..32]);
    // Vite puts a digest into the names of what it puts under `assets`.
    let cache = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut response = if matches(headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, content_type(path))], file.data).into_response()
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Ok(value) = HeaderValue::from_str(&etag) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}

/// Whether the client has this version (RFC 9110 §13.1.2).
fn matches(headers: &HeaderMap, etag: &str) -> bool {
    let known =
        headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known
        .flat_map(|value| value.split(','))
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag == etag || tag == "*")
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "ttf" => "font/ttf",
        "woff" => "font/woff",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "txt" | "graphql" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_version_is_not_sent_again() {
        for (given, known) in [
            ("\"a\"", true),
            ("W/\"a\"", true),
            ("\"b\", \"a\"", true),
            ("*", true),
            ("\"b\"", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, given.parse().unwrap());
            assert_eq!(matches(&headers, "\"a\""), known, "{given}");
        }
    }

    #[test]
    fn files_of_the_page_have_their_types() {
        assert_eq!(content_type("assets/editor.worker-1a2b.js"), "text/javascript; charset=utf-8");
        assert_eq!(content_type("assets/codicon.ttf"), "font/ttf");
    }
}
