//! Errors of byte streams.

use ::core::error::Error;
use ::core::fmt;
use std::io;

/// A text message that was received where bytes are read. Contains the text.
///
/// It is inside of the [`io::Error`] that a read returned:
///
/// ```
/// fn text_of(error: std::io::Error) -> Option<String> {
///     let error = error.into_inner()?.downcast::<onclose::UnexpectedText>().ok()?;
///     Some(error.into_text())
/// }
/// ```
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(docsrs, doc(cfg(any(feature = "futures-io", feature = "tokio"))))]
pub struct UnexpectedText(String);

impl UnexpectedText {
    pub(super) fn new(text: String) -> Self {
        Self(text)
    }

    /// Returns the text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Converts into the text.
    #[must_use]
    pub fn into_text(self) -> String {
        self.0
    }
}

impl fmt::Debug for UnexpectedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The text is left out: it may be long, or secret.
        f.debug_struct("UnexpectedText").field("bytes", &self.0.len()).finish()
    }
}

impl fmt::Display for UnexpectedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "received a text message of {} bytes in a stream of bytes", self.0.len())
    }
}

impl Error for UnexpectedText {}

/// Converts to [`InvalidData`](io::ErrorKind::InvalidData).
impl From<UnexpectedText> for io::Error {
    fn from(error: UnexpectedText) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}
