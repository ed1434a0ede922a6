//! The life of an event stream: from its first event to whatever ends it.
//!
//! A task of its own drives it, because the connection asks for nothing while its client does not
//! read, and credentials end all the same. The operation is asked for its next outcome only once
//! the connection has taken the one before, so that a slow client holds it up instead of memory.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, future::BoxFuture, stream::BoxStream};
use tokio::{
    sync::mpsc::{Permit, Sender},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::event;
use crate::http::{
    execute::Outcome,
    sockets::{Counted, Place},
};

/// An operation and the stream that its outcomes go to.
pub(super) struct Stream {
    pub(super) outcomes: BoxStream<'static, Outcome>,
    /// When the stream ends although the operation has not.
    pub(super) end: BoxFuture<'static, ()>,
    /// How long it may be silent.
    pub(super) keep_alive: Duration,
    /// How long the client may take for an event.
    pub(super) send: Duration,
    /// Ends the connection.
    pub(super) cut: CancellationToken,
    pub(super) _place: Place,
    pub(super) _counted: Counted,
}

/// What comes next on a stream.
enum Turn {
    Event(Bytes),
    /// The operation has come to its end.
    Complete,
    /// The client has gone, or the stream may not go on.
    Ended,
}

impl Stream {
    /// Passes on events until the operation is complete or the stream ends.
    ///
    /// A stream that ends before its operation has no `complete`: a client that gets one does not
    /// come back, and one that does not connects anew.
    pub(super) async fn run(mut self, events: Sender<Bytes>) {
        while let Some(room) = self.room(&events).await {
            let last = match self.turn(&events).await {
                Turn::Event(event) => {
                    room.send(event);
                    continue;
                }
                Turn::Complete => Some(event::COMPLETE),
                Turn::Ended => None,
            };
            // Before the client hears of the end, so that its next stream finds the place free.
            drop(self);
            if let Some(event) = last {
                room.send(event);
            }
            return;
        }
    }

    /// Waits until the connection takes an event; `None` once it has ended. Who does not read in
    /// time is cut off.
    async fn room<'a>(&mut self, events: &'a Sender<Bytes>) -> Option<Permit<'a, Bytes>> {
        let Ok(room) = timeout(self.send, events.reserve()).await else {
            tracing::debug!("a stream is not read");
            self.cut.cancel();
            return None;
        };
        room.ok()
    }

    async fn turn(&mut self, events: &Sender<Bytes>) -> Turn {
        tokio::select! {
            outcome = self.outcomes.next() => outcome.map_or(Turn::Complete, |outcome| {
                Turn::Event(event::next(&outcome))
            }),
            () = sleep(self.keep_alive) => Turn::Event(event::COMMENT),
            () = &mut self.end => Turn::Ended,
            () = events.closed() => Turn::Ended,
        }
    }
}
