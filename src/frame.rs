//! What a script may close a connection with: a code and a reason that are valid by construction.

use crate::CloseCode;
use core::fmt;
use std::borrow::Cow;

/// The code and reason to close a connection with, valid by construction.
///
/// Browsers let a script send only 1000 and 3000 to 4999, with a reason of at most 123 bytes of UTF-8; anything else
/// makes their `close()` throw and leaves the socket open. A `CloseFrame` cannot hold anything else, so closing with
/// one cannot fail.
///
/// ```
/// use onclose::{CloseCode, CloseFrame, CloseFrameError};
///
/// // Checked when it is compiled:
/// const LOGGED_OUT: CloseFrame = CloseFrame::from_static(4001, "logged out");
/// assert_eq!(LOGGED_OUT.code(), Some(CloseCode::new(4001)));
///
/// // Checked when it runs:
/// let frame = CloseFrame::new(4002, format!("idle for {} s", 90))?;
/// assert_eq!(frame.reason(), "idle for 90 s");
/// assert_eq!(CloseFrame::new(1001, ""), Err(CloseFrameError::Code(CloseCode::GOING_AWAY)));
/// # Ok::<(), CloseFrameError>(())
/// ```
///
/// A wrong one in a `const` does not compile:
///
/// ```compile_fail,E0080
/// # use onclose::CloseFrame;
/// const GOING_AWAY: CloseFrame = CloseFrame::from_static(1001, "a script may not send 1001");
/// ```
///
/// The rules are [`WebSocket.close()`](https://websockets.spec.whatwg.org/#dom-websocket-close)'s.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CloseFrame {
    code: Option<CloseCode>,
    reason: Cow<'static, str>,
}

impl CloseFrame {
    /// No code and no reason: the peer sees 1005, and so do you if it answers in kind.
    pub const EMPTY: Self = Self { code: None, reason: Cow::Borrowed("") };

    /// 1000 without a reason: what an end that has nothing to explain closes with. Also the [`Default`].
    pub const NORMAL: Self = Self { code: Some(CloseCode::NORMAL), reason: Cow::Borrowed("") };

    /// The most bytes of UTF-8 a reason may have.
    ///
    /// A control frame carries at most 125 bytes, and the code takes two of them
    /// ([RFC 6455, section 5.5](https://www.rfc-editor.org/rfc/rfc6455#section-5.5)).
    pub const MAX_REASON_BYTES: usize = 123;

    /// A frame known when the program is written; in a `const`, a bad one does not compile.
    ///
    /// # Panics
    ///
    /// When called at run time (outside a `const`) with a code that may not be sent or a reason longer than 123
    /// bytes. Use [`new`](Self::new) for values that are not constants.
    #[must_use]
    #[track_caller]
    pub const fn from_static(code: u16, reason: &'static str) -> Self {
        let code = CloseCode::new(code);
        assert!(code.is_sendable(), "a script may close with 1000 and 3000 to 4999 only");
        assert!(reason.len() <= Self::MAX_REASON_BYTES, "a close reason is at most 123 bytes of UTF-8");
        Self { code: Some(code), reason: Cow::Borrowed(reason) }
    }

    /// A frame from values that are known only when the program runs.
    ///
    /// # Errors
    ///
    /// [`CloseFrameError::Code`] for a code that a script may not send, else [`CloseFrameError::ReasonTooLong`] for a
    /// reason of more than 123 bytes of UTF-8: the order in which browsers check.
    ///
    /// # Panics
    ///
    /// Never.
    pub fn new(code: impl Into<CloseCode>, reason: impl Into<Cow<'static, str>>) -> Result<Self, CloseFrameError> {
        let reason = reason.into();
        let code = Self::sendable(code)?;
        if reason.len() > Self::MAX_REASON_BYTES {
            return Err(CloseFrameError::ReasonTooLong { bytes: reason.len() });
        }
        Ok(Self { code: Some(code), reason })
    }

    /// Like [`new`](Self::new), but a reason that is too long is cut to what fits, between two characters.
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
    ///
    /// # Panics
    ///
    /// Never.
    pub fn new_truncated(
        code: impl Into<CloseCode>,
        reason: impl Into<Cow<'static, str>>,
    ) -> Result<Self, CloseFrameError> {
        let code = Self::sendable(code)?;
        let reason = match reason.into() {
            long if long.len() > Self::MAX_REASON_BYTES => {
                // A char is at most four bytes, so one of these is a boundary; 0 always is.
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

    /// The code, or `None` for [`EMPTY`](Self::EMPTY).
    #[must_use]
    pub const fn code(&self) -> Option<CloseCode> {
        self.code
    }

    /// The reason; empty if there is none.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    fn sendable(code: impl Into<CloseCode>) -> Result<CloseCode, CloseFrameError> {
        let code = code.into();
        if code.is_sendable() { Ok(code) } else { Err(CloseFrameError::Code(code)) }
    }
}

/// [`CloseFrame::NORMAL`].
impl Default for CloseFrame {
    fn default() -> Self {
        Self::NORMAL
    }
}

/// Why a [`CloseFrame`] could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CloseFrameError {
    /// A script may not send this code: only 1000 and 3000 to 4999.
    Code(CloseCode),
    /// The reason is longer than [`CloseFrame::MAX_REASON_BYTES`].
    ReasonTooLong {
        /// How many bytes of UTF-8 it has.
        bytes: usize,
    },
}

impl fmt::Display for CloseFrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => {
                write!(f, "a script may close with 1000 and 3000 to 4999 only, not with {}", code.as_u16())
            }
            Self::ReasonTooLong { bytes } => {
                write!(
                    f,
                    "a close reason is at most {} bytes of UTF-8, this one has {bytes}",
                    CloseFrame::MAX_REASON_BYTES
                )
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

    /// As `{ "code": 4001, "reason": "…" }`; the code of an empty frame is null.
    impl Serialize for CloseFrame {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut fields = serializer.serialize_struct("CloseFrame", 2)?;
            fields.serialize_field("code", &self.code)?;
            fields.serialize_field("reason", self.reason())?;
            fields.end()
        }
    }

    /// Checked as [`CloseFrame::new`] does; without a code, the reason has to be empty.
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
                None => Err(D::Error::custom("a close reason needs a code")),
            }
        }
    }
}
