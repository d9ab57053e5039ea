//! WebSocket client for Rust in the browser (WebAssembly): an async `Stream` and `Sink` over the browser's `WebSocket`,
//! with typed close codes, backpressure, and a `close()` that completes even if the server never answers.
//!
//! # Getting started
//!
//! ```console
//! $ cargo add onclose wasm-bindgen wasm-bindgen-futures
//! $ cargo add web-sys --features console
//! ```
//!
#![doc = concat!("```no_run\n", include_str!("../docs/samples/quick_start.rs"), "```")]
//!
//! [`WebSocket::builder`] sets subprotocols, timeouts and buffer limits. [`WebSocket::split`] and [`WebSocket::sender`]
//! return handles that can send and close, for event handlers and other tasks. [`WebSocketReceiver::on_message`] receives
//! without a task. [`WebSocket::into_events`] is a stream that has the close as its last item.
//!
//! # Closing
//!
//! A connection has exactly one [`CloseInfo`]. Any number of tasks can wait for it with [`WebSocket::closed`], before or
//! after the connection closes. Its [`CloseCause`] says who or what ended the connection:
//!
#![doc = concat!("```no_run\n", include_str!("../docs/samples/closing.rs"), "```")]
//!
//! A component of a user interface owns a [`CloseOnDrop`], which closes the connection when the component is unmounted,
//! although a task owns the socket.
//!
//! The crate does not reconnect by itself. Wait longer before each further attempt: a refused connection fails at once.
//!
//! # Observing an existing socket
//!
//! [`on_close`] and [`closed()`] observe a `web_sys::WebSocket` that other code owns. [`on_close_event`] passes the
//! browser's own event.
//!
#![doc = concat!("```no_run\n", include_str!("../docs/samples/observing.rs"), "```")]
//!
//! # Errors
//!
//! Each operation has a small error of its own, with the close info or the unsent message where there is one. [`Error`]
//! is an enum of the errors of opening, connecting, sending and receiving. All but [`ReuniteError`] convert into
//! `std::io::Error`; [`guide::io_errors`] lists the kinds.
//!
//! # `Send`
//!
//! A browser's socket belongs to the thread that created it. So [`WebSocket`], its halves and its futures are neither
//! [`Send`] nor [`Sync`]; codes, frames, events, messages, [`CloseInfo`] and the errors, except [`SendRawError`] and
//! [`ReuniteError`], are both.
//!
//! - Spawn tasks with `wasm_bindgen_futures::spawn_local`, or `yew::platform::spawn_local`, `leptos::task::spawn_local`,
//!   `dioxus::prelude::spawn`.
//! - Frameworks that ask for `Send + Sync` values have a local variant: in Leptos `StoredValue::new_local` and
//!   `RwSignal::new_local`. Yew's and Dioxus's state have no such bound.
//! - [`guide::frameworks`] shows a component, and its cleanup.
//! - A library with `Send` futures in its interface, or a handle in a worker that shares the wasm memory, needs the feature
//!   `remote`: `WebSocket::into_remote` returns a handle that is `Send` and `Sync`, and leaves the socket on its thread.
//!
//! # Guarantees
//!
//! Each is a test, in Chromium, Firefox and WebKitGTK.
//!
//! 1. **Exactly one close result.** A connection has one [`CloseInfo`]. It never changes, and every waiter, on any handle,
//!    gets it.
//! 2. **Order.** Messages received before the close are delivered before it. The stream ends once, after at most one error.
//!    Messages are sent in the order in which their sends were first polled, whatever handle they came from.
//! 3. **Failed sends return the message.** Once closing has started, sending fails and the error contains the message. A
//!    stream that is cut off by the timeout of [`finish`](WebSocket::finish) ends with an error.
//! 4. **Bounded waits.** Connecting, closing, [`finish`](WebSocket::finish) and closing a sink complete within their
//!    timeouts, counted from the last progress. A timer that fires late, in a hidden page or after a busy thread, lets
//!    pending events take their turn before it decides.
//! 5. **Bounded memory.** Closures, listeners and timers are freed with the last handle and future of a connection.
//!    [`recv_limit`](WebSocketBuilder::recv_limit) and the high-water mark bound what their documentation says.
//! 6. **No side effects.** No event is dispatched on a socket, no `on*` attribute is set, and other listeners keep working.
//! 7. **No panics.** No public function panics, except [`CloseFrame::from_static`] with invalid values outside of a `const`.
//!    Callbacks may close, drop or reconnect the socket that they run on.
//! 8. **Safe to drop in any state**, connecting included, and in any order of handles.
//! 9. **All contexts.** Page, dedicated, shared and service worker. On native targets everything compiles, codes and frames
//!    work, and [`WebSocketBuilder::open`] returns an error.
//! 10. **No executor.** The crate spawns no task, and by default contains no JavaScript snippet.
//!
//! # Browser differences
//!
//! `code`, `was_clean` and the `error` event are independent, so the crate never infers one from another. Worth knowing:
//! your own code is reported only if the peer echoes it; closing while connecting reports 1006, unless Firefox has
//! completed the handshake; WebKitGTK reports 1012, 1013 and 1014 from a server as 1006; Firefox exposes 1005, 1006 and 1015
//! if a peer illegally sends them. The frame that you asked for is in [`CloseInfo::requested`]. [`guide::engines`] lists
//! about 150 situations per engine.
//!
//! If the iframe that created a socket is removed, no browser fires any event: `recv` and `closed` stay pending until you
//! call `close` or drop the socket.
//!
//! # Feature flags
//!
//! - `bytes` (off by default): [`Message`] from and into `Bytes` and `BytesMut` of the crate
//!   [bytes](https://docs.rs/bytes), without a copy where nothing else refers to them.
//! - `serde` (off by default): `Serialize` and `Deserialize` for [`CloseCode`] (its number), [`CloseFrame`] (validated) and
//!   [`CloseEvent`]. It is not about messages: use `serde_json` or a binary format on their content.
//! - `futures-io` (off by default): a connection as a stream of bytes, by `WebSocket::into_io`: the `AsyncRead`,
//!   `AsyncBufRead` and `AsyncWrite` of futures-io, for codecs and multiplexers.
//! - `tokio` (off by default): the same traits of tokio, without its runtime and its other features.
//! - `js-queue` (off by default): received messages are queued in a JavaScript snippet, and wasm is called once per batch
//!   instead of once per message. It cuts the per-message overhead of short messages by 14 to 33 % (excluding the browser's
//!   own work). Enable it in applications, not in libraries: wasm-bindgen's target `no-modules` has no snippets, its target
//!   `nodejs` needs Node 20.19 or 22.12 for them, and other targets write more than two files. Connections with a
//!   [`recv_limit`](WebSocketBuilder::recv_limit) do not use the queue. A [`flush`](WebSocket::flush) first called after the
//!   close may return an error that it would not return without this feature, because `bufferedAmount` is sampled less
//!   often.
//! - `remote` (off by default): `WebSocket::into_remote` returns a handle that is `Send` and `Sync`, for any thread, and a
//!   driver that the app runs on the socket's thread. Adds futures-channel.
//!
//! # Scope
//!
//! This crate is for the `WebSocket` of browsers and compatible hosts (Node 22 or newer, Deno, Bun). It implements no
//! protocol: for servers and native clients there are tungstenite and fastwebsockets. It does not reconnect. If one codebase
//! must run natively and on the web behind one type, use tokio-tungstenite-wasm or reqwest-websocket, which report fewer
//! close details. [`guide::comparison`] has more.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod code;
mod event;
mod frame;
#[cfg(doc)]
pub mod guide;
#[cfg(any(feature = "futures-io", feature = "tokio"))]
mod io;
mod js;
mod observed;
#[cfg(feature = "remote")]
mod remote;
mod socket;

pub use code::{CloseCode, CodeRange, ParseCloseCodeError};
pub use event::{CloseEvent, CloseEventError};
pub use frame::{CloseFrame, CloseFrameError};
#[cfg(any(feature = "futures-io", feature = "tokio"))]
pub use io::{UnexpectedText, WebSocketIo};
pub use observed::closed::{AlreadyClosed, CloseEventFuture, closed};
pub use observed::on_close::{CloseListener, on_close, on_close_event};
#[cfg(feature = "remote")]
pub use remote::{
    RemoteClosedFuture, RemoteDriver, RemoteReceiver, RemoteRecvFuture, RemoteSendFuture, RemoteSender, RemoteWebSocket,
};
/// The model of the state machine for the crate in `fuzz`; not part of any ordinary build.
#[cfg(fuzzing)]
#[doc(hidden)]
pub use socket::fuzz as fuzz_machine;
pub use socket::{
    CloseCause, CloseInfo, CloseOnDrop, ClosedFuture, ClosingFuture, ConnectError, ConnectFuture, CopyError, Error,
    Event, Events, FlushFuture, InvalidReadyState, Message, MessageListener, OpenError, OpenedFuture, RawMessage,
    ReadyFuture, ReadyState, RecvError, RecvFuture, RecvRawFuture, ReuniteError, SendError, SendFuture, SendRawError,
    SendRawFuture, StateListener, TryRecvError, WeakWebSocketSender, WebSocket, WebSocketBuilder, WebSocketReceiver,
    WebSocketSender,
};

/// Compiles the README's examples.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
