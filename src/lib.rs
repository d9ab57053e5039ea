//! The browser's WebSocket for Rust compiled to wasm, above all its end.
//!
//! The `close` event becomes a Rust future or a Rust closure with a typed code, on a socket of yours or of somebody
//! else, before, during or after the fact, for any number of waiters, and the same in Chromium, Firefox and WebKit.
//!
//! # A socket that someone else owns
//!
//! [`on_close`] calls a closure and [`closed()`] is a future. Neither changes anything on the socket.
//!
//! ```no_run
//! # async fn f(socket: &web_sys::WebSocket) -> Result<(), onclose::AlreadyClosed> {
//! use onclose::CloseCode;
//!
//! // Runs with every `close` event until the guard is dropped:
//! let listener = onclose::on_close(socket, |event| {
//!     let what = if event.was_clean { "closed" } else { "lost" };
//!     show(&format!("{what}: {} {:?}", event.code, event.reason));
//! });
//!
//! // Or waits for it, in whatever state the socket is:
//! let event = onclose::closed(socket).await?;
//! match event.code {
//!     CloseCode::NORMAL | CloseCode::GOING_AWAY => {}
//!     CloseCode::SERVICE_RESTART | CloseCode::TRY_AGAIN_LATER => show("back in a minute"),
//!     code if code == 4001 => show("please log in again"),
//!     code => show(code.description()),
//! }
//! drop(listener);
//! # Ok(()) }
//! # fn show(_: &str) {}
//! ```
//!
//! # A socket of your own
//!
//! [`WebSocket`] is a `Stream` and a `Sink`, and its end is a future that always resolves.
//!
//! ```no_run
//! # async fn f() -> Result<(), Box<dyn std::error::Error>> {
//! use onclose::{CloseCause, CloseFrame, WebSocket};
//!
//! let mut ws = WebSocket::connect("wss://example.com/feed").await?; // the error keeps the close event
//! ws.send("hello").await?; // waits for room; gives the message back if it cannot be sent
//!
//! let stop = ws.sender(); // closes from anywhere: a button's closure, another task
//! let ended = ws.closed(); // awaits the end from anywhere
//! # drop((stop, ended));
//!
//! while let Some(message) = ws.recv().await {
//!     handle(message?); // an error, once, if the connection is lost
//! }
//! let closed = ws.close(CloseFrame::NORMAL).await; // ended already, or within `close_timeout`
//! match closed.cause() {
//!     CloseCause::Local | CloseCause::Remote => {}
//!     CloseCause::Lost | CloseCause::Timeout | CloseCause::Blocked => reconnect_later(),
//!     _ => {}
//! }
//! # Ok(()) }
//! # fn handle(_: onclose::Message) {}
//! # fn reconnect_later() {}
//! ```
//!
//! # What it promises
//!
//! 1. **One end.** A socket of ours has exactly one [`CloseInfo`]. It never changes, and every waiter, early or late, on any
//!    handle, gets it.
//! 2. **No surprise order.** Messages that came before the close are delivered before the end. The stream ends once,
//!    after at most one error.
//! 3. **Sends never lie.** From the moment closing begins, sending fails and gives the message back.
//! 4. **Nothing waits for ever.** Connecting, closing and finishing have deadlines of their own.
//! 5. **Nothing leaks.** Closures are owned, and freed at the end or on drop, whichever is first.
//! 6. **Nothing is faked.** No event is dispatched on a socket, no `on*` attribute is set, no other listener disturbed.
//! 7. **Nothing panics**, whatever the order of events; a callback may close, drop or reconnect the socket it runs on.
//! 8. **Drop is safe in every state**, connecting included, and in every order of handles.
//! 9. **Everywhere**: page, dedicated, shared and service worker. On native targets all of it compiles, codes and frames
//!    work, and [`WebSocketBuilder::open`] says that there is no WebSocket.
//! 10. **Small**: no JavaScript snippet, no executor, no spawned task.
//!
//! # What engines differ in
//!
//! Code, `was_clean` and the `error` event are independent of one another, so nothing is derived from one about
//! another. Some that are good to know: our own code comes back only if the peer echoes it; closing while connecting
//! always reports 1006; WebKitGTK turns a server's 1012, 1013 and 1014 into 1006; Firefox passes on 1005, 1006 and 1015
//! from the wire. What you asked for stays in [`CloseInfo::requested`], and why it ended in [`CloseInfo::cause`].
//!
//! A socket of an iframe that is removed gets no event in any engine: who awaits its end or a message goes on waiting
//! until somebody calls `close` or drops it.
//!
//! # Features
//!
//! - `serde` (off by default): [`CloseCode`] as its number, [`CloseFrame`] checked when it is read, [`CloseEvent`].
//! - `js-queue` (off by default): what is received waits in a queue of a JavaScript snippet, so wasm hears only of the
//!   first message of a run, and as a rule takes each in one call. Short ones take a seventh to a third less time, the
//!   browser's own work aside. For apps, not for libraries: wasm-bindgen has no snippets for its target `no-modules`,
//!   its target `nodejs` needs Node 20.19 or 22.12 for them, and with others the app is more files than two. With a
//!   [`recv_limit`](WebSocketBuilder::recv_limit) limit messages are counted as they come, as without it. A `flush` that is
//!   first asked for after the end may fail where it would not without it: less is then known of what was sent last.
//!
//! # Scope
//!
//! For the WebSocket of browsers and of hosts like them. It is not a protocol implementation: for servers and native
//! clients there are tungstenite and fastwebsockets. It does not reconnect. If one codebase has to run natively and on
//! the web behind one type, tokio-tungstenite-wasm or reqwest-websocket offer that, and tell less of the end.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod code;
mod event;
mod frame;
mod js;
mod observed;
mod socket;

pub use code::{CloseCode, CodeRange, ParseCloseCodeError};
pub use event::{CloseEvent, CloseEventError};
pub use frame::{CloseFrame, CloseFrameError};
pub use observed::closed::{AlreadyClosed, CloseEventFuture, closed};
pub use observed::on_close::{CloseListener, on_close};
/// For `fuzz`, and in no ordinary build: the machine is nobody else's business.
#[cfg(fuzzing)]
#[doc(hidden)]
pub use socket::fuzz as fuzz_machine;
pub use socket::{
    CloseCause, CloseInfo, ClosedFuture, ConnectError, CopyError, Message, MessageListener, OpenError, RawMessage,
    ReadyState, RecvError, SendError, SendFuture, WebSocket, WebSocketBuilder, WebSocketReceiver, WebSocketSender,
};
