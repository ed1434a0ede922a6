//! `[quality]`: how audits are judged.

use std::collections::HashSet;

use serde::Deserialize;

use super::{ConfigError, load::fault};

/// The settings of `[quality]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QualityConfig {
    /// Lowest score that passes, 0 to 100.
    pub pass_mark: u8,
    /// Memory for pictures of audits, of all tenants together, in MiB; 0 answers every list from the
    /// database.
    pub index_memory_mb: u64,
    /// A tenant with more audits than these has its lists answered from a picture in memory.
    pub index_min_audits: u64,
    pub scorecards: Vec<Scorecard>,
}

/// `[[quality.scorecards]]`: what an audit asks about. A version that audits were scored by stays as it
/// is; a change is another one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scorecard {
    pub id: String,
    /// From 1; the greatest is used unless another is named.
    pub version: u32,
    pub title: String,
    pub categories: Vec<Category>,
}

/// One question of a scorecard.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    pub id: String,
    pub title: String,
    /// The most points that there are for it: 1 to 60, or 100. So the shares of all categories have a
    /// denominator that fits.
    pub points: u32,
    /// What it counts beside the others, 1 to 1,000.
    pub weight: u32,
    /// Whether the whole audit scores 0 when it gets less than half of its points.
    #[serde(default)]
    pub critical: bool,
}

impl QualityConfig {
    /// # Errors
    /// [`ConfigError`] for the first contradiction.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let mut known = HashSet::new();
        for card in &self.scorecards {
            let name = format!("quality.scorecards[{}]", card.id);
            check_id(&format!("{name}.id"), &card.id)?;
            if card.version == 0 || !known.insert((&card.id, card.version)) {
                let expected = "1 or more, each version once";
                return Err(fault(&format!("{name}.version"), card.version, expected));
            }
            card.check(&name)?;
        }
        Ok(())
    }
}

impl Scorecard {
    fn check(&self, name: &str) -> Result<(), ConfigError> {
        if self.categories.is_empty() || self.categories.len() > 100 {
            let (len, expected) = (self.categories.len(), "1 to 100 categories");
            return Err(fault(&format!("{name}.categories"), len, expected));
        }
        let mut known = HashSet::new();
        for category in &self.categories {
            let name = format!("{name}.categories[{}]", category.id);
            check_id(&format!("{name}.id"), &category.id)?;
            if !known.insert(&category.id) {
                return Err(fault(&format!("{name}.id"), &category.id, "each id once"));
            }
            if !matches!(category.points, 1..=60 | 100) {
                let points = category.points;
                return Err(fault(&format!("{name}.points"), points, "1 to 60, or 100"));
            }
            if !(1..=1_000).contains(&category.weight) {
                return Err(fault(&format!("{name}.weight"), category.weight, "1 to 1000"));
            }
        }
        Ok(())
    }
}

fn check_id(name: &str, id: &str) -> Result<(), ConfigError> {
    let is_of_id = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if id.is_empty() || id.len() > 50 || !id.chars().all(is_of_id) {
        return Err(fault(name, id, "1 to 50 letters, digits, `-`, `_` or `.`"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault_of(toml: &str) -> Option<String> {
        let config: QualityConfig = toml::from_str(toml).unwrap();
        config.check().err().map(|error| error.to_string())
    }

    #[test]
    fn a_scorecard_that_contradicts_itself_is_refused_by_name() {
        let card = |version: u32, categories: &str| {
            format!(
                "[[scorecards]]\nid = \"care\"\nversion = {version}\ntitle = \"Care\"\n\
                 categories = [{categories}]\n"
            )
        };
        let category = |id: &str, points: u32, weight: u32| {
            format!("{{ id = \"{id}\", title = \"T\", points = {points}, weight = {weight} }}")
        };
        let tone = category("tone", 5, 10);
        let two = format!("{tone}, {}", category("facts", 3, 1));
        let twice = format!("{tone}, {tone}");
        for (toml, expected) in [
            (format!("pass_mark = 60\n{}{}", card(1, &two), card(2, &tone)), None),
            (card(0, &tone), Some("quality.scorecards[care].version` is `0`")),
            (card(1, &tone).repeat(2), Some("quality.scorecards[care].version` is `1`")),
            (card(1, ""), Some("quality.scorecards[care].categories` is `0`")),
            (card(1, &twice), Some("quality.scorecards[care].categories[tone].id` is `tone`")),
            (card(1, &category("tone", 0, 1)), Some("categories[tone].points` is `0`")),
            (card(1, &category("tone", 99, 1)), Some("categories[tone].points` is `99`")),
            (card(1, &category("tone", 100, 1_000)), None),
            (card(1, &category("tone", 5, 0)), Some("categories[tone].weight` is `0`")),
            (card(1, &category("a b", 5, 1)), Some("categories[a b].id` is `a b`")),
        ] {
            let found = fault_of(&toml);
            assert_eq!(found.is_some(), expected.is_some(), "{found:?}");
            assert!(found.unwrap_or_default().contains(expected.unwrap_or_default()), "{toml}");
        }
    }
}
