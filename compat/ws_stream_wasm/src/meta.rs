use crate::connection::Connection;
use crate::{CloseEvent, WsErr, WsEvent, WsState, WsStream};
use onclose::{CloseFrame, ConnectError, RemoteSender, WebSocket};
use pharos::{Observable, Observe, ObserveConfig, PharErr};
use std::fmt;
use wasm_bindgen_futures::spawn_local;

/// Connects, closes, and delivers the events of a connection.
///
/// It is `Send`. What the browser's socket itself knows ([`wrapped`](Self::wrapped), [`buffered_amount`](Self::buffered_amount),
/// [`extensions`](Self::extensions)) can be asked for on the socket's thread only, as in the original.
pub struct WsMeta {
    connection: Connection,
    sender: RemoteSender,
}

impl WsMeta {
    /// Connects, and offers these subprotocols.
    ///
    /// # Errors
    ///
    /// [`WsErr::InvalidUrl`], also for invalid subprotocols, [`WsErr::ConnectionFailed`], or [`WsErr::Unknown`] with what
    /// else the browser has thrown.
    pub async fn connect(
        url: impl AsRef<str>,
        protocols: impl Into<Option<Vec<&str>>>,
    ) -> Result<(Self, WsStream), WsErr> {
        let url = url.as_ref();
        let builder = WebSocket::builder(url).protocols(protocols.into().unwrap_or_default());
        // Dropping `WsStream`, or closing it as a sink, sends no code.
        let connecting = builder.default_close_frame(CloseFrame::EMPTY).connect();
        let socket = connecting.await.map_err(|error| connect_error(url, &error))?;

        let (connection, home) = Connection::new(socket.as_raw().clone());
        connection.deliver_events(socket.closing(), socket.closed(), home);
        let (remote, driver) = socket.into_remote();
        spawn_local(async move {
            driver.await;
        });
        let sender = remote.sender();
        let stream = WsStream::new(remote, connection.clone());
        Ok((Self { connection, sender }, stream))
    }

    /// Closes without a code, and waits for the close.
    ///
    /// # Errors
    ///
    /// [`WsErr::ConnectionNotOpen`] if it is closed.
    pub async fn close(&self) -> Result<CloseEvent, WsErr> {
        self.close_with(|| Ok(CloseFrame::EMPTY)).await
    }

    /// Closes with this code, and waits for the close.
    ///
    /// # Errors
    ///
    /// [`WsErr::ConnectionNotOpen`] if it is closed, [`WsErr::InvalidCloseCode`].
    pub async fn close_code(&self, code: u16) -> Result<CloseEvent, WsErr> {
        self.close_with(|| frame(code, "")).await
    }

    /// Closes with this code and reason, and waits for the close.
    ///
    /// # Errors
    ///
    /// [`WsErr::ConnectionNotOpen`] if it is closed, [`WsErr::InvalidCloseCode`], [`WsErr::ReasonStringToLong`].
    pub async fn close_reason(&self, code: u16, reason: impl AsRef<str>) -> Result<CloseEvent, WsErr> {
        self.close_with(|| frame(code, reason.as_ref())).await
    }

    async fn close_with(&self, frame: impl FnOnce() -> Result<CloseFrame, WsErr>) -> Result<CloseEvent, WsErr> {
        let closed = match self.ready_state() {
            WsState::Closed => return Err(WsErr::ConnectionNotOpen),
            // Another call, or `wrapped`, has begun it, and this one bounds the wait. The frame is not sent.
            WsState::Closing => self.sender.close(CloseFrame::EMPTY),
            WsState::Connecting | WsState::Open => {
                let frame = frame()?;
                self.connection.request_close();
                self.sender.close(frame)
            }
        };
        Ok(closed.await.event().into())
    }

    /// Returns the state of the connection.
    pub fn ready_state(&self) -> WsState {
        self.connection.state(self.sender.state())
    }

    /// Returns the browser's socket.
    ///
    /// # Panics
    ///
    /// On another thread than the socket's.
    pub fn wrapped(&self) -> &web_sys::WebSocket {
        self.connection.raw()
    }

    /// Returns how many bytes are in the browser's buffer.
    ///
    /// # Panics
    ///
    /// On another thread than the socket's.
    pub fn buffered_amount(&self) -> u32 {
        self.wrapped().buffered_amount()
    }

    /// Returns the extensions that the server chose.
    ///
    /// # Panics
    ///
    /// On another thread than the socket's.
    pub fn extensions(&self) -> String {
        self.wrapped().extensions()
    }

    /// Returns the subprotocol that the server chose.
    pub fn protocol(&self) -> String {
        self.sender.protocol().to_owned()
    }

    /// Returns the URL, as the browser resolved it.
    pub fn url(&self) -> String {
        self.sender.url().to_owned()
    }
}

fn connect_error(url: &str, error: &ConnectError) -> WsErr {
    match (error.close_info(), error.open_error()) {
        (Some(info), _) => WsErr::ConnectionFailed { event: info.event().into() },
        (None, Some(thrown)) if thrown.name() == "SyntaxError" => WsErr::InvalidUrl { supplied: url.to_owned() },
        (None, Some(thrown)) => WsErr::Unknown(thrown.message().to_owned()),
        (None, None) => WsErr::Unknown(error.to_string()),
    }
}

fn frame(code: u16, reason: &str) -> Result<CloseFrame, WsErr> {
    // Checked before the code, as in the original.
    if reason.len() > CloseFrame::MAX_REASON_BYTES {
        return Err(WsErr::ReasonStringToLong);
    }
    CloseFrame::new(code, reason.to_owned()).map_err(|_| WsErr::InvalidCloseCode { supplied: code })
}

impl fmt::Debug for WsMeta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WsMeta").field("sender", &self.sender).finish()
    }
}

impl Observable<WsEvent> for WsMeta {
    type Error = PharErr;

    fn observe(&mut self, options: ObserveConfig<WsEvent>) -> Observe<'_, WsEvent, PharErr> {
        self.connection.events.observe(options)
    }
}
