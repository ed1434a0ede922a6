//! The books of ingestion for each product, against counts that the tests keep themselves.

use std::collections::{BTreeMap, BTreeSet};

use metrics_exporter_prometheus::PrometheusBuilder;
use rand::{Rng, SeedableRng, rngs::StdRng};
use redis::AsyncCommands as _;
use serde_json::{Value, json};

use crate::harness::{AnyRedis, Client, TestApp, eventually};

const BOOKS: &str = "{ ingestStatus {
    accepted stored duplicate conflict rejected pending
    products { product accepted stored duplicate conflict rejected pending }
} }";
const TRACK: &str = "mutation ($input: [TrackEventInput!]!, $durability: Durability) {
    trackEvents(input: $input, durability: $durability) { status }
}";
const COLUMNS: [&str; 6] = ["accepted", "stored", "duplicate", "conflict", "rejected", "pending"];
const PRODUCTS: [&str; 3] = ["bot", "desk", "机器人"];
/// One character more than a product may have.
const LONG: &str = "0123456789012345678901234567890";

/// What a product's books must say.
#[derive(Clone, Debug, Default, PartialEq)]
struct Expected {
    stored: i64,
    duplicate: i64,
    conflict: i64,
    rejected: i64,
    pending: i64,
}

/// Counts of everything that was sent, by product.
#[derive(Debug, Default)]
struct Oracle {
    ids: BTreeSet<String>,
    products: BTreeMap<String, Expected>,
}

impl Oracle {
    fn of(&mut self, product: &str) -> &mut Expected {
        self.products.entry(product.to_owned()).or_default()
    }

    /// Enters a good event whose body is always the same.
    fn sent(&mut self, id: &str, product: &str) {
        let new = self.ids.insert(id.to_owned());
        let books = self.of(product);
        *(if new { &mut books.stored } else { &mut books.duplicate }) += 1;
    }

    fn rows(&self) -> Value {
        let row = |(product, books): (&String, &Expected)| {
            let Expected { stored, duplicate, conflict, rejected, pending } = books;
            json!({
                "product": product, "accepted": stored + duplicate + conflict + rejected + pending,
                "stored": stored, "duplicate": duplicate, "conflict": conflict,
                "rejected": rejected, "pending": pending,
            })
        };
        self.products.iter().map(row).collect()
    }
}

/// The books; the sums over the products are the totals whatever is on its way.
async fn books(client: &Client) -> Value {
    let status = client.ask(BOOKS).await["ingestStatus"].clone();
    let rows = status["products"].as_array().expect("products");
    for column in COLUMNS {
        let sum: i64 = rows.iter().map(|row| row[column].as_i64().expect("a count")).sum();
        assert_eq!(status[column], sum, "{column} of {status}");
    }
    status
}

/// Waits until the books are those expected.
async fn assert_books(client: &Client, oracle: &Oracle) {
    let expected = oracle.rows();
    let mut last = Value::Null;
    let balanced = eventually("the books to be right", async || {
        last = books(client).await["products"].clone();
        (last == expected).then_some(())
    });
    let balanced = tokio::time::timeout(std::time::Duration::from_secs(15), balanced).await;
    assert!(balanced.is_ok(), "books {last:#}, expected {expected:#}");
}

fn event(id: &str, product: &str) -> Value {
    json!({ "id": id, "name": "page.view", "product": product, "data": { "a": id } })
}

/// The events of one call; a good one's product follows from its id.
fn random_call(random: &mut StdRng, oracle: &mut Oracle) -> Vec<Value> {
    let one = |_| {
        let index = random.random_range(0..150_usize);
        let (id, product) = (format!("e{index}"), PRODUCTS[index % PRODUCTS.len()]);
        match random.random_range(0..10) {
            0 => {
                oracle.of(product).rejected += 1;
                json!({ "id": id, "name": "", "product": product })
            }
            1 => {
                oracle.of("").rejected += 1;
                event(&id, if index % 2 == 0 { LONG } else { "" })
            }
            _ => {
                oracle.sent(&id, product);
                event(&id, product)
            }
        }
    };
    (0..20).map(one).collect()
}

/// What a product that pushes by itself leaves in the list.
fn random_element(random: &mut StdRng, oracle: &mut Oracle) -> String {
    let index = random.random_range(0..150_usize);
    let (id, product) = (format!("e{index}"), PRODUCTS[index % PRODUCTS.len()]);
    let (name, product) = match random.random_range(0..5) {
        0 => {
            oracle.of("").rejected += 1;
            return "garbage".to_owned();
        }
        1 => {
            oracle.of("").rejected += 1;
            ("page.view", LONG)
        }
        2 => {
            oracle.of(product).rejected += 1;
            ("", product)
        }
        _ => {
            oracle.sent(&id, product);
            ("page.view", product)
        }
    };
    let element = json!({
        "event_id": id, "event_name": name, "product": product, "event_data": { "a": id },
    });
    element.to_string()
}

#[tokio::test]
async fn the_books_balance_for_each_product_over_replicas_and_restarts() {
    let redis = AnyRedis::start().await;
    let first = TestApp::spawn_on(&redis).await;
    let second = first.replica().await;
    let seed = rand::random();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut oracle = Oracle::default();
    let mut connection = redis.connect().await;
    let list = format!("{}:event_buffer", first.prefix());
    for call in 0..60 {
        let app = if random.random_bool(0.5) { &first } else { &second };
        if call % 4 == 0 {
            let element = random_element(&mut random, &mut oracle);
            let _: i64 = connection.lpush(&list, element).await.expect("a push");
        }
        let input = random_call(&mut random, &mut oracle);
        let durability = ["BUFFERED", "REPLICATED", "STORED"][random.random_range(0..3)];
        // Without a replica, REPLICATED is committed, and is not in the buffer as well.
        let variables = json!({ "input": input, "durability": durability });
        app.product().data(TRACK, variables).await;
    }
    assert_books(&first.viewer(), &oracle).await;
    for id in oracle.ids.clone().iter().take(10) {
        let index: usize = id[1..].parse().expect("a number");
        let product = PRODUCTS[index % PRODUCTS.len()];
        oracle.of(product).conflict += 1;
        let other = json!({ "id": id, "name": "other", "product": product });
        assert_eq!(second.product().track(&[other]).await, ["CONFLICT"]);
    }
    assert_books(&first.viewer(), &oracle).await;
    let first = first.restart().await;
    for replica in [&first, &second] {
        assert_books(&replica.viewer(), &oracle).await;
    }
}

#[tokio::test]
async fn what_waits_in_redis_is_in_the_books_of_its_product() {
    let redis = AnyRedis::start().await;
    let app = TestApp::spawn_on_with(&redis, |config| config.ingest.batch_events = 150).await;
    let held = app.hold_database().await;
    // More than two writers claim: the rest waits in the list.
    let input: Vec<_> =
        (0..700).map(|index| event(&format!("e{index}"), PRODUCTS[index % 7 % 3])).collect();
    for chunk in input.chunks(100) {
        app.product().data(TRACK, json!({ "input": chunk })).await;
    }
    let list = format!("{}:event_buffer", app.prefix());
    for garbage in [&b"garbage"[..], b"\xff\xfe\x00", b"{}", b"{\"product\":7}"] {
        let _: i64 = redis.connect().await.lpush(&list, garbage).await.expect("a push");
    }
    let mut waiting = Oracle::default();
    for (product, pending) in [("", 4), ("bot", 300), ("desk", 200), ("机器人", 200)] {
        waiting.of(product).pending = pending;
    }
    assert_books(&app.viewer(), &waiting).await;
    drop(held);
    let mut stored = Oracle::default();
    for (product, books) in waiting.products {
        let (stored_events, rejected) =
            if product.is_empty() { (0, books.pending) } else { (books.pending, 0) };
        let books = Expected { stored: stored_events, rejected, ..Expected::default() };
        stored.products.insert(product, books);
    }
    assert_books(&app.viewer(), &stored).await;
}

#[tokio::test]
async fn what_waits_for_its_commit_is_in_the_books_of_its_product() {
    let app = TestApp::spawn().await;
    let held = app.hold_database().await;
    let input = [event("a", "bot"), event("b", "desk"), event("c", "bot"), event("a", "bot")];
    let product = app.product();
    let call = tokio::spawn(async move { product.track(&input).await });
    let mut oracle = Oracle::default();
    oracle.of("bot").pending = 3;
    oracle.of("desk").pending = 1;
    assert_books(&app.viewer(), &oracle).await;
    drop(held);
    assert_eq!(call.await.unwrap(), ["ACCEPTED", "ACCEPTED", "ACCEPTED", "DUPLICATE"]);
    *oracle.of("bot") = Expected { stored: 2, duplicate: 1, ..Expected::default() };
    *oracle.of("desk") = Expected { stored: 1, ..Expected::default() };
    assert_books(&app.viewer(), &oracle).await;
}

/// The value of the series with these labels.
fn series(text: &str, name: &str, labels: &[&str]) -> Option<f64> {
    let is_it = |line: &&str| {
        line.starts_with(&format!("{name}{{")) && labels.iter().all(|label| line.contains(label))
    };
    let line = text.lines().find(is_it)?;
    line.rsplit(' ').next()?.parse().ok()
}

#[tokio::test]
async fn metrics_tell_products_apart_and_stay_few() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let metrics = recorder.handle();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let app = TestApp::spawn().await;
    let input = [event("a", "bot"), event("a", "bot"), event("b", "desk"), event("c", LONG)];
    app.product().track(&input).await;
    for (labels, count) in [
        (["tenant=\"default\"", "product=\"bot\"", "outcome=\"stored\""], 1.0),
        (["tenant=\"default\"", "product=\"bot\"", "outcome=\"duplicate\""], 1.0),
        (["tenant=\"default\"", "product=\"desk\"", "outcome=\"stored\""], 1.0),
        (["tenant=\"default\"", "product=\"\"", "outcome=\"rejected\""], 1.0),
    ] {
        assert_eq!(series(&metrics.render(), "ingest_events_total", &labels), Some(count));
    }
    eventually("the gauge of what waits", async || {
        let labels = ["tenant=\"default\""];
        series(&metrics.render(), "ingest_pending_events", &labels).filter(|count| *count == 0.0)
    })
    .await;
    let many: Vec<_> =
        (0..10_000).map(|index| event(&index.to_string(), &format!("p{index}"))).collect();
    app.product().track(&many).await;
    let text = metrics.render();
    let lines = text.lines().filter(|line| line.starts_with("ingest_events_total{")).count();
    assert!(lines <= 101 * 4, "{lines} series");
    let other = ["product=\"other\"", "outcome=\"stored\""];
    assert_eq!(series(&text, "ingest_events_total", &other), Some(9_903.0));
    assert_eq!(app.viewer().ask(BOOKS).await["ingestStatus"]["stored"], 10_002);
}
