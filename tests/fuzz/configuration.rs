//! The configuration file: refused in one line, which shows no secret.

use std::fs;

use deskpulse::config::Config;
use proptest::strategy::BoxedStrategy;
use tempfile::TempDir;

use crate::{
    answer::clean,
    mutate::{Text, mutated},
    run,
};

const SECRET: &str = "hunter2hunter2hunter2hunter2hunter2hunter2";

/// The keys that hold secrets.
const KEYS: [&str; 8] = [
    "jwt_secret",
    "database_url",
    "redis_url",
    "otlp_endpoint",
    "token",
    "url",
    "secret",
    "previous_secret",
];

pub(crate) struct Target {
    folder: TempDir,
}

fn seeds() -> Vec<String> {
    let example = include_str!("../../examples/deskpulse.toml");
    // Section by section, so that a change is not lost among all the others.
    let mut seeds: Vec<_> =
        example.split("\n\n").map(|section| section.replace("# ", "")).collect();
    seeds.push(example.to_owned());
    seeds.push(format!(
        "[auth]\njwt_secret = \"{SECRET}\"\n\n[store]\ndatabase_url = \"postgres://u:{SECRET}@h/d\"\n\
         redis_url = \"redis://:{SECRET}@h\"\n\n[log]\notlp_endpoint = \"http://u:{SECRET}@h\"\n\n\
         [tenants.acme]\ntime_zone = \"America/New_York\"\n\
         language = \"en\"\nplan = \"standard\"\n\n[tenants.acme.coze]\ntoken = \"{SECRET}\"\n\n\
         [tenants.acme.quota_webhook]\nurl = \"https://h/{SECRET}\"\nsecret = \"whsec_{SECRET}\"\n"
    ));
    seeds
}

impl run::Target for Target {
    type Input = Text;

    const NAME: &str = "configuration";
    const OUTCOMES: &[&str] = &["taken", "refused"];

    async fn open() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn inputs(&self) -> BoxedStrategy<Text> {
        mutated(&seeds())
    }

    async fn offer(&self, input: &Text) -> Result<String, String> {
        let file = self.folder.path().join("desk.toml");
        fs::write(&file, &input.0).expect("a file");
        match Config::load(Some(&file)) {
            Ok(config) => {
                let is_shown = format!("{config:?}").contains(SECRET);
                if is_shown && !is_elsewhere(&input.lossy()) {
                    Err("a secret in Debug".to_owned())
                } else {
                    Ok("taken".to_owned())
                }
            }
            Err(error) => {
                let message = error.to_string();
                if message.lines().count() != 1 || !message.starts_with("configuration: ") {
                    return Err(format!("not one line of ours: {message:?}"));
                }
                if message.contains(SECRET) && !is_of_another_key(&message) {
                    return Err(format!("a secret is shown: {message:?}"));
                }
                clean(&message, &input.lossy()).map(|()| "refused".to_owned())
            }
        }
    }

    async fn close(self) -> Result<(), String> {
        Ok(())
    }
}

/// Whether the changes have put the secret where none belongs, such as into a name.
fn is_of_another_key(message: &str) -> bool {
    let key = message.split('`').nth(1).unwrap_or_default();
    !KEYS.contains(&key.rsplit('.').next().unwrap_or_default())
}

/// The same of a file that was taken.
fn is_elsewhere(text: &str) -> bool {
    fn holds(key: &str, value: &toml::Value) -> bool {
        match value {
            toml::Value::String(text) => text.contains(SECRET) && !KEYS.contains(&key),
            toml::Value::Array(items) => items.iter().any(|item| holds(key, item)),
            toml::Value::Table(fields) => {
                fields.iter().any(|(key, value)| key.contains(SECRET) || holds(key, value))
            }
            _ => false,
        }
    }
    let table = toml::from_str::<toml::Table>(text);
    table.is_ok_and(|table| holds("", &toml::Value::Table(table)))
}

#[test]
fn a_secret_is_elsewhere_where_no_key_of_secrets_has_it() {
    let known = format!("[log]\notlp_endpoint = \"{SECRET}\"\n[auth]\njwt_secret = \"{SECRET}\"");
    assert!(!is_elsewhere(&known));
    for text in [format!("[log]\nfilter = \"{SECRET}\""), format!("[tenants.{SECRET}]")] {
        assert!(is_elsewhere(&text), "{text}");
    }
}
