//! The life of a socket: from `connection_init` to the close frame.
//!
//! One task reads, answers and writes; operations run in tasks of their own and end with it. All
//! that can close the socket comes together in [`Session::turn`].

use std::{collections::HashMap, pin::Pin, sync::Arc, time::Duration};

use async_graphql::Executor;
use axum::extract::ws::{Message, WebSocket};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::{
    sync::mpsc,
    time::{Instant, Interval, MissedTickBehavior, Sleep, interval_at, sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use tracing::Instrument as _;

use super::{
    message::{Close, Incoming, Outgoing},
    operation::{self, Event, Outlet},
};
use crate::{
    auth::Viewer,
    error::{Code, Error},
    graphql::codes,
    http::{
        HttpState,
        sockets::{self, Counted, Place},
    },
};

/// Messages of operations that may wait for the socket; then the operations wait.
const QUEUE_LEN: usize = 16;

/// Of the registry of RFC 6455: another replica may have room now, or this one later. Clients of
/// graphql-ws try again.
const TRY_AGAIN_LATER: u16 = 1013;

/// How long a client may take to answer our close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// How a socket ends.
enum End {
    /// We close it.
    Closed(Close),
    /// The client has closed it and waits for our half of the closing handshake.
    ByClient,
    /// Nothing can be said any more.
    Gone,
}

impl From<Close> for End {
    fn from(close: Close) -> Self {
        Self::Closed(close)
    }
}

/// Serves a socket until it closes.
pub(super) async fn run<E: Executor>(
    state: Arc<HttpState<E>>,
    mut socket: WebSocket,
    header: Option<String>,
    stop: CancellationToken,
) {
    let _counted = Counted::socket();
    let end = if socket.protocol().is_none() {
        End::Closed(Close::new(4406, "Subprotocol not acceptable"))
    } else {
        Session::new(&state, &mut socket, header).live(&stop).await
    };
    // Who does not take part in the closing handshake in time is cut off.
    let _ = timeout(CLOSE_TIMEOUT, close(&mut socket, end)).await;
}

/// Ends a socket in order. Reading on is what sends our half of the handshake.
async fn close(socket: &mut WebSocket, end: End) {
    match end {
        End::Gone => return,
        End::ByClient => {}
        End::Closed(close) => {
            tracing::debug!(code = close.code, reason = close.reason, "a socket is closed");
            if socket.send(close.into_message()).await.is_err() {
                return;
            }
        }
    }
    while let Some(Ok(_)) = socket.recv().await {}
}

/// An operation under way; dropping it ends it.
struct Running {
    run: u64,
    _task: AbortOnDropHandle<()>,
}

/// Whose socket it is; dropping it makes room for another one of the tenant.
struct Admitted {
    viewer: Viewer,
    _place: Place,
}

struct Session<'a, E> {
    state: &'a Arc<HttpState<E>>,
    socket: &'a mut WebSocket,
    /// `Authorization` of the upgrade, used when the payload brings none.
    header: Option<String>,
    /// Set by `connection_init`.
    admitted: Option<Admitted>,
    operations: HashMap<Arc<str>, Running>,
    runs: u64,
    events: mpsc::Receiver<Box<Event>>,
    sender: mpsc::Sender<Box<Event>>,
    /// When `connection_init` is overdue; later, when the credentials end.
    deadline: Pin<Box<Sleep>>,
    pings: Interval,
    /// Whether anything came since the last ping.
    heard: bool,
}

impl<'a, E: Executor> Session<'a, E> {
    fn new(
        state: &'a Arc<HttpState<E>>,
        socket: &'a mut WebSocket,
        header: Option<String>,
    ) -> Self {
        let (sender, events) = mpsc::channel(QUEUE_LEN);
        let period = state.timing.socket_ping;
        let mut pings = interval_at(Instant::now() + period, period);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            state,
            socket,
            header,
            admitted: None,
            operations: HashMap::new(),
            runs: 0,
            events,
            sender,
            deadline: Box::pin(sleep(state.timing.socket_init)),
            pings,
            heard: true,
        }
    }

    async fn live(mut self, stop: &CancellationToken) -> End {
        loop {
            if let Err(end) = self.turn(stop).await {
                return end;
            }
        }
    }

    /// Waits for whatever comes next and does it.
    async fn turn(&mut self, stop: &CancellationToken) -> Result<(), End> {
        tokio::select! {
            message = self.socket.recv() => self.receive(message).await,
            Some(event) = self.events.recv() => self.forward(*event).await,
            () = self.deadline.as_mut() => Err(self.overdue().into()),
            _ = self.pings.tick() => self.ping().await,
            () = stop.cancelled() => Err(Close::new(1001, "going away").into()),
        }
    }

    async fn receive(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        self.heard = true;
        match message {
            Some(Ok(Message::Text(text))) => self.act(Incoming::parse(text.as_str())?).await,
            Some(Ok(Message::Binary(_))) => Err(Close::new(4400, "invalid message: binary").into()),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Err(error)) if error.to_string().contains("too long") => {
                Err(Close::new(1009, "message too big").into())
            }
            Some(Ok(Message::Close(_))) => Err(End::ByClient),
            Some(Err(_)) | None => Err(End::Gone),
        }
    }

    async fn act(&mut self, message: Incoming) -> Result<(), End> {
        match message {
            Incoming::Init(payload) => self.init(payload.as_deref()).await,
            Incoming::Ping(payload) => {
                self.send(Outgoing::Pong { payload: payload.as_deref() }.into_text()).await
            }
            Incoming::Pong => Ok(()),
            Incoming::Subscribe { id, params } => {
                let Some(Admitted { viewer, .. }) = &self.admitted else {
                    return Err(Close::new(4401, "Unauthorized").into());
                };
                let viewer = viewer.clone();
                if self.operations.contains_key(id.as_str()) {
                    let reason = format!("Subscriber for {id} already exists");
                    return Err(Close::new(4409, reason).into());
                }
                if self.operations.len() >= self.state.config.server.max_operations_per_socket {
                    return self.refuse(&id).await;
                }
                self.start(id.into(), viewer, params);
                Ok(())
            }
            Incoming::Complete { id } => {
                self.operations.remove(id.as_str());
                Ok(())
            }
        }
    }

    async fn init(&mut self, payload: Option<&RawValue>) -> Result<(), End> {
        if self.admitted.is_some() {
            return Err(Close::new(4429, "Too many initialisation requests").into());
        }
        let given = payload.and_then(authorization).or(self.header.take());
        let viewer = self
            .state
            .auth
            .authenticate(given.as_deref())
            .await
            .map_err(|error| refused(&error))?;
        let most = self.state.config.server.max_sockets_per_tenant;
        let place = self
            .state
            .sockets
            .take(&viewer.tenant.id, most)
            .map_err(|full| Close::new(TRY_AGAIN_LATER, full.to_string()))?;
        self.deadline.as_mut().reset(Instant::now() + sockets::time_left(&viewer));
        self.admitted = Some(Admitted { viewer, _place: place });
        self.send(Outgoing::ConnectionAck.into_text()).await
    }

    fn overdue(&self) -> Close {
        match self.admitted {
            None => Close::new(4408, "Connection initialisation timeout"),
            Some(_) => Close::new(4403, "token expired"),
        }
    }

    fn start(&mut self, id: Arc<str>, viewer: Viewer, params: crate::http::params::Params) {
        self.runs += 1;
        let outlet = Outlet { id: id.clone(), run: self.runs, events: self.sender.clone() };
        let task = operation::run(self.state.clone(), viewer, params, outlet).in_current_span();
        let task = AbortOnDropHandle::new(tokio::spawn(task));
        self.operations.insert(id, Running { run: self.runs, _task: task });
    }

    async fn refuse(&mut self, id: &str) -> Result<(), End> {
        let most = self.state.config.server.max_operations_per_socket;
        let what = format!("{most} operations run on this socket, the most allowed");
        let error = codes::server_error(Error::RateLimited { what, retry_after_ms: 1_000 });
        self.send(Outgoing::Error { id, payload: &[error] }.into_text()).await
    }

    /// Passes a message on, unless its operation was completed by the client meanwhile.
    async fn forward(&mut self, event: Event) -> Result<(), End> {
        match self.operations.get(&event.id) {
            Some(running) if running.run == event.run => {}
            _ => return Ok(()),
        }
        if event.last {
            self.operations.remove(&event.id);
        }
        self.send(event.text).await
    }

    async fn ping(&mut self) -> Result<(), End> {
        if !std::mem::take(&mut self.heard) {
            tracing::debug!("a socket has fallen silent");
            return Err(End::Gone);
        }
        self.write(Message::Ping(bytes::Bytes::new())).await
    }

    async fn send(&mut self, text: String) -> Result<(), End> {
        self.write(Message::Text(text.into())).await
    }

    /// Who does not read in time is cut off: nothing would reach it, a close frame neither.
    async fn write(&mut self, message: Message) -> Result<(), End> {
        match timeout(self.state.timing.socket_send, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }
}

/// Who is refused may enter later only where nobody can tell yet.
fn refused(error: &Error) -> Close {
    match error.code() {
        Code::Unavailable => Close::new(TRY_AGAIN_LATER, error.to_string()),
        _ => Close::new(4403, format!("Forbidden: {error}")),
    }
}

/// `Authorization` or `authorization` of the payload.
fn authorization(payload: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    struct Payload {
        #[serde(alias = "authorization", rename = "Authorization")]
        authorization: Option<String>,
    }
    serde_json::from_str::<Payload>(payload.get()).ok()?.authorization
}
