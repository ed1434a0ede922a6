//! The mapping file of an import, and the files it reads: CSV, NDJSON, plain and gzip.

use std::{fs, io::Write as _};

use async_trait::async_trait;
use clap::Parser;
use deskpulse::import::{self, ImportError, ImportOptions};
use flate2::{Compression, write::GzEncoder};
use proptest::{prelude::*, strategy::BoxedStrategy};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    answer::clean,
    mutate::{Text, mutated},
    run,
    seeds::events,
};

const MAPPINGS: [&str; 3] = [
    include_str!("../../examples/azure-llm-inference.toml"),
    "[csv]\ndelimiter = \",\"\n\n[[event]]\nname = \"call.{Kind}\"\nproduct = \"phone\"\n\
     session_id = \"{row_id}\"\noccurred_at = { column = \"At\", format = \"unix\", offset_ms = { \
     column = \"Tokens\" } }\ndata = { score = { column = \"Tokens\", type = \"integer\" }, list = \
     [1, true], kind = { column = \"Kind\", map = { a = 1, \"\" = \"none\" }, default = 0 }, free = { \
     column = \"Free\", type = \"json\", optional = true } }\nwhen = { column = \"Kind\", empty = \
     false }\n\n[[token_usage]]\ntokens = { column = \"Tokens\" }\nmodel = \"{Kind}\"\nused_at = { \
     column = \"At\", format = \"unix\" }\n",
    "[csv]\ncolumns = [\"At\", \"Kind\", \"Tokens\"]\n\n[[event]]\nname = \"n\"\nproduct = \"p\"\n\
     occurred_at = { column = \"At\", format = \"%d.%m.%Y %H:%M\", zone = \"Asia/Shanghai\" }\ndata = { \
     sum = { sum = [\"Tokens\", \"Tokens\"], type = \"number\" }, text = { template = \
     \"{Kind}-{line}\" }, constant = { constant = { a = 1.5 } } }\n",
];
const ROWS: [&str; 3] = [
    "TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 18:17:03.9799600,374,44\r\n\
     2023-11-16 18:17:04.0319600,396,109\r\n",
    "At,Kind,Tokens,Free\n1773028800,a,10,{\"a\":[1]}\n1773028801,\"b,\n\"\"c\",11,\n1773028802,,12,7\n",
    "02.01.2025 10:00,a,1.5\n03.01.2025 23:59,b,2\n",
];

pub(crate) struct Target {
    folder: TempDir,
}

#[derive(Clone, Debug)]
pub(crate) struct Input {
    mapping: Option<Text>,
    rows: Text,
    is_packed: bool,
}

#[derive(Debug, Parser)]
struct Command {
    #[command(flatten)]
    options: ImportOptions,
}

/// Takes everything.
struct Everything;

#[async_trait]
impl import::Target for Everything {
    async fn execute(&self, _query: &str, variables: Value) -> Result<Value, ImportError> {
        let len = |name: &str| variables[name].as_array().map(Vec::len);
        Ok(match (len("events"), len("usage")) {
            (Some(events), _) => {
                json!({ "data": { "trackEvents": vec![json!({ "status": "ACCEPTED" }); events] } })
            }
            (_, usage) => {
                let recorded = vec![json!({ "recorded": true }); usage.unwrap_or_default()];
                json!({ "data": { "recordTokenUsages": recorded } })
            }
        })
    }
}

impl run::Target for Target {
    type Input = Input;

    const NAME: &str = "mappings";
    const OUTCOMES: &[&str] = &["imported", "partly imported", "refused"];

    async fn open() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn inputs(&self) -> BoxedStrategy<Input> {
        let of_mapping = (0..MAPPINGS.len()).prop_flat_map(|index| {
            let mapping = mutated(
                &MAPPINGS[index..=index].iter().map(ToString::to_string).collect::<Vec<_>>(),
            );
            let rows = mutated(&[ROWS[index].to_owned()]);
            let plain = |text: &str| Just(Text(text.as_bytes().to_vec()));
            prop_oneof![
                2 => (mapping.clone(), plain(ROWS[index])),
                2 => (plain(MAPPINGS[index]), rows.clone()),
                1 => (mapping, rows),
            ]
        });
        let events: Vec<_> = events().chunks(4).map(|events| events.join("\n")).collect();
        let mapped = of_mapping.prop_map(|(mapping, rows)| (Some(mapping), rows));
        let lines = mutated(&events).prop_map(|rows| (None, rows));
        (prop_oneof![4 => mapped, 1 => lines], prop::bool::weighted(0.1))
            .prop_map(|((mapping, rows), is_packed)| Input { mapping, rows, is_packed })
            .boxed()
    }

    async fn offer(&self, input: &Input) -> Result<String, String> {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        let (rows, mapping, rejects) = (path("rows"), path("mapping.toml"), path("rejects.ndjson"));
        let content = if input.is_packed { packed(&input.rows.0) } else { input.rows.0.clone() };
        fs::write(&rows, content).expect("a file");
        let mut arguments = vec!["import", &rows, "--rejects", &rejects];
        if let Some(text) = &input.mapping {
            fs::write(&mapping, &text.0).expect("a file");
            arguments.extend(["--mapping", &mapping]);
        }
        let options = Command::try_parse_from(arguments).expect("options").options;
        let imported = import::run(&options, &Everything).await;
        let sent = format!("{:?} {}", input.mapping, input.rows.lossy());
        let folder = format!("{}/", self.folder.path().display());
        let told = |text: &str| clean(&text.replace(&folder, ""), &sent);
        let rejected = fs::read_to_string(&rejects).unwrap_or_default();
        let _ = fs::remove_file(&rejects);
        for line in rejected.lines() {
            let reject: Value =
                serde_json::from_str(line).map_err(|_| format!("no JSON: {line}"))?;
            told(reject["reason"].as_str().ok_or("a reject without a reason")?)?;
        }
        match imported {
            Ok(summary) if summary.clean() => Ok("imported".to_owned()),
            Ok(_) if rejected.is_empty() => Err("rows are missing without a reason".to_owned()),
            Ok(_) => Ok("partly imported".to_owned()),
            Err(error) => told(&error.to_string()).map(|()| "refused".to_owned()),
        }
    }

    async fn close(self) -> Result<(), String> {
        Ok(())
    }
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("room");
    encoder.finish().expect("room")
}
