//! Documents that cost more to look at than to send.

use std::fmt::Write as _;

use deskpulse::auth::Role;
use serde_json::json;

use crate::harness::{Attack, Service};

/// Holds the bounds while this document is sent, again and again, and refused each time.
async fn is_refused(name: &'static str, document: String, because: &'static str) {
    let service = Service::start().await;
    let attack = Attack { name, attackers: 4, most_mib: 150 };
    attack
        .repeat(&service, move |service: Service| {
            let document = document.clone();
            async move { service.is_refused(&document, because).await }
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alias_flood() {
    let aliases: String = (0..160).fold(String::new(), |mut text, number| {
        write!(text, "a{number}:__typename ").expect("a text");
        text
    });
    is_refused("aliases", format!("{{{aliases}}}"), "aliases, expected at most 100").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alias_flood_at_the_limit_of_bytes() {
    let aliases = "a:__typename ".repeat(5_000);
    is_refused("tokens", format!("{{{aliases}}}"), "tokens, expected at most 500").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deep_nesting() {
    let document = format!("{}{}", "{a".repeat(150), "}".repeat(150));
    is_refused("depth", document, "levels of brackets, expected at most 100").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nesting_within_values() {
    let document = format!("{{a(b:{}{})}}", "[".repeat(200), "]".repeat(200));
    is_refused("depth of values", document, "levels of brackets, expected at most 100").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn circular_fragments() {
    let document = "{...a} fragment a on Query{...b} fragment b on Query{...a}".to_owned();
    is_refused("circular fragments", document, "spreads itself").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doubling_fragments() {
    let mut document = "{...a0}".to_owned();
    for index in 0..24 {
        let next = index + 1;
        write!(document, "fragment a{index} on Query{{...a{next} ...a{next}}}").expect("a text");
    }
    document.push_str("fragment a24 on Query{__typename}");
    is_refused("doubling fragments", document, "expected at most").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn duplicate_fields() {
    let document = format!("{{{}}}", "__typename ".repeat(490));
    is_refused("duplicate fields", document, "fields at the root, expected at most 100").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directive_flood() {
    let document = format!("{{__typename {}}}", "@include ".repeat(240));
    is_refused("directives", document, "directives, expected at most 100").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_introspection_bomb() {
    let document = format!(
        "{{__schema{{types{{{}name{}}}}}}}",
        "fields{type{fields{type{".repeat(5),
        "}}}}".repeat(5)
    );
    is_refused("introspection", document, "levels of fields, expected at most 20").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_pages() {
    let document = "{sessions(first:500){edges{node{id events(first:500){edges{node{id}}}}}}}";
    is_refused("cost", document.to_owned(), "expected at most 500000").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_of_a_thousand_operations() {
    let service = Service::start().await;
    let attack = Attack { name: "batch", attackers: 4, most_mib: 150 };
    let batch = json!(vec![json!({ "query": "{ __schema { types { name } } }" }); 1_000]);
    attack
        .repeat(&service, move |service: Service| {
            let batch = batch.clone();
            async move {
                let token = Service::token("default", Role::Viewer);
                let answer = service.send(&token, &batch).await.expect("an answer");
                assert_eq!((answer.status, answer.code()), (400, "BAD_USER_INPUT"));
                assert!(answer.message().contains("batches are not supported"));
            }
        })
        .await;
}
