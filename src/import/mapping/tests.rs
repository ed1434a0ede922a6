//! The mapping as a whole: what rows it makes, and how it says what is wrong.

use serde_json::{Value as Json, json};

use super::*;

fn make(mapping: &str, columns: &[&str], cells: &[&str]) -> Result<Made, String> {
    let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
    let mapping = Mapping::parse(mapping)?;
    let header = Header::new(&owned(columns));
    mapping.check("f.csv", &header).map_err(|error| error.to_string())?;
    mapping.make(&RowView { header: &header, cells: &owned(cells), row_id: "r-2", line: 2 })
}

const EVENT: &str = "[[event]]\nname = \"n\"\nproduct = \"p\"\noccurred_at = { column = \"T\" }\n";

/// The data of one event whose field `v` is `expression`, over a row with the cell `cell`.
fn value(expression: &str, cell: &str) -> Result<Json, String> {
    let mapping = format!("{EVENT}data = {{ v = {expression} }}\n");
    let made = make(&mapping, &["T", "A", "B"], &["2025-01-01T00:00:00Z", cell, "5"])?;
    Ok(made.events[0]["data"].clone())
}

#[test]
fn values_are_made_from_cells() {
    let cases = [
        ("\"x-{A}\"", "1", json!({ "v": "x-1" })),
        ("7", "", json!({ "v": 7 })),
        ("[1, true]", "", json!({ "v": [1, true] })),
        ("{ constant = { a = 1.5 } }", "", json!({ "v": { "a": 1.5 } })),
        ("{ column = \"A\" }", " a ", json!({ "v": " a " })),
        ("{ column = \"A\", type = \"integer\" }", " -3 ", json!({ "v": -3 })),
        ("{ column = \"A\", type = \"number\" }", "2.5e1", json!({ "v": 25.0 })),
        ("{ column = \"A\", type = \"boolean\" }", "TRUE", json!({ "v": true })),
        ("{ column = \"A\", type = \"json\" }", "{\"b\":[]}", json!({ "v": { "b": [] } })),
        ("{ template = \"{A}{B}\", type = \"integer\" }", "4", json!({ "v": 45 })),
        ("{ sum = [\"A\", \"B\"] }", "4", json!({ "v": 9 })),
        ("{ sum = [\"A\", \"B\"], type = \"number\" }", "0.5", json!({ "v": 5.5 })),
        ("{ column = \"A\", map = { y = true, n = false } }", "y", json!({ "v": true })),
        ("{ column = \"A\", map = { y = 1 }, default = 0 }", "z", json!({ "v": 0 })),
        ("{ column = \"A\", map = { \"\" = \"none\" } }", "", json!({ "v": "none" })),
        ("{ column = \"A\", default = 0 }", " ", json!({ "v": 0 })),
        ("{ column = \"A\", optional = true }", "", json!({})),
        ("{ sum = [\"A\", \"B\"], optional = true }", "", json!({})),
        (
            "{ column = \"A\", type = \"time\", format = \"%d.%m.%Y\", zone = \"Asia/Shanghai\" }",
            "02.01.2025",
            json!({ "v": "2025-01-01T16:00:00Z" }),
        ),
        (
            "{ column = \"A\", type = \"time\", format = \"unix\", offset_ms = { column = \"B\" } }",
            "0",
            json!({ "v": "1970-01-01T00:00:00.005Z" }),
        ),
        ("{ constant = \"1970-01-01T00:00:00Z\" }", "0", json!({ "v": "1970-01-01T00:00:00Z" })),
    ];
    for (expression, cell, expected) in cases {
        assert_eq!(value(expression, cell), Ok(expected), "{expression} {cell:?}");
    }
}

#[test]
fn a_wrong_cell_names_its_column_and_what_is_expected() {
    let cases = [
        (
            "{ column = \"A\", type = \"integer\" }",
            "1.5",
            "column `A` is \"1.5\": expected an integer",
        ),
        (
            "{ column = \"A\", type = \"number\" }",
            "NaN",
            "column `A` is \"NaN\": expected a number",
        ),
        (
            "{ column = \"A\", type = \"boolean\" }",
            "yes",
            "column `A` is \"yes\": expected true, false, 1 or 0",
        ),
        (
            "{ column = \"A\", map = { a = 1, b = 2 } }",
            "c",
            "column `A` is \"c\": expected one of a, b",
        ),
        ("\"x-{A}\"", " ", "column `A` is empty: expected a value (`optional` allows none)"),
        (
            "{ sum = [\"B\", \"A\"] }",
            "9223372036854775807",
            "column `A` is \"9223372036854775807\": expected a sum below 2^63",
        ),
        (
            "{ column = \"A\", type = \"time\", format = \"%H:%M\", zone = \"UTC\" }",
            "25:00",
            "column `A` is \"25:00\": expected a time like %H:%M",
        ),
    ];
    for (expression, cell, reason) in cases {
        assert_eq!(value(expression, cell).unwrap_err(), reason, "{expression}");
    }
}

#[test]
fn a_row_makes_the_events_whose_conditions_hold() {
    let cases = [
        ("{ column = \"A\", is = \"x\" }", "x", 1),
        ("{ column = \"A\", is = \"x\" }", "y", 0),
        ("{ column = \"A\", is_not = \"x\" }", "y", 1),
        ("{ column = \"A\", one_of = [\"x\", \"y\"] }", " y ", 1),
        ("{ column = \"A\", empty = true }", " ", 1),
        ("{ column = \"A\", empty = false }", "", 0),
        ("[{ column = \"A\", is = \"x\" }, { column = \"T\", empty = true }]", "x", 0),
    ];
    for (when, cell, count) in cases {
        let mapping = format!("{EVENT}when = {when}\n");
        let made = make(&mapping, &["T", "A"], &["2025-01-01T00:00:00Z", cell]).unwrap();
        assert_eq!(made.events.len(), count, "{when} {cell:?}");
    }
}

#[test]
fn a_row_makes_events_and_token_records_with_ids_of_their_own() {
    let mapping = format!(
        "{EVENT}session_id = \"{{row_id}}\"\n{EVENT}id = \"own-{{line}}\"\ndata_json = {{ column = \"J\" }}\n\
         [[token_usage]]\nused_at = {{ column = \"T\" }}\ninput_tokens = 1\noutput_tokens = 2\nmodel = \"m\"\n"
    );
    let made = make(&mapping, &["T", "J"], &["2025-01-01T00:00:00Z", "{\"k\":1}"]).unwrap();
    let at = "2025-01-01T00:00:00Z";
    let expected = Made {
        events: vec![
            json!({ "name": "n", "product": "p", "occurredAt": at, "sessionId": "r-2", "id": "r-2-0" }),
            json!({ "name": "n", "product": "p", "occurredAt": at, "id": "own-2", "data": { "k": 1 } }),
        ],
        usage: vec![json!({
            "usedAt": at, "inputTokens": 1, "outputTokens": 2, "model": "m", "tokens": 3,
            "requestId": "r-2-u0",
        })],
    };
    assert_eq!(made, expected);
}

const USAGE: &str = r#"
[[token_usage]]
used_at = { column = "At", format = "unix" }
request_id = "{Id}"
provider = "{By}"
input_tokens = { column = "In", optional = true }
cached_input_tokens = { column = "Cached", optional = true }
output_tokens = { column = "Out", optional = true }
reasoning_tokens = { column = "Thought", optional = true }
usage_known = { column = "In", map = { "" = false }, default = true }
status = { column = "State", optional = true }
"#;

fn usage(cells: [&str; 8]) -> Result<Json, String> {
    let columns = ["At", "Id", "By", "In", "Cached", "Out", "Thought", "State"];
    Ok(make(USAGE, &columns, &cells)?.usage[0].clone())
}

#[test]
fn a_token_record_has_parts_a_provider_and_a_status() {
    let whole = usage(["0", "r", "openai", "10", "4", "5", "2", " completed"]);
    let at = "1970-01-01T00:00:00Z";
    assert_eq!(
        whole.unwrap(),
        json!({
            "usedAt": at, "requestId": "r", "provider": "openai", "tokens": 15, "inputTokens": 10,
            "cachedInputTokens": 4, "outputTokens": 5, "reasoningTokens": 2, "usageKnown": true,
            "status": "COMPLETED",
        })
    );
    let failed = usage(["0", "r", "coze", "", "", "", "", "Failed"]);
    assert_eq!(
        failed.unwrap(),
        json!({
            "usedAt": at, "requestId": "r", "provider": "coze", "tokens": 0, "usageKnown": false,
            "status": "FAILED",
        })
    );
}

#[test]
fn parts_and_a_status_that_cannot_be_are_refused() {
    for (cells, reason) in [
        (
            ["0", "r", "x", "10", "11", "5", "", ""],
            "`cached_input_tokens` is 11: expected 0 to input_tokens, which is 10",
        ),
        (
            ["0", "r", "x", "10", "", "5", "6", ""],
            "`reasoning_tokens` is 6: expected 0 to output_tokens, which is 5",
        ),
        (
            ["0", "r", "x", "10", "-1", "5", "", ""],
            "`cached_input_tokens` is -1: expected 0 to input_tokens, which is 10",
        ),
        (["0", "r", "x", "10", "", "", "6", ""], "`tokens` has no value: expected one in each row"),
        (
            ["0", "r", "x", "", "", "5", "", ""],
            "`usage_known` is false: expected true, or no counts of tokens",
        ),
        (
            ["0", "r", "x", "10", "", "5", "", "lost"],
            "`status` is \"lost\": expected one of COMPLETED, FAILED, INTERRUPTED",
        ),
    ] {
        assert_eq!(usage(cells).unwrap_err(), reason, "{cells:?}");
    }
}

#[test]
fn a_row_of_another_width_is_refused() {
    let reason = make(EVENT, &["T", "A"], &["2025-01-01T00:00:00Z"]).unwrap_err();
    assert_eq!(reason, "row has 1 cells: expected 2, as in the header");
}

#[test]
fn a_column_that_the_file_lacks_is_named_with_those_it_has() {
    let missing = make(EVENT, &["A", "B"], &[]).unwrap_err();
    let key = "which `event[0].occurred_at.column` of the mapping names";
    assert_eq!(missing, format!("f.csv has no column `T`, {key}: expected one of A, B"));
    let twice = make(EVENT, &["T", "T"], &[]).unwrap_err();
    assert_eq!(twice, format!("f.csv has more than one column `T`, {key}: expected one of T, T"));
}

#[test]
fn a_wrong_mapping_names_the_key_the_value_and_what_is_expected() {
    let data = |expression: &str| format!("{EVENT}data = {{ v = {expression} }}\n");
    let cases = [
        (String::new(), "`event` is missing: expected at least one [[event]] or [[token_usage]]"),
        ("a = \n".to_owned(), "line 1 is not TOML: "),
        ("evnt = 1".to_owned(), "`evnt` is unknown: expected one of csv, event, token_usage"),
        ("event = 1".to_owned(), "`event` is 1: expected tables under [[event]]"),
        (
            "[[event]]\nnam = \"x\"\n".to_owned(),
            "`event[0].nam` is unknown: expected one of id, name",
        ),
        (
            "[[event]]\nname = \"x\"\n".to_owned(),
            "`event[0].product` is missing: expected a template",
        ),
        ("[[event]]\nname = 5\n".to_owned(), "`event[0].name` is 5: expected a string"),
        (
            format!("[csv]\ndelimiter = \"ab\"\n{EVENT}"),
            "`csv.delimiter` is \"ab\": expected one sign",
        ),
        (data("\"{a\""), "`event[0].data.v` is \"{a\": expected each { to have a column"),
        (data("{}"), "`event[0].data.v` is empty: expected one of column, template, sum, constant"),
        (
            data("{ column = \"A\", sum = [\"B\"] }"),
            "`event[0].data.v` is ambiguous: expected one of column, template, sum, constant",
        ),
        (data("{ colum = \"A\" }"), "`event[0].data.v.colum` is unknown: expected one of column,"),
        (
            data("{ column = \"A\", type = \"int\" }"),
            "`event[0].data.v.type` is \"int\": expected one of string, integer",
        ),
        (
            data("{ column = \"A\", zone = \"UTC\" }"),
            "`event[0].data.v.zone` is out of place: expected it beside type = \"time\"",
        ),
        (
            data("{ column = \"A\", type = \"time\", format = \"%Y\" }"),
            "`event[0].data.v.zone` is missing: expected the time zone",
        ),
        (
            data("{ column = \"A\", type = \"time\", format = \"%Y\", zone = \"Mars\" }"),
            "`event[0].data.v.zone` is \"Mars\": expected an IANA time zone like Asia/Shanghai",
        ),
        (
            data("{ column = \"A\", type = \"time\", zone = \"UTC\" }"),
            "`event[0].data.v.zone` is \"UTC\": expected no zone for a format that has its own",
        ),
        (
            data("{ column = \"A\", type = \"time\", format = \"%Q\" }"),
            "`event[0].data.v.format` is \"%Q\": expected rfc3339, unix, unix_ms, or a pattern",
        ),
        (
            data("{ column = \"A\", type = \"integer\", map = { a = 1 } }"),
            "`event[0].data.v.type` is \"integer\": expected no type beside map",
        ),
        (
            data("{ column = \"A\", optional = \"yes\" }"),
            "`event[0].data.v.optional` is \"yes\": expected true or false",
        ),
        (
            "[[token_usage]]\ntokens = \"5\"\nused_at = \"2025-01-01T00:00:00Z\"\n".to_owned(),
            "`token_usage[0].tokens` is \"5\": expected an integer",
        ),
        (
            "[[token_usage]]\ntokens = 5\nused_at = \"today\"\n".to_owned(),
            "`token_usage[0].used_at` is \"today\": expected an RFC 3339 instant like",
        ),
        (
            data("nan"),
            "`event[0].data.v` is nan: expected a string, number, boolean, list or table",
        ),
        (
            format!("{EVENT}when = {{ column = \"A\" }}\n"),
            "`event[0].when` is not one test: expected exactly one of is, is_not, one_of, empty",
        ),
        (
            "[[token_usage]]\ninput_tokens = 1\nused_at = \"2025-01-01T00:00:00Z\"\n".to_owned(),
            "`token_usage[0].tokens` is missing: expected it, or both input_tokens and output_tokens",
        ),
        (
            "[[token_usage]]\ntokens = 1.5\nused_at = \"2025-01-01T00:00:00Z\"\n".to_owned(),
            "`token_usage[0].tokens` is 1.5: expected an integer",
        ),
        (
            "[[token_usage]]\ntokens = { column = \"A\", type = \"number\" }\nused_at = \"2025-01-01T00:00:00Z\"\n"
                .to_owned(),
            "`token_usage[0].tokens.type` is \"number\": expected integer",
        ),
    ];
    for (mapping, problem) in cases {
        let found = Mapping::parse(&mapping).unwrap_err();
        assert!(found.starts_with(problem), "{mapping}\n  says {found}\n  expected {problem}");
    }
}

#[test]
fn the_worked_example_of_the_manual_makes_what_it_says() {
    let manual = include_str!("../../../docs/import.md");
    let block = |start: &str| {
        let text = &manual[manual.find(start).unwrap() + start.len()..];
        text[..text.find("```").unwrap()].to_owned()
    };
    let csv = block("`calls.csv`:\n\n```text\n");
    let mapping = block("`calls.toml`:\n\n```toml\n");
    let rows: Vec<Vec<_>> = csv.lines().map(|line| line.split(',').collect()).collect();
    let [first, second] = [1, 2].map(|row| make(&mapping, &rows[0], &rows[row]).unwrap());
    assert_eq!(first.events[1]["occurredAt"], "2025-12-25T08:00:00Z");
    assert_eq!(first.events[1]["data"], json!({ "by": "ai", "duration": 90, "resolved": true }));
    assert_eq!(first.usage[0]["tokens"], 418);
    assert_eq!(second.events[1]["data"], json!({ "by": "customer", "resolved": false }));
    assert_eq!((second.events.len(), second.usage.len()), (2, 0));
}
