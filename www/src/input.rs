//! Validation of what the user types: Close frames, timeouts and counts.

use onclose::{CloseCode, CloseFrame, CloseFrameError};

/// The Close frame that the server is asked to send. Unlike a [`CloseFrame`], it may have a code that is not allowed on
/// the wire.
#[derive(Debug, PartialEq, Eq)]
pub struct ServerFrame {
    pub code: u16,
    pub reason: String,
}

/// Why a typed code and reason do not make a Close frame.
#[derive(Debug, PartialEq, Eq)]
pub enum InputError {
    InvalidCode,
    CodeNotSendable(CloseCode),
    ReasonTooLong { bytes: usize },
    ReasonWithoutCode,
}

impl InputError {
    /// Returns whether the reason's field is invalid, and not the code's.
    pub fn is_in_reason(&self) -> bool {
        matches!(self, Self::ReasonTooLong { .. })
    }
}

/// Parses the frame that the client closes with. Its code must be one that browsers let scripts send.
pub fn client_frame(code: &str, reason: &str) -> Result<CloseFrame, InputError> {
    let code = code.trim();
    if code.is_empty() {
        return if reason.is_empty() { Ok(CloseFrame::EMPTY) } else { Err(InputError::ReasonWithoutCode) };
    }
    // A number, or a name such as “Normal Closure”.
    let code: CloseCode = code.parse().map_err(|_| InputError::InvalidCode)?;
    CloseFrame::new(code, reason.to_owned()).map_err(|error| match error {
        CloseFrameError::ReasonTooLong { bytes } => InputError::ReasonTooLong { bytes },
        _ => InputError::CodeNotSendable(code),
    })
}

/// Parses the frame that the server closes with. Its code may be any `u16`.
pub fn server_frame(code: &str, reason: &str) -> Result<ServerFrame, InputError> {
    let code = code.trim().parse().map_err(|_| InputError::InvalidCode)?;
    match reason.len() {
        bytes if bytes > CloseFrame::MAX_REASON_BYTES => Err(InputError::ReasonTooLong { bytes }),
        _ => Ok(ServerFrame { code, reason: reason.to_owned() }),
    }
}

/// Parses a whole number from 1 to `max`.
pub fn whole_number(text: &str, max: u32) -> Option<u32> {
    text.trim().parse().ok().filter(|number| (1..=max).contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_frame_accepts_what_close_accepts_and_nothing_else() {
        assert_eq!(client_frame("", ""), Ok(CloseFrame::EMPTY));
        assert_eq!(client_frame("", "why"), Err(InputError::ReasonWithoutCode));
        assert_eq!(client_frame(" normal closure ", ""), Ok(CloseFrame::NORMAL));
        assert_eq!(client_frame("1001", ""), Err(InputError::CodeNotSendable(CloseCode::GOING_AWAY)));
        assert_eq!(client_frame("65536", ""), Err(InputError::InvalidCode));
        assert!(client_frame("4000", &"€".repeat(41)).is_ok());
        assert_eq!(client_frame("4000", &"é".repeat(62)), Err(InputError::ReasonTooLong { bytes: 124 }));
    }

    #[test]
    fn server_frame_accepts_any_code_but_no_reason_over_123_bytes() {
        assert_eq!(server_frame("1006", "x"), Ok(ServerFrame { code: 1006, reason: "x".to_owned() }));
        assert_eq!(server_frame("-1", ""), Err(InputError::InvalidCode));
        assert!(server_frame("4000", &"x".repeat(124)).is_err_and(|error| error.is_in_reason()));
    }

    #[test]
    fn whole_number_rejects_fractions_signs_and_values_out_of_range() {
        assert_eq!(whole_number(" 300 ", 300), Some(300));
        for invalid in ["", "0", "301", "1.5", "-1", "soon"] {
            assert_eq!(whole_number(invalid, 300), None, "{invalid}");
        }
    }
}
