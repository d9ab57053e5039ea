use crate::WsErr;

/// What happens to a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WsEvent {
    /// The connection has opened. Not delivered: it was open before it could be observed.
    Open,
    /// The connection was lost.
    Error,
    /// This side has begun to close the connection.
    Closing,
    /// The connection has closed.
    Closed(CloseEvent),
    /// A message could not be read.
    WsErr(WsErr),
}

impl WsEvent {
    /// Returns `true` for [`WsEvent::Open`].
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Open)
    }

    /// Returns `true` for [`WsEvent::Error`].
    pub fn is_err(&self) -> bool {
        matches!(self, Self::Error)
    }

    /// Returns `true` for [`WsEvent::Closing`].
    pub fn is_closing(&self) -> bool {
        matches!(self, Self::Closing)
    }

    /// Returns `true` for [`WsEvent::Closed`].
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed(_))
    }

    /// Returns `true` for [`WsEvent::WsErr`].
    pub fn is_ws_err(&self) -> bool {
        matches!(self, Self::WsErr(_))
    }
}

/// How a connection closed, as the browser reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseEvent {
    /// The close code; 1005 and 1006 stand for its absence.
    pub code: u16,
    /// The reason, or an empty string.
    pub reason: String,
    /// Whether the browser considers the closing handshake completed.
    pub was_clean: bool,
}

impl From<&onclose::CloseEvent> for CloseEvent {
    fn from(event: &onclose::CloseEvent) -> Self {
        Self { code: event.code().as_u16(), reason: event.reason().to_owned(), was_clean: event.was_clean() }
    }
}

impl From<web_sys::CloseEvent> for CloseEvent {
    fn from(event: web_sys::CloseEvent) -> Self {
        Self::from(&onclose::CloseEvent::from(&event))
    }
}
