//! What holds of codes, frames and events made from anything at all; for the host's tests, and for fuzzing.

use onclose::{CloseCode, CloseFrame, CloseFrameError};

/// What `CloseFrame::new` and `new_truncated` make of it.
pub(crate) fn frame(code: u16, reason: &str) {
    let (code, bytes) = (CloseCode::new(code), reason.len());
    let fits = bytes <= CloseFrame::MAX_REASON_BYTES;
    let made = CloseFrame::new(code, reason.to_owned());
    let cut = CloseFrame::new_truncated(code, reason.to_owned());
    if !code.is_sendable() {
        assert_eq!(made, Err(CloseFrameError::Code(code)));
        assert_eq!(cut, made);
        return;
    }
    let cut = cut.expect("a code that can be sent");
    assert_eq!(cut.code(), Some(code));
    assert!(reason.starts_with(cut.reason()));
    match made {
        Ok(made) => {
            assert!(fits);
            assert_eq!((made.code(), made.reason()), (Some(code), reason));
            assert_eq!(cut, made);
        }
        Err(error) => {
            assert!(!fits);
            assert_eq!(error, CloseFrameError::ReasonTooLong { bytes });
            assert!(cut.reason().len() <= CloseFrame::MAX_REASON_BYTES);
            let next = reason[cut.reason().len()..].chars().next().map_or(0, char::len_utf8);
            assert!(cut.reason().len() + next > CloseFrame::MAX_REASON_BYTES, "one character more fits");
        }
    }
    #[cfg(feature = "serde")]
    json(serde_json::to_string(&cut).expect("a frame").as_bytes());
}

/// What `CloseCode` reads from it.
pub(crate) fn code(text: &str) {
    let same = |other: &str| text.eq_ignore_ascii_case(other);
    // Every text that is read, the long way round: zeros may stand before a number.
    let digits = text.len() - text.trim_start_matches(|digit: char| digit.is_ascii_digit()).len();
    let (number, rest) = text.split_at(digits);
    let expected = match number.parse().map(CloseCode::new) {
        Ok(code) if rest.is_empty() => Some(code),
        Ok(code) => code.name().filter(|name| rest.eq_ignore_ascii_case(&format!(" {name}"))).map(|_| code),
        Err(_) if number.is_empty() => (1000..5000)
            .map(CloseCode::new)
            .find(|code| code.name().is_some_and(same) || code.legacy_name().is_some_and(same)),
        Err(_) => None,
    };
    assert_eq!(text.parse().ok(), expected, "{text:?}");
    if let Some(code) = expected {
        assert_eq!(code.to_string().parse(), Ok(code));
    }
}

/// What is read from JSON is valid, and is read again as the same.
#[cfg(feature = "serde")]
pub(crate) fn json(bytes: &[u8]) {
    use onclose::CloseEvent;

    if let Ok(frame) = serde_json::from_slice::<CloseFrame>(bytes) {
        match frame.code() {
            Some(code) => assert!(code.is_sendable() && frame.reason().len() <= CloseFrame::MAX_REASON_BYTES),
            None => assert_eq!(frame, CloseFrame::EMPTY),
        }
        again(&frame);
    }
    if let Ok(code) = serde_json::from_slice::<CloseCode>(bytes) {
        again(&code);
    }
    if let Ok(event) = serde_json::from_slice::<CloseEvent>(bytes) {
        again(&event);
    }
}

#[cfg(feature = "serde")]
fn again<T>(value: &T)
where
    T: PartialEq + std::fmt::Debug + serde::Serialize + for<'a> serde::Deserialize<'a>,
{
    let json = serde_json::to_vec(value).expect("it was read");
    assert_eq!(&serde_json::from_slice::<T>(&json).expect("valid"), value);
}
