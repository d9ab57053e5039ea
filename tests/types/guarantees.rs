//! What holds for codes, frames and events made from arbitrary input; used by the tests on the host and by the fuzzers.

use onclose::{CloseCode, CloseFrame, CloseFrameError};

/// Checks `CloseFrame::new` and `new_truncated`.
pub(crate) fn frame(code: u16, reason: &str) {
    let (code, bytes) = (CloseCode::new(code), reason.len());
    let fits = bytes <= CloseFrame::MAX_REASON_BYTES;
    let frame = CloseFrame::new(code, reason.to_owned());
    let truncated = CloseFrame::new_truncated(code, reason.to_owned());
    if !code.is_sendable() {
        assert_eq!(frame, Err(CloseFrameError::Code(code)));
        assert_eq!(truncated, frame);
        return;
    }
    let truncated = truncated.expect("a sendable code");
    assert_eq!(truncated.code(), Some(code));
    assert!(reason.starts_with(truncated.reason()));
    match frame {
        Ok(frame) => {
            assert!(fits);
            assert_eq!((frame.code(), frame.reason()), (Some(code), reason));
            assert_eq!(truncated, frame);
        }
        Err(error) => {
            assert!(!fits);
            assert_eq!(error, CloseFrameError::ReasonTooLong { bytes });
            assert!(truncated.reason().len() <= CloseFrame::MAX_REASON_BYTES);
            let next = reason[truncated.reason().len()..].chars().next().map_or(0, char::len_utf8);
            assert!(truncated.reason().len() + next > CloseFrame::MAX_REASON_BYTES, "one more character fits");
        }
    }
    #[cfg(feature = "serde")]
    json(serde_json::to_string(&truncated).expect("a frame").as_bytes());
}

/// Checks `CloseCode::from_str`.
pub(crate) fn code(text: &str) {
    let same = |other: &str| text.eq_ignore_ascii_case(other);
    // A second, slower parser. A number may have leading zeros.
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

/// Checks that what deserializes is valid, and survives the round trip.
#[cfg(feature = "serde")]
pub(crate) fn json(bytes: &[u8]) {
    use onclose::CloseEvent;

    if let Ok(frame) = serde_json::from_slice::<CloseFrame>(bytes) {
        match frame.code() {
            Some(code) => assert!(code.is_sendable() && frame.reason().len() <= CloseFrame::MAX_REASON_BYTES),
            None => assert_eq!(frame, CloseFrame::EMPTY),
        }
        round_trip(&frame);
    }
    if let Ok(code) = serde_json::from_slice::<CloseCode>(bytes) {
        round_trip(&code);
    }
    if let Ok(event) = serde_json::from_slice::<CloseEvent>(bytes) {
        round_trip(&event);
    }
}

#[cfg(feature = "serde")]
fn round_trip<T>(value: &T)
where
    T: PartialEq + std::fmt::Debug + serde::Serialize + for<'a> serde::Deserialize<'a>,
{
    let json = serde_json::to_vec(value).expect("it was deserialized");
    assert_eq!(&serde_json::from_slice::<T>(&json).expect("valid"), value);
}
