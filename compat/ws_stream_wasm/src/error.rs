use crate::CloseEvent;

/// Why an operation failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WsErr {
    /// A number is not one of the four ready states.
    #[error("{supplied} is not a ready state")]
    InvalidWsState {
        /// The number.
        supplied: u16,
    },
    /// The connection is closing or closed.
    #[error("the connection is not open")]
    ConnectionNotOpen,
    /// The browser rejected the URL.
    #[error("invalid URL: {supplied}")]
    InvalidUrl {
        /// The URL.
        supplied: String,
    },
    /// Browsers let scripts send 1000 and 3000 to 4999 only.
    #[error("{supplied} is not a close code that a browser sends")]
    InvalidCloseCode {
        /// The code.
        supplied: u16,
    },
    /// A close reason has more than 123 bytes of UTF-8.
    #[error("the close reason is longer than 123 bytes")]
    ReasonStringToLong,
    /// The connection closed before it opened.
    #[error("the connection failed: {event:?}")]
    ConnectionFailed {
        /// How it closed.
        event: CloseEvent,
    },
    /// Not returned by this implementation: browsers deliver text as valid Unicode.
    #[error("a text message is not valid Unicode")]
    InvalidEncoding,
    /// Not returned by this implementation: messages never arrive as a `Blob`.
    #[error("a Blob could not be read")]
    CantDecodeBlob,
    /// A message is neither text nor an `ArrayBuffer`: a script has changed `binaryType`.
    #[error("a message is neither text nor an ArrayBuffer")]
    UnknownDataType,
    /// Any other error, such as what the browser has thrown.
    #[error("{0}")]
    Unknown(String),
}
