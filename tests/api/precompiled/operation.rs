//! Bodies of tracking requests, most of the usual shape, many with something odd about them.

use proptest::{prelude::*, sample::select};

/// Text of `usual` mostly, of `odd` now and then.
fn mostly(
    usual: impl Strategy<Value = String> + 'static,
    odd: impl Strategy<Value = String> + 'static,
) -> BoxedStrategy<String> {
    prop_oneof![40 => usual, 1 => odd].boxed()
}

fn one_of(texts: &'static [&'static str]) -> BoxedStrategy<String> {
    select(texts).prop_map(str::to_owned).boxed()
}

/// A request as JSON text.
pub(super) fn body() -> impl Strategy<Value = String> {
    let shape = (any::<bool>(), select(&["i", "input", "events"][..]), durability());
    shape.prop_flat_map(|(is_list, input, (declared, given, value))| {
        let extensions = mostly(one_of(&[""]), one_of(&[",\"extensions\":{}", ",\"extra\":7"]));
        let document = document(is_list, input, declared, given);
        let parts = (document, variables(is_list, input, value), extensions);
        parts.prop_map(|(document, variables, extensions)| {
            let document = serde_json::to_string(&document).expect("text");
            format!("{{\"query\":{document},\"variables\":{variables}{extensions}}}")
        })
    })
}

fn document(
    is_list: bool,
    input: &'static str,
    declared: &'static str,
    given: &'static str,
) -> impl Strategy<Value = String> {
    let usual = if is_list { "[TrackEventInput!]!" } else { "TrackEventInput!" };
    let odd = ["[TrackEventInput!]!", "TrackEventInput!", "TrackEventInput", "[TrackEventInput]!"];
    let kind = mostly(Just(usual.to_owned()), select(odd.to_vec()).prop_map(str::to_owned));
    let field = if is_list { "trackEvents" } else { "trackEvent" };
    let alias = one_of(&["", "", "sent: ", "a:"]);
    let start = mostly(one_of(&["mutation", "mutation T", "mutation\n  T"]), one_of(&["query"]));
    (start, kind, alias, selection()).prop_map(move |(start, kind, alias, selection)| {
        let input =
            format!("(${input}: {kind}{declared}) {{\n{alias}{field}(input: ${input}{given})");
        format!("{start}{input} {selection}\n}}")
    })
}

/// The durability: how it is declared, given, and what stands among the variables.
type Durability = (&'static str, &'static str, &'static str);

fn durability() -> impl Strategy<Value = Durability> {
    const DECLARED: &str = ", $d: Durability";
    const GIVEN: &str = ", durability: $d";
    let usual = select(
        &[
            ("", "", ""),
            ("", ", durability: STORED", ""),
            ("", " durability: BUFFERED", ""),
            (DECLARED, GIVEN, ""),
            (DECLARED, GIVEN, "\"d\":null,"),
            (DECLARED, GIVEN, "\"d\":\"STORED\","),
            (" $d: Durability!", GIVEN, "\"\\u0064\": \"BUFFERED\","),
        ][..],
    );
    let odd = select(
        &[
            ("", ", durability: LOST", ""),
            ("", ", durability: null", ""),
            ("", ", durability: \"STORED\"", ""),
            ("", ", durability: $d", ""),
            ("", "", "\"d\":\"STORED\","),
            (DECLARED, "", ""),
            (DECLARED, GIVEN, "\"d\":\"LOST\","),
            (DECLARED, GIVEN, "\"d\":1,"),
            (DECLARED, GIVEN, "\"d\":null,\"d\":\"STORED\","),
            (" $d: Durability!", GIVEN, "\"d\":null,"),
            (" $d: Durability!", GIVEN, ""),
            (", $d: Durability = STORED", GIVEN, ""),
            (", $d: String", GIVEN, ""),
        ][..],
    );
    prop_oneof![6 => usual, 1 => odd]
}

fn selection() -> impl Strategy<Value = String> {
    let usual = ["id", "status", "reason", "__typename", "key: id", "s:status"];
    let usual = prop::sample::subsequence(usual.to_vec(), 1..=6).prop_shuffle();
    let odd = prop_oneof![
        12 => one_of(&[""]),
        1 => one_of(&[
            "colour",
            "id",
            "id: reason",
            "key: id {a}",
            "id @include(if: true)",
            "... on TrackResult {id}",
        ]),
    ];
    (usual, odd).prop_map(|(items, odd)| format!("{{{} {odd}}}", items.join(" ")))
}

fn variables(
    is_list: bool,
    input: &'static str,
    durability: &'static str,
) -> impl Strategy<Value = String> {
    let single = event();
    let list = prop::collection::vec(event(), 0..5).prop_map(|all| format!("[{}]", all.join(", ")));
    let odd = one_of(&["null", "7", "[null]", "[[]]", "{}", "\"a\""]);
    let (usual, other) = if is_list { (list.boxed(), single) } else { (single, list.boxed()) };
    let events = prop_oneof![40 => usual, 1 => other, 1 => odd];
    let more = one_of(&[",\"x\":1", ",\"i\":{}", ",\"\\u0069\":{}", ",\"\":null"]);
    (events, mostly(one_of(&[""]), more))
        .prop_map(move |(events, more)| format!("{{{durability}\"{input}\":{events}{more}}}"))
}

/// An event: its fields in any order, some of them left out.
fn event() -> BoxedStrategy<String> {
    let optional = |key: &'static str, value: BoxedStrategy<String>| {
        let given = value.prop_map(move |value| Some(format!("\"{key}\": {value}")));
        prop_oneof![1 => Just(None), 2 => given]
    };
    let required = |key: &'static str, value: BoxedStrategy<String>| {
        let given = value.prop_map(move |value| Some(format!("\"{key}\":{value}")));
        prop_oneof![1 => Just(None), 40 => given]
    };
    let odd =
        mostly(one_of(&[""]), one_of(&["\"colour\":1", "\"id\":\"a\"", "\"session_id\":null"]));
    let fields = (
        optional("id", text(&["\"a\"", "\"b\"", "\"c\"", "\"d\\u0065\"", "\"文\""])),
        required(
            "name",
            text(&[
                "\"page.view\"",
                "\"session.start\"",
                "\"rating.submit\"",
                "\"message.ai\"",
                "\"\"",
            ]),
        ),
        required("product", text(&["\"shop\"", "\"\\\"\"", "\"商店\"", "\"a\\u0000\""])),
        optional("sessionId", text(&["\"s-1\"", "\"s-2\"", "\"a\\nb\""])),
        optional("data", data()),
        optional(
            "occurredAt",
            text(&[
                "\"2026-03-10T03:59:00Z\"",
                "\"2026-03-09T23:00:00.123456789-05:00\"",
                "\"soon\"",
                "\"2027-01-01T00:00:00Z\"",
            ]),
        ),
        odd.prop_map(|odd| Some(odd).filter(|odd| !odd.is_empty())),
    );
    let fields = fields.prop_map(|(id, name, product, session, data, at, odd)| {
        [id, name, product, session, data, at, odd].into_iter().flatten().collect::<Vec<_>>()
    });
    let shuffled = fields.prop_shuffle();
    shuffled.prop_map(|fields| format!("{{{}}}", fields.join(","))).boxed()
}

fn text(usual: &'static [&'static str]) -> BoxedStrategy<String> {
    mostly(one_of(usual), one_of(&["null", "7", "1.5", "true", "[]", "{}", "\"\\ud800\"", "\"'\""]))
}

fn data() -> BoxedStrategy<String> {
    let usual = one_of(&[
        "{}",
        "{\"score\": 4, \"agent_id\": \"li\"}",
        "{\"channel\" : \"app\", \"visitor_id\": 7}",
        "{ \"response_time\": 1200.5, \"tokens\": 20 }",
        "[1, 2.5, null, true, \"\\u6587\"]",
        "{\"score\": 6}",
        "{\"response_time\":-1}",
    ]);
    let number = "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,18})?(e-?[0-9]{1,3})?";
    let odd = one_of(&[
        "{\"a\":1,\"a\":2}",
        "{\"score\":1,\"score\":5}",
        "{\"a\":\"\\u0000\"}",
        "\"\\ud83d\\ude00\"",
        "\"\\ud83d\"",
        "{\"$serde_json::private::RawValue\":\"1\"}",
    ]);
    let deep = (1..140_usize).prop_map(|levels| "[".repeat(levels) + &"]".repeat(levels));
    let long = (65_500..65_560_usize).prop_map(|len| format!("\"{}\"", "x".repeat(len)));
    prop_oneof![30 => usual, 3 => number, 1 => odd, 1 => deep, 1 => long].boxed()
}
