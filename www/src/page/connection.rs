//! One connection: everything on this page that uses `onclose`.

use futures_util::future::{AbortHandle, abortable};
use gloo_events::EventListener;
use onclose::{CloseEvent, CloseFrame, CloseInfo, CloseListener, Message, OpenError, WebSocket, WebSocketSender};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen_futures::spawn_local;

/// What the peer is told when the page lets go of a socket without closing it. A bad one would not compile.
pub(crate) const DROPPED: CloseFrame = CloseFrame::from_static(4001, "the page dropped its socket");

/// Where to connect to, and how long to wait.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) url: String,
    pub(crate) connect_timeout: Duration,
    pub(crate) close_timeout: Duration,
    /// Sent as soon as the connection is open.
    pub(crate) hello: Option<&'static str>,
}

/// What happens to a connection, in the order in which it happens.
#[derive(Debug)]
pub(crate) enum Happening {
    Open,
    Sent(String),
    Message(Message),
    /// The browser's `error` event. It holds nothing.
    ErrorEvent,
    /// The browser's `close` event.
    CloseEvent(CloseEvent),
    /// The page called `close`.
    Closing(CloseFrame),
    /// The page dropped the socket.
    Dropped,
    /// The end, as the crate sees it.
    Closed(CloseInfo),
}

pub(crate) type Report = Rc<dyn Fn(Happening)>;

/// Dropping it drops the socket, which closes it with [`DROPPED`] if it is still open, and reports nothing more.
pub(crate) struct Connection {
    socket: RefCell<Option<Socket>>,
    report: Report,
    _until_closed: Task,
    _listeners: (EventListener, CloseListener),
}

/// What keeps a connection open: the task that reads from it, and a handle to send and close with.
struct Socket {
    sender: WebSocketSender,
    _reading: Task,
}

impl Connection {
    pub(crate) fn open(plan: &Plan, report: Report) -> Result<Self, OpenError> {
        let ws = WebSocket::builder(&plan.url)
            .connect_timeout(plan.connect_timeout)
            .close_timeout(plan.close_timeout)
            .default_close_frame(DROPPED)
            .open()?;

        let listeners = listen(ws.as_raw(), &report);
        let until_closed = Task::spawn(until_closed(&ws, Rc::clone(&report)));
        let sender = ws.sender();
        let reading = Task::spawn(read(ws, plan.hello, Rc::clone(&report)));

        let socket = RefCell::new(Some(Socket { sender, _reading: reading }));
        Ok(Self { socket, report, _until_closed: until_closed, _listeners: listeners })
    }

    /// Closes it. The end comes as [`Happening::Closed`], at the latest when `close_timeout` has passed.
    pub(crate) fn close(&self, frame: CloseFrame) {
        let sender = self.socket.borrow().as_ref().map(|socket| socket.sender.clone());
        if let Some(sender) = sender {
            (self.report)(Happening::Closing(frame.clone()));
            // `until_closed` awaits the end already.
            drop(sender.close(frame));
        }
    }

    /// Drops the socket and only waits for its end: a `ClosedFuture` needs nobody to keep the socket.
    pub(crate) fn drop_socket(&self) {
        if let Some(socket) = self.socket.take() {
            (self.report)(Happening::Dropped);
            drop(socket);
        }
    }
}

/// Reads to the end.
async fn read(mut ws: WebSocket, hello: Option<&str>, report: Report) {
    // If it does not open, `until_closed` hears of it too, with more to tell than this error.
    if ws.opened().await.is_err() {
        return;
    }
    report(Happening::Open);
    if let Some(hello) = hello
        && ws.send(hello).await.is_ok()
    {
        report(Happening::Sent(hello.to_owned()));
    }
    // An error is an end that was no proper one; `until_closed` tells of every end.
    while let Some(Ok(message)) = ws.recv().await {
        report(Happening::Message(message));
    }
}

/// Waits for the end, whoever brings it about.
fn until_closed(ws: &WebSocket, report: Report) -> impl Future<Output = ()> + use<> {
    let closed = ws.closed();
    async move {
        let closed = closed.await;
        // The crate's own listener ran first. One turn later the page's have run too, and the timeline reads as it
        // was: the browser's event, then what follows from it.
        gloo_timers::future::sleep(Duration::ZERO).await;
        report(Happening::Closed(closed));
    }
}

/// Watches the raw socket beside the crate, to show what the browser itself said.
fn listen(raw: &web_sys::WebSocket, report: &Report) -> (EventListener, CloseListener) {
    let on_error = Rc::clone(report);
    let on_close = Rc::clone(report);
    (
        EventListener::new(raw, "error", move |_| on_error(Happening::ErrorEvent)),
        onclose::on_close(raw, move |event| on_close(Happening::CloseEvent(event))),
    )
}

/// A task that ends when it is dropped, and takes along what it owns.
struct Task(AbortHandle);

impl Task {
    fn spawn(future: impl Future<Output = ()> + 'static) -> Self {
        let (future, handle) = abortable(future);
        spawn_local(async move {
            let _aborted = future.await;
        });
        Self(handle)
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Whether something accepts WebSockets there.
pub(crate) async fn answers(url: &str) -> bool {
    let patience = Duration::from_secs(3);
    WebSocket::builder(url).connect_timeout(patience).connect().await.is_ok()
}
