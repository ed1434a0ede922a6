//! The pages and the playground, embedded from `playground/dist` as Vite built them.
//!
//! The folder may be missing when the service is built: then a short page says how to build it.
//! Beside a file there may be the same one compressed, `X.br` and `X.gz`, for clients that take it.

use std::borrow::Cow;

use axum::{
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse as _, Response},
};
use rust_embed::RustEmbed;

use super::{
    answer,
    coding::{Coding, accepted},
};

#[derive(RustEmbed)]
#[folder = "playground/dist/"]
#[allow_missing = true]
struct Dist;

/// The addresses of the pages, which are one document: it looks at the address itself.
pub(super) const PAGES: [&str; 5] =
    ["/monitoring", "/dashboard", "/quality", "/billing", "/sign-in"];
/// Below which there are pages as well: the list of audits, and each audit.
pub(super) const QUALITY: &str = "/quality/";
/// Where whoever names no page is sent.
pub(super) const FIRST: &str = "/monitoring";

const INDEX: &str = "index.html";
const PLAYGROUND: &str = "playground/index.html";
const MISSING: &str = include_str!("pages_missing.html");

/// A file of the build.
struct File {
    data: Cow<'static, [u8]>,
    digest: String,
}

/// Whether the playground was there when the service was built.
pub fn is_embedded() -> bool {
    embedded(PLAYGROUND).is_some()
}

/// Serves the document of all pages.
pub(super) async fn index(headers: HeaderMap) -> Response {
    document(INDEX, &headers)
}

/// Serves the playground's document.
pub(super) async fn playground(headers: HeaderMap) -> Response {
    document(PLAYGROUND, &headers)
}

/// Serves a file that a document asks for.
pub(super) async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    file(&format!("assets/{path}"), &headers).await
}

pub(super) async fn icon(headers: HeaderMap) -> Response {
    file("icon.svg", &headers).await
}

fn document(path: &str, headers: &HeaderMap) -> Response {
    let missing = || ([(header::CACHE_CONTROL, "no-cache")], Html(MISSING)).into_response();
    serve(path, headers, embedded).unwrap_or_else(missing)
}

async fn file(path: &str, headers: &HeaderMap) -> Response {
    match serve(path, headers, embedded) {
        Some(response) => response,
        None => answer::not_found().await,
    }
}

fn embedded(path: &str) -> Option<File> {
    let file = Dist::get(path)?;
    let digest = blake3::Hash::from_bytes(file.metadata.sha256_hash()).to_hex()[..32].to_owned();
    Some(File { data: file.data, digest })
}

/// Answers with a file in the coding that suits the client best; none when there is none.
fn serve(path: &str, headers: &HeaderMap, find: impl Fn(&str) -> Option<File>) -> Option<Response> {
    let plain = find(path)?;
    let compressed = accepted(headers).into_iter().find_map(|coding| {
        let written = coding.name().and_then(|_| find(&format!("{path}{}", coding.ending())))?;
        Some((written, coding))
    });
    let (file, coding) = compressed.unwrap_or((plain, Coding::Identity));
    // Each coding is a representation of its own, whose digest differs (RFC 9110 §8.8.3).
    let etag = format!("\"{}\"", file.digest);
    let mut response = if matches(headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, content_type(path))], file.data).into_response()
    };
    let is_sent = response.status() == StatusCode::OK;
    let fields = response.headers_mut();
    if let Some(name) = coding.name().filter(|_| is_sent) {
        fields.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
    }
    fields.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache(path)));
    if let Ok(value) = HeaderValue::from_str(&etag) {
        fields.insert(header::ETAG, value);
    }
    Some(response)
}

/// Vite puts a digest into the names of what it puts under `assets`.
fn cache(path: &str) -> &'static str {
    if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" }
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

    fn given(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    /// A build with one script, compressed both ways, and one image, which is not.
    fn find(path: &str) -> Option<File> {
        let files = ["assets/a-1.js", "assets/a-1.js.br", "assets/a-1.js.gz", "icon.svg"];
        let found = files.into_iter().find(|file| *file == path)?;
        Some(File { data: found.as_bytes().into(), digest: found.to_owned() })
    }

    fn field(response: &Response, name: header::HeaderName) -> &str {
        response.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[test]
    fn a_file_is_sent_as_small_as_the_client_takes_it() {
        for (accept, path, coding, etag) in [
            ("gzip, br", "assets/a-1.js", "br", "\"assets/a-1.js.br\""),
            ("gzip, br;q=0", "assets/a-1.js", "gzip", "\"assets/a-1.js.gz\""),
            ("zstd", "assets/a-1.js", "", "\"assets/a-1.js\""),
            ("gzip, br", "icon.svg", "", "\"icon.svg\""),
        ] {
            let response = serve(path, &given(header::ACCEPT_ENCODING, accept), find).unwrap();
            assert_eq!(field(&response, header::CONTENT_ENCODING), coding, "{accept}");
            assert_eq!(field(&response, header::ETAG), etag, "{accept}");
            assert_eq!(field(&response, header::VARY), "accept-encoding");
            assert_eq!(field(&response, header::CONTENT_TYPE), content_type(path));
        }
        assert!(serve("assets/b.js", &HeaderMap::new(), find).is_none());
    }

    #[test]
    fn what_has_a_digest_in_its_name_is_kept_for_ever() {
        let kept = serve("assets/a-1.js", &HeaderMap::new(), find).unwrap();
        assert!(field(&kept, header::CACHE_CONTROL).ends_with("immutable"));
        let asked = serve("icon.svg", &HeaderMap::new(), find).unwrap();
        assert_eq!(field(&asked, header::CACHE_CONTROL), "no-cache");
    }

    #[test]
    fn a_known_version_is_not_sent_again() {
        for (known, is_known) in [
            ("\"a\"", true),
            ("W/\"a\"", true),
            ("\"b\", \"a\"", true),
            ("*", true),
            ("\"b\"", false),
        ] {
            let headers = given(header::IF_NONE_MATCH, known);
            assert_eq!(matches(&headers, "\"a\""), is_known, "{known}");
        }
        let mut headers = given(header::IF_NONE_MATCH, "\"assets/a-1.js\"");
        let status = |headers: &HeaderMap| serve("assets/a-1.js", headers, find).unwrap().status();
        assert_eq!(status(&headers), StatusCode::NOT_MODIFIED);
        // The same file in another coding is another version.
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("br"));
        assert_eq!(status(&headers), StatusCode::OK);
    }

    #[test]
    fn files_of_the_page_have_their_types() {
        assert_eq!(content_type("assets/editor.worker-1a2b.js"), "text/javascript; charset=utf-8");
        assert_eq!(content_type("assets/codicon.ttf"), "font/ttf");
    }
}
