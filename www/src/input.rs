//! What was typed: whether it can be used, and what is wrong with it.

use onclose::{CloseCode, CloseFrame, CloseFrameError};

/// What the peer is asked to close with. It may be a code that no peer should send.
#[derive(Debug, PartialEq, Eq)]
pub struct PeerFrame {
    pub code: u16,
    pub reason: String,
}

/// Why something cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub enum Mistake {
    NoNumber,
    NotForScripts(CloseCode),
    TooLong { bytes: usize },
    ReasonWithoutCode,
}

impl Mistake {
    /// Of the two fields, it is the reason that is wrong.
    pub fn is_in_reason(&self) -> bool {
        matches!(self, Self::TooLong { .. })
    }
}

/// What we close with: only what a browser lets a script send.
pub fn our_frame(code: &str, reason: &str) -> Result<CloseFrame, Mistake> {
    let code = code.trim();
    if code.is_empty() {
        return if reason.is_empty() { Ok(CloseFrame::EMPTY) } else { Err(Mistake::ReasonWithoutCode) };
    }
    // A number, or a name such as “Normal Closure”.
    let code: CloseCode = code.parse().map_err(|_| Mistake::NoNumber)?;
    CloseFrame::new(code, reason.to_owned()).map_err(|error| match error {
        CloseFrameError::ReasonTooLong { bytes } => Mistake::TooLong { bytes },
        _ => Mistake::NotForScripts(code),
    })
}

/// What the peer is to close with: any code.
pub fn peer_frame(code: &str, reason: &str) -> Result<PeerFrame, Mistake> {
    let code = code.trim().parse().map_err(|_| Mistake::NoNumber)?;
    match reason.len() {
        bytes if bytes > CloseFrame::MAX_REASON_BYTES => Err(Mistake::TooLong { bytes }),
        _ => Ok(PeerFrame { code, reason: reason.to_owned() }),
    }
}

/// A whole number from 1 to `most`.
pub fn number(text: &str, most: u32) -> Option<u32> {
    text.trim().parse().ok().filter(|number| (1..=most).contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_s_frame_is_what_browsers_take() {
        assert_eq!(our_frame("", ""), Ok(CloseFrame::EMPTY));
        assert_eq!(our_frame("", "why"), Err(Mistake::ReasonWithoutCode));
        assert_eq!(our_frame(" normal closure ", ""), Ok(CloseFrame::NORMAL));
        assert_eq!(our_frame("1001", ""), Err(Mistake::NotForScripts(CloseCode::GOING_AWAY)));
        assert_eq!(our_frame("65536", ""), Err(Mistake::NoNumber));
        assert!(our_frame("4000", &"€".repeat(41)).is_ok());
        assert_eq!(our_frame("4000", &"é".repeat(62)), Err(Mistake::TooLong { bytes: 124 }));
    }

    #[test]
    fn the_peer_may_be_asked_for_any_code_but_not_for_a_frame_that_is_too_long() {
        assert_eq!(peer_frame("1006", "x"), Ok(PeerFrame { code: 1006, reason: "x".to_owned() }));
        assert_eq!(peer_frame("-1", ""), Err(Mistake::NoNumber));
        assert!(peer_frame("4000", &"x".repeat(124)).is_err_and(|mistake| mistake.is_in_reason()));
    }

    #[test]
    fn a_number_is_whole_and_within_its_limits() {
        assert_eq!(number(" 300 ", 300), Some(300));
        for wrong in ["", "0", "301", "1.5", "-1", "soon"] {
            assert_eq!(number(wrong, 300), None, "{wrong}");
        }
    }
}
