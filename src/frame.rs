//! The code and reason of a Close frame that a script may send.

use crate::CloseCode;
use core::fmt;
use std::borrow::Cow;

/// A close code and reason that a script may send, valid by construction.
///
/// Scripts may close only with code 1000 or 3000 to 4999 and a reason of at most 123 bytes of UTF-8. For anything else the
/// browser's `close()` throws and leaves the socket open. A `CloseFrame` holds only valid values, so closing with it
/// cannot fail.
///
/// ```
/// use onclose::{CloseCode, CloseFrame, CloseFrameError};
///
/// // Checked at compile time:
/// const LOGGED_OUT: CloseFrame = CloseFrame::from_static(4001, "logged out");
/// assert_eq!(LOGGED_OUT.code(), Some(CloseCode::new(4001)));
///
/// // Checked at run time:
/// let frame = CloseFrame::new(4002, format!("idle for {} s", 90))?;
/// assert_eq!(frame.reason(), "idle for 90 s");
/// assert_eq!(CloseFrame::new(1001, ""), Err(CloseFrameError::Code(CloseCode::GOING_AWAY)));
/// # Ok::<(), CloseFrameError>(())
/// ```
///
/// An invalid frame in a `const` does not compile:
///
/// ```compile_fail,E0080
/// # use onclose::CloseFrame;
/// const GOING_AWAY: CloseFrame = CloseFrame::from_static(1001, "a script may not send 1001");
/// ```
///
/// The rules are those of [`WebSocket.close()`](https://websockets.spec.whatwg.org/#dom-websocket-close).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CloseFrame {
    code: Option<CloseCode>,
    reason: Cow<'static, str>,
}

impl CloseFrame {
    /// A Close frame without a status code: the peer observes 1005, and so do you if it answers in the same way.
    pub const EMPTY: Self = Self { code: None, reason: Cow::Borrowed("") };

    /// Code 1000 without a reason: a normal closure. Also the [`Default`].
    pub const NORMAL: Self = Self { code: Some(CloseCode::NORMAL), reason: Cow::Borrowed("") };

    /// The maximum length of a reason, in bytes of UTF-8.
    ///
    /// A control frame carries at most 125 bytes, and the code takes two of them
    /// ([RFC 6455, section 5.5](https://www.rfc-editor.org/rfc/rfc6455#section-5.5)).
    pub const MAX_REASON_BYTES: usize = 123;

    /// Creates a frame from constants; invalid values fail to compile in a `const`.
    ///
    /// # Panics
    ///
    /// If called at run time (outside a `const`) with a code that may not be sent or a reason longer than 123 bytes. Use
    /// [`new`](Self::new) for values that are not constants.
    #[must_use]
    #[track_caller]
    pub const fn from_static(code: u16, reason: &'static str) -> Self {
        let code = CloseCode::new(code);
        assert!(code.is_sendable(), "close code is not allowed: use 1000 or 3000-4999");
        assert!(reason.len() <= Self::MAX_REASON_BYTES, "close reason is longer than 123 bytes");
        Self { code: Some(code), reason: Cow::Borrowed(reason) }
    }

    /// Creates a frame from run-time values.
    ///
    /// # Errors
    ///
    /// [`CloseFrameError::Code`] for a code that a script may not send, otherwise [`CloseFrameError::ReasonTooLong`] for a
    /// reason of more than 123 bytes of UTF-8. Browsers check in the same order.
    pub fn new(code: impl Into<CloseCode>, reason: impl Into<Cow<'static, str>>) -> Result<Self, CloseFrameError> {
        let reason = reason.into();
        let code = Self::sendable(code)?;
        if reason.len() > Self::MAX_REASON_BYTES {
            return Err(CloseFrameError::ReasonTooLong { bytes: reason.len() });
        }
        Ok(Self { code: Some(code), reason })
    }

    /// Like [`new`](Self::new), but truncates a reason that is too long, at a character boundary.
    ///
    /// ```
    /// # use onclose::CloseFrame;
    /// let frame = CloseFrame::new_truncated(4000, "€".repeat(50))?;
    /// assert_eq!(frame.reason(), "€".repeat(41)); // 41 × 3 = 123 bytes
    /// # Ok::<(), onclose::CloseFrameError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CloseFrameError::Code`] for a code that a script may not send.
    pub fn new_truncated(
        code: impl Into<CloseCode>,
        reason: impl Into<Cow<'static, str>>,
    ) -> Result<Self, CloseFrameError> {
        let code = Self::sendable(code)?;
        let reason = match reason.into() {
            long if long.len() > Self::MAX_REASON_BYTES => {
                // A `char` has at most four bytes, so a boundary is found within four steps; 0 is always one.
                let end = (0..=Self::MAX_REASON_BYTES).rev().find(|at| long.is_char_boundary(*at)).unwrap_or(0);
                match long {
                    Cow::Borrowed(text) => Cow::Borrowed(text.get(..end).unwrap_or("")),
                    Cow::Owned(mut text) => {
                        text.truncate(end);
                        Cow::Owned(text)
                    }
                }
            }
            short => short,
        };
        Ok(Self { code: Some(code), reason })
    }

    /// Returns the code, or `None` for [`EMPTY`](Self::EMPTY).
    #[must_use]
    pub const fn code(&self) -> Option<CloseCode> {
        self.code
    }

    /// Returns the reason, or an empty string.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    fn sendable(code: impl Into<CloseCode>) -> Result<CloseCode, CloseFrameError> {
        let code = code.into();
        if code.is_sendable() { Ok(code) } else { Err(CloseFrameError::Code(code)) }
    }
}

/// Returns [`CloseFrame::NORMAL`].
impl Default for CloseFrame {
    fn default() -> Self {
        Self::NORMAL
    }
}

/// Returned when a code or reason cannot be sent in a Close frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CloseFrameError {
    /// Scripts may not send this code, only 1000 and 3000 to 4999.
    Code(CloseCode),
    /// The reason is longer than [`CloseFrame::MAX_REASON_BYTES`].
    ReasonTooLong {
        /// The length of the reason, in bytes of UTF-8.
        bytes: usize,
    },
}

impl fmt::Display for CloseFrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "close code {} is not allowed: use 1000 or 3000-4999", code.as_u16()),
            Self::ReasonTooLong { bytes } => {
                write!(f, "close reason is {bytes} bytes, maximum is {}", CloseFrame::MAX_REASON_BYTES)
            }
        }
    }
}

impl core::error::Error for CloseFrameError {}

#[cfg(feature = "serde")]
mod serde_impls {
    use super::CloseFrame;
    use crate::CloseCode;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::SerializeStruct as _};

    /// Serializes as `{ "code": 4001, "reason": "…" }`; the code of an empty frame is null.
    impl Serialize for CloseFrame {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut fields = serializer.serialize_struct("CloseFrame", 2)?;
            fields.serialize_field("code", &self.code)?;
            fields.serialize_field("reason", self.reason())?;
            fields.end()
        }
    }

    /// Deserializes with the checks of [`CloseFrame::new`]. Without a code, the reason must be empty.
    impl<'de> Deserialize<'de> for CloseFrame {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            #[derive(Deserialize)]
            #[serde(rename = "CloseFrame")]
            struct Fields {
                code: Option<CloseCode>,
                #[serde(default)]
                reason: String,
            }
            let Fields { code, reason } = Fields::deserialize(deserializer)?;
            match code {
                Some(code) => CloseFrame::new(code, reason).map_err(D::Error::custom),
                None if reason.is_empty() => Ok(CloseFrame::EMPTY),
                None => Err(D::Error::custom("close reason requires a close code")),
            }
        }
    }
}
