//! One connection through `onclose`. With `load`, this is all of the page's use of the crate.

use futures_util::future::{AbortHandle, abortable};
use gloo_events::EventListener;
use onclose::{CloseEvent, CloseFrame, CloseInfo, CloseListener, Message, OpenError, WebSocket, WebSocketSender};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen_futures::spawn_local;

/// The frame that the server receives if the page drops a socket without closing it. An invalid one would not compile.
pub(crate) const DROP_FRAME: CloseFrame = CloseFrame::from_static(4001, "the page dropped its socket");

#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) url: String,
    pub(crate) connect_timeout: Duration,
    pub(crate) close_timeout: Duration,
    /// A message to send as soon as the connection is open.
    pub(crate) hello: Option<&'static str>,
}

/// An event of a connection. They are reported in the order in which they occur.
#[derive(Debug)]
pub(crate) enum Event {
    Open,
    Sent(String),
    Message(Message),
    /// The browser fired `error`. The event has no details.
    BrowserError,
    /// The browser fired `close`.
    BrowserClose(CloseEvent),
    /// The page called `close`.
    Closing(CloseFrame),
    /// The page dropped the socket.
    Dropped,
    /// The crate reported the close.
    Closed(CloseInfo),
}

pub(crate) type OnEvent = Rc<dyn Fn(Event)>;

/// A connection. Dropping it drops the socket, which closes with [`DROP_FRAME`] if it is still open, and ends all reports.
pub(crate) struct Connection {
    socket: RefCell<Option<Socket>>,
    on_event: OnEvent,
    _report_close: Task,
    _browser_listeners: (EventListener, CloseListener),
}

/// The owners of a socket: the task that receives, and a handle that sends and closes.
struct Socket {
    sender: WebSocketSender,
    _receive: Task,
}

impl Connection {
    pub(crate) fn open(options: &Options, on_event: OnEvent) -> Result<Self, OpenError> {
        let ws = WebSocket::builder(&options.url)
            .connect_timeout(options.connect_timeout)
            .close_timeout(options.close_timeout)
            .default_close_frame(DROP_FRAME)
            .open()?;

        let browser_listeners = listen(ws.as_raw(), &on_event);
        let report_close = Task::spawn(report_close(&ws, Rc::clone(&on_event)));
        let sender = ws.sender();
        let receive = Task::spawn(receive(ws, options.hello, Rc::clone(&on_event)));

        let socket = RefCell::new(Some(Socket { sender, _receive: receive }));
        Ok(Self { socket, on_event, _report_close: report_close, _browser_listeners: browser_listeners })
    }

    /// Closes the connection. [`Event::Closed`] follows within `close_timeout`.
    pub(crate) fn close(&self, frame: CloseFrame) {
        let sender = self.socket.borrow().as_ref().map(|socket| socket.sender.clone());
        if let Some(sender) = sender {
            (self.on_event)(Event::Closing(frame.clone()));
            // Closing starts without the future being polled, and `report_close` already awaits the result.
            drop(sender.close(frame));
        }
    }

    /// Drops the socket. [`Event::Closed`] still follows: a `ClosedFuture` does not need an owner of the socket.
    pub(crate) fn drop_socket(&self) {
        if let Some(socket) = self.socket.take() {
            (self.on_event)(Event::Dropped);
            drop(socket);
        }
    }
}

/// Reports `open` and every message, until the connection closes.
async fn receive(mut ws: WebSocket, hello: Option<&str>, on_event: OnEvent) {
    // If the connection does not open, `report_close` reports the `CloseInfo`, so this error adds nothing.
    if ws.opened().await.is_err() {
        return;
    }
    on_event(Event::Open);
    if let Some(hello) = hello
        && ws.send(hello).await.is_ok()
    {
        on_event(Event::Sent(hello.to_owned()));
    }
    // An error ends the stream after an abnormal close, which `report_close` reports as well.
    while let Some(Ok(message)) = ws.recv().await {
        on_event(Event::Message(message));
    }
}

/// Waits for the close, whichever side initiates it, and reports the result.
fn report_close(ws: &WebSocket, on_event: OnEvent) -> impl Future<Output = ()> + use<> {
    let closed = ws.closed();
    async move {
        let info = closed.await;
        // The crate's listener for `close` was registered first, so this task runs before the page's own listener. After
        // a timer the timeline has them in the right order: the browser's event, then the result that follows from it.
        gloo_timers::future::sleep(Duration::ZERO).await;
        on_event(Event::Closed(info));
    }
}

/// Listens on the raw socket, to show the events that the browser itself fires.
fn listen(raw: &web_sys::WebSocket, on_event: &OnEvent) -> (EventListener, CloseListener) {
    let on_error = Rc::clone(on_event);
    let on_close = Rc::clone(on_event);
    (
        EventListener::new(raw, "error", move |_| on_error(Event::BrowserError)),
        onclose::on_close(raw, move |event| on_close(Event::BrowserClose(event))),
    )
}

/// A spawned task that is aborted, and whose future is dropped, when the value is dropped.
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

/// Returns whether a WebSocket server accepts connections at the URL.
pub(crate) async fn is_reachable(url: &str) -> bool {
    let timeout = Duration::from_secs(3);
    WebSocket::builder(url).connect_timeout(timeout).connect().await.is_ok()
}
