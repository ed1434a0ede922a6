//! Which document a request asks for, and whether it may be executed here.
//!
//! Every operation passes [`find`] before its document is read, by whatever way it came. So under
//! `trusted_only` the kept documents ([`super::documents`]) are trusted ones too, and so is what the
//! precompiled path finds among them.

use std::{collections::HashMap, fmt, sync::Arc};

use async_graphql::ServerError;
use moka::sync::Cache;

use super::{HttpState, documents::Document, named::Named, params::Params, prepare};
use crate::{
    config::Config,
    documents::{Digest, Trusted},
    error::{Error, Result},
    graphql::codes,
    tenant::TenantId,
};

/// What a document takes beside its text, its place in the cache included.
const ENTRY_BYTES: usize = 256;

/// The documents of one tenant's clients, the least used forgotten first.
type Given = Cache<Digest, Arc<str>>;

/// The documents that are asked for by their digest.
#[derive(Clone)]
pub struct Persisted {
    trusted: Trusted,
    /// Whether no others are executed.
    only: bool,
    /// Those that clients gave; of each tenant apart, so that none forgets or learns another's. None
    /// where none are taken.
    given: Option<Arc<HashMap<TenantId, Given>>>,
}

impl fmt::Debug for Persisted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Persisted").field("only", &self.only).finish_non_exhaustive()
    }
}

impl Persisted {
    pub fn new(config: &Config, trusted: Trusted) -> Self {
        let server = &config.server;
        let takes = server.apq_cache_bytes > 0 && !server.trusted_only;
        let given = takes.then(|| {
            let tenants = config.tenants.values();
            let given = tenants.map(|tenant| (tenant.id.clone(), given(server.apq_cache_bytes)));
            Arc::new(given.collect())
        });
        Self { trusted, only: server.trusted_only, given }
    }

    /// Puts the text of the document into `params`; the digest to keep it under once it was read.
    fn resolve(&self, tenant: &TenantId, params: &mut Params) -> Result<Option<Digest>> {
        let Some(named) = params.named.take() else {
            return self.admit(&params.query).map(|()| None);
        };
        let digest = named.digest();
        if params.query.is_empty() {
            let text = self.text(tenant, digest).ok_or_else(|| self.missing(&named))?;
            (*text).clone_into(&mut params.query);
            return Ok(None);
        }
        if Digest::of(&params.query) != digest {
            return Err(Error::bad_input(named.field(), digest, "the SHA-256 of `query`"));
        }
        self.admit(&params.query)?;
        Ok(matches!(named, Named::ByHash(_)).then_some(digest))
    }

    fn text(&self, tenant: &TenantId, digest: Digest) -> Option<Arc<str>> {
        let given = || self.given.as_ref()?.get(tenant)?.get(&digest);
        self.trusted.find(digest).cloned().or_else(given)
    }

    fn admit(&self, text: &str) -> Result<()> {
        if !self.only || self.trusted.has(text) {
            return Ok(());
        }
        Err(untrusted(Digest::of(text)))
    }

    fn missing(&self, named: &Named) -> Error {
        match named {
            _ if self.only => untrusted(named.digest()),
            Named::ById(digest) => Error::not_found("document", digest.to_string()),
            Named::ByHash(_) if self.given.is_some() => Error::PersistedQueryNotFound,
            Named::ByHash(_) => Error::PersistedQueryNotSupported,
        }
    }

    fn keep(&self, tenant: &TenantId, digest: Digest, text: &str) {
        if let Some(given) = self.given.as_ref().and_then(|given| given.get(tenant)) {
            given.insert(digest, text.into());
        }
    }
}

fn given(max_bytes: usize) -> Given {
    let weigher =
        |_: &Digest, text: &Arc<str>| u32::try_from(ENTRY_BYTES + text.len()).unwrap_or(u32::MAX);
    Cache::builder().max_capacity(max_bytes as u64).weigher(weigher).build()
}

fn untrusted(digest: Digest) -> Error {
    let what = format!("execute document {digest}: only those of the manifest are trusted here");
    Error::Forbidden(what)
}

/// Finds the document and the operation that `params` ask for, and puts its text into them.
///
/// # Errors
/// A request error: nothing was executed.
pub(super) fn find<E>(
    state: &HttpState<E>,
    tenant: &TenantId,
    params: &mut Params,
) -> Result<Arc<Document>, ServerError> {
    let (persisted, limits) = (&state.persisted, &state.config.server);
    // Before anything is computed of it.
    prepare::check_length(&params.query, limits).map_err(codes::server_error)?;
    let learnt = persisted.resolve(tenant, params).map_err(codes::server_error)?;
    let document = prepare::find(params, limits, &state.documents)?;
    if let Some(digest) = learnt {
        persisted.keep(tenant, digest, &params.query);
    }
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn persisted(bytes: usize) -> Persisted {
        let mut config = Config::default();
        config.server.apq_cache_bytes = bytes;
        config.tenants.insert("other".to_owned(), Arc::default());
        Persisted::new(&config.checked().unwrap(), Trusted::default())
    }

    fn asked(text: &str, with_text: bool) -> Params {
        let query = if with_text { text.to_owned() } else { String::new() };
        Params { query, named: Some(Named::ByHash(Digest::of(text))), ..Params::default() }
    }

    fn give(persisted: &Persisted, tenant: &TenantId, text: &str) {
        let digest = persisted.resolve(tenant, &mut asked(text, true)).unwrap();
        persisted.keep(tenant, digest.unwrap(), text);
    }

    #[test]
    fn a_document_is_known_to_the_tenant_that_gave_it_only() {
        let persisted = persisted(1 << 20);
        let (own, other) = (TenantId::new("default"), TenantId::new("other"));
        let mut params = asked("{ a }", false);
        assert_eq!(
            persisted.resolve(&own, &mut params).unwrap_err().to_string(),
            "PersistedQueryNotFound"
        );
        give(&persisted, &own, "{ a }");
        let mut params = asked("{ a }", false);
        assert_eq!(persisted.resolve(&own, &mut params).unwrap(), None);
        assert_eq!(params.query, "{ a }");
        assert!(persisted.resolve(&other, &mut asked("{ a }", false)).is_err());
    }

    #[test]
    fn a_tenant_that_gives_many_forgets_its_own_only() {
        let persisted = persisted(100 * (ENTRY_BYTES + 5));
        let (own, other) = (TenantId::new("default"), TenantId::new("other"));
        give(&persisted, &own, "{ a }");
        for number in 100..1_100 {
            give(&persisted, &other, &format!("{{{number}}}"));
        }
        let given = &persisted.given.as_ref().unwrap()[&other];
        given.run_pending_tasks();
        assert!((1..=100).contains(&given.entry_count()), "{}", given.entry_count());
        assert!(persisted.resolve(&own, &mut asked("{ a }", false)).is_ok());
    }

    #[test]
    fn without_room_nothing_is_taken() {
        let persisted = persisted(0);
        let own = TenantId::new("default");
        give(&persisted, &own, "{ a }");
        let error = persisted.resolve(&own, &mut asked("{ a }", false)).unwrap_err();
        assert_eq!(error.to_string(), "PersistedQueryNotSupported");
    }

    #[test]
    fn a_digest_of_another_text_is_refused() {
        let persisted = persisted(1 << 20);
        let mut params = asked("{ a }", true);
        params.query.push(' ');
        let error = persisted.resolve(&TenantId::new("default"), &mut params).unwrap_err();
        let message = error.to_string();
        assert!(message.ends_with(", expected the SHA-256 of `query`"), "{message}");
    }
}
