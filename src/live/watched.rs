//! One tenant's floor while someone watches it, and how far those have come who show it.
//!
//! Whoever comes sees a picture that was taken after it came: the one that is held may be as old as
//! changes are collected for, and the same viewer may have seen a later one at another replica.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    task::{Context, Poll},
};

use tokio::sync::{Notify, watch};
use tokio_stream::{Stream, wrappers::WatchStream};

use super::Picture;

/// The pictures of a floor that is watched.
#[derive(Debug, Default)]
pub(super) struct Watched {
    /// The last that showed something else.
    pub(super) pictures: watch::Sender<Option<Picture>>,
    next: Mutex<Next>,
    /// How many were taken, or could not be.
    taken: watch::Sender<u64>,
    asked: Notify,
}

/// What is known of the picture that is taken next.
#[derive(Clone, Copy, Debug, Default)]
struct Next {
    /// How many were begun before.
    begun: u64,
    is_asked_for: bool,
}

impl Watched {
    /// The number of the picture that is taken from now on, and whether someone who came waits for it.
    pub(super) fn begin(&self) -> (u64, bool) {
        let mut next = self.next();
        next.begun += 1;
        (next.begun, std::mem::take(&mut next.is_asked_for))
    }

    pub(super) fn done(&self, number: u64) {
        self.taken.send_replace(number);
    }

    /// Returns when someone wants a picture at once.
    pub(super) async fn asked(&self) {
        self.asked.notified().await;
    }

    /// Waits for a picture that is begun from now on; returns the number of the one that is shown then.
    pub(super) async fn fresh(&self) -> u64 {
        let number = {
            let mut next = self.next();
            next.is_asked_for = true;
            next.begun + 1
        };
        let mut taken = self.taken.subscribe();
        self.asked.notify_one();
        // It is there for as long as the floor is watched.
        let _ = taken.wait_for(|taken| *taken >= number).await;
        self.pictures.borrow().as_ref().map_or(0, |picture| picture.number)
    }

    fn next(&self) -> MutexGuard<'_, Next> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How far an execution has come with the pictures of the floor that it shows.
#[derive(Debug, Default)]
pub struct Progress {
    watched: OnceLock<Arc<Watched>>,
    shown: watch::Sender<u64>,
}

impl Progress {
    /// Says which floor the execution is about to show.
    pub(super) fn follows(&self, watched: &Arc<Watched>) {
        // An execution shows one floor.
        let _ = self.watched.set(Arc::clone(watched));
    }

    /// Waits until the execution shows the floor as it is from now on. At once when it has not begun: it
    /// will show nothing older.
    pub async fn catch_up(&self) {
        let Some(watched) = self.watched.get() else { return };
        let number = watched.fresh().await;
        let _ = self.shown.subscribe().wait_for(|shown| *shown >= number).await;
    }
}

/// Pictures on their way into an execution, which asks for the next one when it has shown the last.
pub(super) struct Followed {
    pictures: WatchStream<Option<Picture>>,
    last: u64,
    progress: Option<Arc<Progress>>,
}

impl Followed {
    pub(super) fn new(
        pictures: watch::Receiver<Option<Picture>>,
        progress: Option<Arc<Progress>>,
    ) -> Self {
        Self { pictures: WatchStream::new(pictures), last: 0, progress }
    }
}

impl Stream for Followed {
    type Item = Picture;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Picture>> {
        loop {
            match Pin::new(&mut self.pictures).poll_next(context) {
                Poll::Ready(Some(Some(picture))) => {
                    self.last = picture.number;
                    return Poll::Ready(Some(picture));
                }
                // Before the first one.
                Poll::Ready(Some(None)) => {}
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => {
                    if let Some(progress) = &self.progress {
                        progress.shown.send_replace(self.last);
                    }
                    return Poll::Pending;
                }
            }
        }
    }
}
