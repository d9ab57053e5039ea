//! Options of a connection, set before it is created.

use super::WebSocket;
use super::close_info::ReadyState;
use super::core::machine::Config;
use super::core::{Core, raw_buffered_amount};
use super::error::OpenError;
use super::futures::ConnectFuture;
use super::handle::redact;
use crate::CloseFrame;
use crate::js::exception::{HAS_HOST, JsException};
use crate::js::listener::EventHandler;
use crate::js::timer::whole_millis;
use ::core::fmt;
use ::core::future::poll_fn;
use ::core::time::Duration;
use js_sys::Array;
use wasm_bindgen::JsValue;

/// Sets options, then connects; created by [`WebSocket::builder`].
///
#[doc = concat!("```no_run\n", include_str!("../../docs/samples/builder.rs"), "```")]
#[derive(Clone)]
#[must_use = "a builder does nothing until `connect` or `open`"]
// Boxed, because every method moves it.
pub struct WebSocketBuilder(Box<Options>);

#[derive(Clone)]
struct Options {
    url: String,
    protocols: Vec<String>,
    config: Config,
    /// Function pointers, so that the code for subprotocols and for the receive limit is linked only into apps that call
    /// their setters.
    constructor: fn(&Options) -> Result<web_sys::WebSocket, JsValue>,
    message_handler: EventHandler<Core>,
}

/// Leaves out what may be secret: parts of the URL, and subprotocols, which carry tokens where headers cannot.
impl fmt::Debug for WebSocketBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocketBuilder")
            .field("url", &redact(&self.0.url))
            .field("protocols", &self.0.protocols.len())
            .field("config", &self.0.config)
            .finish()
    }
}

const DEFAULTS: Config = Config {
    connect_timeout_ms: 75_000,
    close_timeout_ms: 5_000,
    recv_limit: None,
    default_frame: CloseFrame::NORMAL,
    high_water_mark: 1 << 20,
};

/// Connects with default options. It does not go through the builder, so that an app without options links none of it.
pub(crate) fn connect(url: &str) -> ConnectFuture {
    let url = url.to_owned();
    ConnectFuture::new(async move {
        let raw = create_socket(|| web_sys::WebSocket::new(&url))?;
        // The state is not read, for the reason that `WebSocketBuilder::open` has.
        let core = Core::new(raw, 0, ReadyState::Connecting, DEFAULTS, Core::message_event);
        let socket = WebSocket::new(core);
        poll_fn(|cx| socket.poll_opened(cx)).await?;
        Ok(socket)
    })
}

fn create_socket(
    constructor: impl FnOnce() -> Result<web_sys::WebSocket, JsValue>,
) -> Result<web_sys::WebSocket, OpenError> {
    if !HAS_HOST {
        return Err(OpenError::unsupported());
    }
    constructor().map_err(|exception| JsException::from(exception).into())
}

impl WebSocketBuilder {
    pub(crate) fn new(url: &str) -> Self {
        Self(Box::new(Options {
            url: url.to_owned(),
            protocols: Vec::new(),
            config: DEFAULTS,
            constructor: |options| web_sys::WebSocket::new(&options.url),
            message_handler: Core::message_event,
        }))
    }

    /// Sets the subprotocols to offer, the preferred one first. The server's choice is available from
    /// [`WebSocket::protocol`].
    pub fn protocols(mut self, protocols: impl IntoIterator<Item: AsRef<str>>) -> Self {
        self.0.protocols = protocols.into_iter().map(|protocol| protocol.as_ref().to_owned()).collect();
        self.0.constructor = |options| {
            let list: Array = options.protocols.iter().map(|protocol| JsValue::from_str(protocol)).collect();
            web_sys::WebSocket::new_with_str_sequence(&options.url, &list)
        };
        self
    }

    /// Sets how long connecting may take. Default: 75 seconds.
    ///
    /// Browsers' own limits range from 20 seconds to none. The default is above the 60 seconds by which Firefox delays a
    /// connection after several failed ones. An attempt that is given up meanwhile does not lengthen that delay, so with a
    /// shorter timeout the attempts during the delay fail, and a later one succeeds.
    ///
    /// Rounded up to milliseconds; capped at 2^31 - 1 ms (about 24.8 days).
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.0.config.connect_timeout_ms = whole_millis(timeout);
        self
    }

    /// Sets how long closing may take, from our `close` to the browser's event. Default: 5 seconds.
    ///
    /// Browsers wait between 5 and 60 seconds for a silent peer, and without limit for one that does not read. The same
    /// timeout bounds how long [`WebSocket::finish`] waits for the peer to close.
    pub fn close_timeout(mut self, timeout: Duration) -> Self {
        self.0.config.close_timeout_ms = whole_millis(timeout);
        self
    }

    /// Sets the high-water mark of the send buffer, in bytes. Default: 1 MiB.
    ///
    /// A message of any size is sent when less than this is buffered, so the buffer holds at most the mark and one
    /// message, and another one for each sink that had found capacity before. Zero counts as one: each message then waits
    /// until the one before it has left.
    ///
    /// Browsers fire no event when the buffer has capacity again, so it is polled, and with each message that arrives. If
    /// a poll finds it empty while a send waits, then polls come too rarely for the mark: because the network is fast, or
    /// because the page is hidden and its timers fire once a second or once a minute. As long as that lasts, the mark is 16
    /// times as high, but not above 16 MiB (or the mark itself, if that is higher).
    pub fn send_high_water_mark(mut self, bytes: usize) -> Self {
        // With zero nothing could ever be sent.
        self.0.config.high_water_mark = u32::try_from(bytes).unwrap_or(u32::MAX).max(1).into();
        self
    }

    /// Sets how many bytes of received messages may be queued, and the frame to close with when there are more. Default:
    /// no limit.
    ///
    /// A message counts its size and 64 bytes more, so that empty ones count as well: binary counts its bytes, text its
    /// UTF-16 code units, as the `length` of a JavaScript string. A single message larger than the limit exceeds it, too.
    /// A browser's WebSocket has no way to make the peer send more slowly, so closing is the only way to bound memory. The
    /// stream then yields the messages that fitted, one error, and ends.
    ///
    /// Memory: queued messages stay in JavaScript, where text takes one or two bytes for each code unit, so a queue takes
    /// at most twice the limit there, and at most half of it in wasm. A message beyond the limit is never copied into wasm
    /// memory. A text that is taken from the queue has at most three bytes of UTF-8 for each code unit. Before the limit
    /// applies, the browser itself holds the whole message that it delivers.
    pub fn recv_limit(mut self, bytes: usize, overflow: CloseFrame) -> Self {
        self.0.config.recv_limit = Some((bytes, overflow));
        self.0.message_handler = Core::message_event_limited;
        self
    }

    /// Sets the frame to close with when none was given explicitly: on drop, on closing the `Sink`, and after an
    /// unreadable message. Default: [`CloseFrame::NORMAL`].
    pub fn default_close_frame(mut self, frame: CloseFrame) -> Self {
        self.0.config.default_frame = frame;
        self
    }

    /// Creates the socket and waits until it is open.
    ///
    /// # Errors
    ///
    /// [`ConnectError`](crate::ConnectError) if the browser refuses to create a socket, the connection closes before it
    /// opens, or [`connect_timeout`](Self::connect_timeout) elapses.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the socket. To close it from elsewhere while a task owns the future, use
    /// [`ConnectFuture::close_on_drop`].
    pub fn connect(self) -> ConnectFuture {
        ConnectFuture::new(async move {
            let socket = self.open()?;
            poll_fn(|cx| socket.poll_opened(cx)).await?;
            Ok(socket)
        })
    }

    /// Creates the socket and returns while it is still connecting.
    ///
    /// Sending waits until it is open, and so does [`WebSocket::opened`].
    ///
    /// # Errors
    ///
    /// [`OpenError`] if the browser refuses to create a socket: for an invalid URL or list of protocols, and where there
    /// is no `WebSocket`, as on native targets.
    pub fn open(self) -> Result<WebSocket, OpenError> {
        let raw = create_socket(|| (self.0.constructor)(&self.0))?;
        // Starts in CONNECTING whatever `readyState` is: a blocked socket can be CLOSED while its `error` is still queued.
        Ok(self.into_socket(raw, 0, ReadyState::Connecting))
    }

    /// Wraps an existing `web_sys::WebSocket` with these options; see [`WebSocket::from_raw`].
    ///
    /// URL and protocols are those of the socket. The connect timeout starts with this call.
    #[doc(alias = "adopt")]
    #[must_use = "dropping it closes the socket"]
    pub fn from_raw(self, raw: web_sys::WebSocket) -> WebSocket {
        let (state, buffered) = (ReadyState::from_raw(raw.ready_state()), raw_buffered_amount(&raw));
        self.into_socket(raw, buffered, state)
    }

    fn into_socket(self, raw: web_sys::WebSocket, buffered: u64, state: ReadyState) -> WebSocket {
        let Options { config, message_handler, .. } = *self.0;
        WebSocket::new(Core::new(raw, buffered, state, config, message_handler))
    }
}
