//! Options of a socket, before it is made.

use super::WebSocket;
use super::close_info::ReadyState;
use super::core::machine::Config;
use super::core::{Core, Happened};
use super::error::{ConnectError, OpenError};
use crate::CloseFrame;
use crate::js::exception::{HAS_HOST, Thrown};
use crate::js::timer::millis;
use ::core::time::Duration;
use js_sys::Array;
use wasm_bindgen::JsValue;

/// Sets options, then connects; made by [`WebSocket::builder`].
///
/// ```no_run
/// # async fn f() -> Result<(), onclose::ConnectError> {
/// use onclose::{CloseFrame, WebSocket};
/// use std::time::Duration;
///
/// const TOO_FAST: CloseFrame = CloseFrame::from_static(4009, "cannot keep up");
///
/// let ws = WebSocket::builder("wss://example.com/feed")
///     .protocols(["feed.v2", "feed.v1"])
///     .connect_timeout(Duration::from_secs(10))
///     .recv_limit(1 << 20, TOO_FAST)
///     .connect()
///     .await?;
/// assert!(ws.protocol().starts_with("feed."));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `connect` or `open`"]
// In a box, as it is moved a lot.
pub struct WebSocketBuilder(Box<Options>);

#[derive(Clone, Debug)]
struct Options {
    url: String,
    protocols: Vec<String>,
    send_buffer: u32,
    config: Config,
    /// What only some builders need is behind a pointer that only they set: others do without its code.
    make: fn(&Options) -> Result<web_sys::WebSocket, JsValue>,
    received: Happened,
}

const DEFAULTS: Config =
    Config { connect_timeout: 75_000, close_timeout: 5_000, recv_limit: None, default_frame: CloseFrame::NORMAL };
const SEND_BUFFER: u32 = 1 << 20;

/// With default options: an app that has no others does without the builder's code.
pub(crate) async fn connect(url: String) -> Result<WebSocket, ConnectError> {
    let raw = made(move || web_sys::WebSocket::new(&url))?;
    // Whatever it says, as in `WebSocketBuilder::open`.
    let core = Core::new(raw, 0, ReadyState::Connecting, DEFAULTS, Core::received, SEND_BUFFER);
    opened(WebSocket::new(core)).await
}

fn made(make: impl FnOnce() -> Result<web_sys::WebSocket, JsValue>) -> Result<web_sys::WebSocket, OpenError> {
    if !HAS_HOST {
        return Err(OpenError::unsupported());
    }
    make().map_err(|thrown| Thrown::from(thrown).into())
}

async fn opened(socket: WebSocket) -> Result<WebSocket, ConnectError> {
    socket.opened().await?;
    Ok(socket)
}

impl WebSocketBuilder {
    pub(crate) fn new(url: &str) -> Self {
        Self(Box::new(Options {
            url: url.to_owned(),
            protocols: Vec::new(),
            send_buffer: SEND_BUFFER,
            config: DEFAULTS,
            make: |options| web_sys::WebSocket::new(&options.url),
            received: Core::received,
        }))
    }

    /// The subprotocols to offer, the preferred one first. Which one the server chose is
    /// [`WebSocket::protocol`]'s answer.
    pub fn protocols(mut self, protocols: impl IntoIterator<Item: AsRef<str>>) -> Self {
        self.0.protocols = protocols.into_iter().map(|protocol| protocol.as_ref().to_owned()).collect();
        self.0.make = |options| {
            let list: Array = options.protocols.iter().map(|protocol| JsValue::from_str(protocol)).collect();
            web_sys::WebSocket::new_with_str_sequence(&options.url, &list)
        };
        self
    }

    /// How long connecting may take. Default: 75 seconds.
    ///
    /// Browsers' own limits range from 20 seconds to none. The default is above the 60 seconds by which Firefox
    /// delays a connection after several failed ones: a shorter one can fail for ever there.
    ///
    /// Timers count whole milliseconds up to 24 days; what is longer counts as that.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.0.config.connect_timeout = millis(timeout);
        self
    }

    /// How long closing may take, from our `close` to the browser's event. Default: 5 seconds.
    ///
    /// Browsers wait between 5 and 60 seconds for a silent peer, and without limit for one that does not read. The
    /// same time bounds how long [`WebSocket::finish`] waits for the peer to close.
    pub fn close_timeout(mut self, timeout: Duration) -> Self {
        self.0.config.close_timeout = millis(timeout);
        self
    }

    /// The high-water mark of what waits to be sent, in bytes. Default: 1 MiB.
    ///
    /// A message is sent when less than this is buffered, however large it is; so at most the mark and one message
    /// wait. Zero counts as one: each message then waits for the one before it to leave.
    pub fn send_high_water_mark(mut self, bytes: usize) -> Self {
        // At zero nothing could ever be sent.
        self.0.send_buffer = u32::try_from(bytes).unwrap_or(u32::MAX).max(1);
        self
    }

    /// How many bytes of received messages may wait to be taken, and what to close with when more come. Default: no
    /// limit.
    ///
    /// Text counts as UTF-8. A single message larger than this exceeds it too. A browser's WebSocket cannot be made
    /// to read more slowly, so closing is the only way to bound memory; the stream then yields the messages that
    /// fitted, one error, and the end.
    pub fn recv_limit(mut self, bytes: usize, overflow: CloseFrame) -> Self {
        self.0.config.recv_limit = Some((bytes, overflow));
        self.0.received = Core::received_within;
        self
    }

    /// What to close with when nobody chose a frame: on drop, by closing it as a `Sink`, and after a message that
    /// cannot be read. Default: [`CloseFrame::NORMAL`].
    pub fn default_close_frame(mut self, frame: CloseFrame) -> Self {
        self.0.config.default_frame = frame;
        self
    }

    /// Makes the socket and waits until it is open.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] if the browser refuses to make a socket, the connection ends before it opens, or
    /// [`connect_timeout`](Self::connect_timeout) passes.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the socket.
    ///
    /// # Panics
    ///
    /// Never.
    pub async fn connect(self) -> Result<WebSocket, ConnectError> {
        opened(self.open()?).await
    }

    /// Makes the socket and returns while it is still connecting.
    ///
    /// Sending waits until it is open, and [`WebSocket::opened`] tells when that is.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if the browser refuses to make a socket: for a bad URL or list of protocols, and wherever there is
    /// no `WebSocket`, on native targets above all.
    ///
    /// # Panics
    ///
    /// Never.
    pub fn open(self) -> Result<WebSocket, OpenError> {
        let raw = made(|| (self.0.make)(&self.0))?;
        // Whatever it says: one that the browser blocks can be closed already, with the `error` that tells so to come.
        Ok(self.own(raw, 0, ReadyState::Connecting))
    }

    /// Takes over a socket that exists already, with these options; see [`WebSocket::from_raw`].
    ///
    /// URL and protocols are the socket's own. The deadline for connecting counts from this call.
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use = "dropping it closes the socket"]
    pub fn from_raw(self, raw: web_sys::WebSocket) -> WebSocket {
        let (state, buffered) = (raw.ready_state().into(), raw.buffered_amount());
        self.own(raw, buffered, state)
    }

    fn own(self, raw: web_sys::WebSocket, buffered: u32, state: ReadyState) -> WebSocket {
        let Options { config, received, send_buffer, .. } = *self.0;
        WebSocket::new(Core::new(raw, buffered, state, config, received, send_buffer))
    }
}
