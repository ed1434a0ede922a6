//! Reads the query of an address. Each parameter but a list is there once at most, and none that
//! nobody reads.

use async_graphql::resolver_utils::EnumType;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::ActiveEnum;

use crate::{
    error::{Error, Result},
    graphql::scalar::{DATE, parse_date, parse_instant},
};

/// Parameters that wait to be read.
#[derive(Debug)]
pub struct Params {
    left: Vec<(String, String)>,
    /// The names that were asked for, there or not.
    known: Vec<String>,
}

impl Params {
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        Self { left: pairs, known: Vec::new() }
    }

    /// Takes a parameter as it is.
    ///
    /// # Errors
    /// [`Error::BadInput`] when it is there twice; as of all that follow, when it cannot be read.
    pub fn text(&mut self, name: &str) -> Result<Option<String>> {
        let mut values = self.texts(name);
        match values.len() {
            0 | 1 => Ok(values.pop()),
            _ => Err(Error::bad_input(name, "given twice", "one value")),
        }
    }

    /// Takes a list: a parameter that is there once for each value.
    pub(super) fn texts(&mut self, name: &str) -> Vec<String> {
        self.known.push(name.to_owned());
        self.left.extract_if(.., |(key, _)| key == name).map(|(_, value)| value).collect()
    }

    /// A date that has to be there.
    pub(super) fn date(&mut self, name: &str) -> Result<NaiveDate> {
        let date = self.read(name, DATE, parse_date)?;
        date.ok_or_else(|| Error::bad_input(name, "missing", DATE))
    }

    pub(super) fn instant(&mut self, name: &str) -> Result<Option<DateTime<Utc>>> {
        let expected = "an RFC 3339 instant such as 2025-12-25T08:00:00Z, with + as %2B";
        self.read(name, expected, parse_instant)
    }

    pub(super) fn boolean(&mut self, name: &str) -> Result<Option<bool>> {
        self.read(name, "true or false", |text| text.parse().ok())
    }

    pub(super) fn whole(&mut self, name: &str) -> Result<Option<i32>> {
        self.read(name, "a whole number", |text| text.parse().ok())
    }

    /// A word of an enum, in the capitals it has in GraphQL.
    pub(super) fn word<E: ActiveEnum<Value = String>>(&mut self, name: &str) -> Result<Option<E>> {
        let words: Vec<_> = E::iter().map(|word| word.to_value().to_uppercase()).collect();
        let expected = format!("one of {}", words.join(", "));
        self.read(name, &expected, |text| E::iter().find(|word| named(word) == text))
    }

    /// A word of an enum of the schema.
    pub(super) fn item<E: EnumType>(&mut self, name: &str) -> Result<Option<E>> {
        self.text(name)?.map(|text| item(name, &text)).transpose()
    }

    /// A list of such words.
    pub(super) fn items<E: EnumType>(&mut self, name: &str) -> Result<Vec<E>> {
        self.texts(name).iter().map(|text| item(name, text)).collect()
    }

    fn read<T>(
        &mut self,
        name: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        parse(&text).map(Some).ok_or_else(|| Error::bad_text(name, &text, expected))
    }

    /// Refuses what nobody has asked for.
    pub(super) fn finish(self) -> Result<()> {
        match self.left.first() {
            None => Ok(()),
            Some((name, _)) => {
                let expected = format!("one of {}", self.known.join(", "));
                Err(Error::bad_text("parameter", name, &expected))
            }
        }
    }
}

fn item<E: EnumType>(name: &str, text: &str) -> Result<E> {
    let item = E::items().iter().find(|item| item.name == text);
    item.map(|item| item.value).ok_or_else(|| {
        let words: Vec<_> = E::items().iter().map(|item| item.name).collect();
        Error::bad_text(name, text, &format!("one of {}", words.join(", ")))
    })
}

/// The name of a word in GraphQL.
pub(super) fn named<E: ActiveEnum<Value = String>>(word: &E) -> String {
    word.to_value().to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Outcome;

    fn params(pairs: &[(&str, &str)]) -> Params {
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        Params::new(pairs.iter().map(owned).collect())
    }

    #[test]
    fn a_parameter_that_nobody_reads_is_named() {
        let mut params = params(&[("produkt", "a"), ("to", "b")]);
        params.text("product").unwrap();
        params.text("to").unwrap();
        let error = params.finish().unwrap_err().to_string();
        assert_eq!(error, "`parameter` is \"produkt\", expected one of product, to");
    }

    #[test]
    fn values_are_read_by_their_kind() {
        let error = |name: &str, value: &str| {
            let mut params = params(&[(name, value)]);
            let error = match name {
                "at" => params.instant(name).unwrap_err(),
                "ended" => params.boolean(name).unwrap_err(),
                _ => params.word::<Outcome>(name).unwrap_err(),
            };
            error.to_string()
        };
        assert!(error("at", "today").starts_with("`at` is \"today\", expected an RFC 3339"));
        assert_eq!(error("ended", "1"), "`ended` is \"1\", expected true or false");
        assert!(error("outcome", "closed").contains("one of OPEN_AI, WAITING, "));
        let twice = params(&[("a", "1"), ("a", "2")]).text("a").unwrap_err().to_string();
        assert_eq!(twice, "`a` is given twice, expected one value");
        let outcome = params(&[("outcome", "CLOSED")]).word::<Outcome>("outcome").unwrap();
        assert_eq!(outcome, Some(Outcome::Closed));
    }
}
