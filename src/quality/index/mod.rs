//! Pictures in memory of the audits of tenants that have many (ADR 32).
//!
//! Invariant: an answer is of one state of the tenant's audits, that of the snapshot it comes with, which was
//! taken after the question was asked. Changes of a tenant are numbered in the order in which they become
//! visible, so that all that a picture lacks are the audits whose last change has a greater number than its
//! own. Start at [`Index::ask`].

mod columns;
mod dictionary;
mod mask;
mod names;
mod picture;
mod shelf;
mod tally;
#[cfg(test)]
mod tests;

use std::{cmp::Ordering, sync::Arc, time::Duration};

use tokio::sync::{OwnedRwLockReadGuard, RwLock, Semaphore};

pub(super) use self::picture::Picture;
pub use self::shelf::Pictured;
use self::shelf::{Shelf, Wish};
use super::store;
use crate::{
    config::QualityConfig,
    db::{Db, Transaction},
    error::{Error, Result},
    tenant::TenantId,
};

/// Audits of one statement while a picture is made; few in tests, so that much happens between two.
const CHUNK: u64 = if cfg!(test) { 50 } else { 10_000 };
/// Most changes that a question waits for; a picture that lacks more is made anew.
const MOST_CHANGES: u64 = if cfg!(test) { 500 } else { 10_000 };
/// When a tenant with few audits, or one that could not be read, is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// The same of a tenant whose picture has no room.
const NO_ROOM: Duration = Duration::from_mins(10);
/// What an audit takes at least, in bytes.
const LEAST_BYTES: usize = 33;

/// What the configuration says of pictures.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    /// Memory for all of them together; 0 for none.
    max_bytes: usize,
    /// A tenant needs more audits than these.
    min_audits: u64,
    pass_mark: u8,
}

impl From<&QualityConfig> for Settings {
    fn from(config: &QualityConfig) -> Self {
        let bytes = config.index_memory_mb.saturating_mul(1 << 20);
        Self {
            max_bytes: usize::try_from(bytes).unwrap_or(usize::MAX),
            min_audits: config.index_min_audits,
            pass_mark: config.pass_mark,
        }
    }
}

/// The pictures of all tenants.
#[derive(Debug)]
pub(super) struct Index {
    db: Db,
    settings: Settings,
    shelf: Shelf,
    /// One picture is made at a time: each reads all audits of a tenant.
    builds: Semaphore,
}

/// An answer, and the snapshot that it is of.
#[derive(Debug)]
pub(super) struct Found<T> {
    pub(super) answer: T,
    pub(super) snapshot: Transaction,
}

impl<T> Found<T> {
    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Found<U> {
        Found { answer: change(self.answer), snapshot: self.snapshot }
    }
}

type Shared = Arc<RwLock<Picture>>;

impl Index {
    pub(super) fn new(db: Db, settings: Settings) -> Self {
        let shelf = Shelf::new(settings.max_bytes);
        Self { db, settings, shelf, builds: Semaphore::new(1) }
    }

    /// Asks the picture of a tenant, brought up to date; none where there is none, and it is for the
    /// database to answer. A picture that is worth it is then made in the background.
    pub(super) async fn ask<T: Send + 'static>(
        self: &Arc<Self>,
        tenant: &TenantId,
        question: impl FnOnce(&Picture) -> T + Send + 'static,
    ) -> Result<Option<Found<T>>> {
        let picture = match self.shelf.find(tenant) {
            Wish::Have(picture) => picture,
            Wish::Make => {
                tokio::spawn(Arc::clone(self).make(tenant.clone()));
                return Ok(None);
            }
            Wish::Without => return Ok(None),
        };
        let Some((picture, snapshot)) = self.fresh(tenant, picture).await? else {
            return Ok(None);
        };
        // Milliseconds of computing, which would hold up whoever shares the thread.
        let answer = tokio::task::spawn_blocking(move || question(&picture)).await;
        Ok(Some(Found { answer: answer.map_err(|cause| interrupted(&cause))?, snapshot }))
    }

    /// A picture and a snapshot of the same state. The snapshot is taken while nobody can make the picture
    /// newer, and so is never the older one.
    async fn fresh(
        &self,
        tenant: &TenantId,
        picture: Shared,
    ) -> Result<Option<(OwnedRwLockReadGuard<Picture>, Transaction)>> {
        {
            let seen = Arc::clone(&picture).read_owned().await;
            let snapshot = self.db.of(tenant).snapshot().await?;
            let last = store::find_last_change(&snapshot, tenant).await?;
            match last.cmp(&seen.change()) {
                Ordering::Equal => return Ok(Some((seen, snapshot))),
                Ordering::Greater => {}
                Ordering::Less => {
                    tracing::warn!(%tenant, "the database has gone back; audits are read anew");
                    self.forget(tenant);
                    return Ok(None);
                }
            }
            // Both are given back before the wait: others need the connection while they read.
        }
        let mut behind = picture.write_owned().await;
        let snapshot = self.db.of(tenant).snapshot().await?;
        let known = behind.change();
        let changes = store::list_changes(&snapshot, tenant, known, MOST_CHANGES + 1).await?;
        if changes.len() as u64 > MOST_CHANGES {
            self.forget(tenant);
            return Ok(None);
        }
        let applied = tokio::task::spawn_blocking(move || {
            behind.apply(&changes);
            behind
        });
        let present = applied.await.map_err(|cause| interrupted(&cause))?.downgrade();
        self.shelf.note_size(tenant, Pictured::of(&present));
        Ok(Some((present, snapshot)))
    }

    /// Forgets the picture of a tenant; the next question has it made anew.
    pub(super) fn forget(&self, tenant: &TenantId) {
        self.shelf.take_down(tenant);
    }

    pub(super) fn pictured(&self, tenant: &TenantId) -> Option<Pictured> {
        self.shelf.pictured(tenant)
    }

    /// Makes a picture, if it is worth it and has room.
    async fn make(self: Arc<Self>, tenant: TenantId) {
        let made = match self.builds.acquire().await {
            Ok(_turn) => self.read_all(&tenant).await,
            Err(_) => Ok(Made::TooFew),
        };
        match made {
            Ok(Made::Picture(picture)) => self.shelf.put(&tenant, *picture),
            Ok(Made::TooFew) => self.shelf.give_up(&tenant, LOOK_AGAIN),
            Ok(Made::NoRoom) => {
                tracing::info!(%tenant, "too many audits for `quality.index_memory_mb`");
                self.shelf.give_up(&tenant, NO_ROOM);
            }
            Err(error) => {
                tracing::warn!(%tenant, ?error, "cannot read all audits; the database answers lists");
                self.shelf.give_up(&tenant, LOOK_AGAIN);
            }
        }
    }

    /// Reads all audits of a tenant, a chunk at a time and not of one instant: whatever changes meanwhile has
    /// a greater number than `known`, and is read again.
    async fn read_all(&self, tenant: &TenantId) -> Result<Made> {
        let pool = &self.db.of(tenant);
        // Numbers have no gaps.
        let audits = usize::try_from(store::find_last_number(pool, tenant).await?).unwrap_or(0);
        if audits as u64 <= self.settings.min_audits {
            return Ok(Made::TooFew);
        }
        if !self.shelf.has_room(tenant, audits.saturating_mul(LEAST_BYTES)) {
            return Ok(Made::NoRoom);
        }
        let known = store::find_last_change(pool, tenant).await?;
        let mut picture = Picture::new(self.settings.pass_mark, known);
        let mut after = 0;
        loop {
            let audits = store::list_from(pool, tenant, after, CHUNK).await?;
            let Some(last) = audits.last() else { break };
            after = last.id;
            picture = on_thread(picture, move |picture| picture.fill(&audits)).await?;
            if !self.shelf.has_room(tenant, picture.bytes()) {
                return Ok(Made::NoRoom);
            }
        }
        picture = on_thread(picture, Picture::finish).await?;
        loop {
            let changes = store::list_changes(pool, tenant, picture.change(), CHUNK).await?;
            if changes.is_empty() {
                return Ok(Made::Picture(Box::new(picture)));
            }
            picture = on_thread(picture, move |picture| picture.apply(&changes)).await?;
        }
    }
}

/// What became of a picture that was to be made.
enum Made {
    Picture(Box<Picture>),
    TooFew,
    NoRoom,
}

async fn on_thread(
    mut picture: Picture,
    change: impl FnOnce(&mut Picture) + Send + 'static,
) -> Result<Picture> {
    let changed = tokio::task::spawn_blocking(move || {
        change(&mut picture);
        picture
    });
    changed.await.map_err(|cause| interrupted(&cause))
}

fn interrupted(cause: &tokio::task::JoinError) -> Error {
    Error::Internal(format!("a picture of audits: {cause}"))
}
