//! A file of documents by the SHA-256 of their text, as `@graphql-codegen` writes it.

use std::collections::BTreeMap;

use super::Digest;

/// Documents by their digest, in its order.
#[derive(Debug, Default)]
pub struct Manifest {
    pub documents: BTreeMap<Digest, String>,
}

impl Manifest {
    /// Reads a JSON object of `"<64 hexadecimal digits>": "<document>"`; the digits may follow
    /// `sha256:`.
    ///
    /// # Errors
    /// Says which entry is wrong: a digest that is none, or another document's.
    pub fn parse(text: &str) -> Result<Self, String> {
        let entries: BTreeMap<String, String> = serde_json::from_str(text)
            .map_err(|cause| format!("not an object of documents ({cause})"))?;
        let mut documents = BTreeMap::new();
        for (name, document) in entries {
            let digest = Digest::parse(&name)
                .ok_or_else(|| format!("{name:?} is not the SHA-256 of a document"))?;
            let actual = Digest::of(&document);
            if actual != digest {
                return Err(format!("{digest} stands before a document whose SHA-256 is {actual}"));
            }
            documents.insert(digest, document);
        }
        Ok(Self { documents })
    }

    /// Adds a document; whether it is new.
    pub fn add(&mut self, document: String) -> bool {
        self.documents.insert(Digest::of(&document), document).is_none()
    }

    /// The file of it.
    pub fn to_json(&self) -> serde_json::Result<String> {
        let entries: BTreeMap<String, &String> =
            self.documents.iter().map(|(digest, text)| (digest.to_string(), text)).collect();
        serde_json::to_string_pretty(&entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let mut manifest = Manifest::default();
        assert!(manifest.add("{ a }".to_owned()) && manifest.add("{ \"é\" }".to_owned()));
        assert!(!manifest.add("{ a }".to_owned()));
        let text = manifest.to_json().unwrap();
        assert_eq!(Manifest::parse(&text).unwrap().documents, manifest.documents);
        let prefixed = text.replace("\n  \"", "\n  \"sha256:");
        assert_eq!(Manifest::parse(&prefixed).unwrap().documents, manifest.documents);
    }

    #[test]
    fn a_wrong_entry_is_named() {
        let digest = Digest::of("{ a }").to_string();
        for (text, expected) in [
            ("[]".to_owned(), "not an object of documents"),
            (format!("{{\"{digest}\": 7}}"), "not an object of documents"),
            ("{\"a\": \"{ a }\"}".to_owned(), "\"a\" is not the SHA-256 of a document"),
            (format!("{{\"{digest}\": \"{{ b }}\"}}"), &*format!("{digest} stands before")),
        ] {
            let reason = Manifest::parse(&text).unwrap_err();
            assert!(reason.starts_with(expected), "{reason}");
        }
    }
}
