//! The pure types, through their public interface: run on the host and, as part of `browser`, in every engine.

#![allow(clippy::expect_used)]

use onclose::{CloseCause, CloseCode, CloseEvent, CloseFrame, CloseFrameError, Message, ReadyState};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

mod codes;
#[cfg(not(target_family = "wasm"))]
mod guarantees;
#[cfg(not(target_family = "wasm"))]
mod host;
#[cfg(not(target_family = "wasm"))]
mod migrating;

#[test]
fn reason_length_is_counted_in_utf8_bytes() {
    assert!(CloseFrame::new(4000, "a".repeat(123)).is_ok());
    assert!(CloseFrame::new(4000, "€".repeat(41)).is_ok());
    let too_long = |reason: String| CloseFrame::new(4000, reason).expect_err("too long");
    assert_eq!(too_long("a".repeat(124)), CloseFrameError::ReasonTooLong { bytes: 124 });
    assert_eq!(too_long("€".repeat(42)), CloseFrameError::ReasonTooLong { bytes: 126 });
    assert_eq!(too_long("😀".repeat(31)), CloseFrameError::ReasonTooLong { bytes: 124 });
    assert!(too_long("a".repeat(124)).to_string().contains("123"));
}

#[test]
fn invalid_code_is_reported_before_a_long_reason() {
    assert_eq!(CloseFrame::new(999, "a".repeat(124)), Err(CloseFrameError::Code(CloseCode::new(999))));
}

#[test]
fn truncation_splits_no_character() {
    for (reason, bytes) in
        [("a".repeat(200), 123), ("€".repeat(50), 123), ("😀".repeat(40), 120), ("é".repeat(70), 122)]
    {
        let frame = CloseFrame::new_truncated(4000, reason.clone()).expect("sendable");
        assert_eq!(frame.reason().len(), bytes);
        assert!(reason.starts_with(frame.reason()));
    }
    let short = CloseFrame::new_truncated(4000, "short").expect("sendable");
    assert_eq!(short.reason(), "short");
}

#[test]
fn static_and_owned_reasons_are_truncated_alike() {
    const REASON: &str = "aé€😀aé€😀aé€😀aé€😀aé€😀aé€😀aé€😀aé€😀aé€😀aé€😀aé€😀aé€😀aé€😀aé€😀aé€😀aé€😀";
    for (start, _) in REASON.char_indices() {
        let reason = &REASON[start..];
        assert_eq!(CloseFrame::new_truncated(4000, reason), CloseFrame::new_truncated(4000, reason.to_owned()));
        assert_eq!(CloseFrame::new(4000, reason), CloseFrame::new(4000, reason.to_owned()));
    }
}

#[test]
fn frames_keep_code_and_reason() {
    const FRAME: CloseFrame = CloseFrame::from_static(4001, "logged out");
    assert_eq!((FRAME.code(), FRAME.reason()), (Some(CloseCode::new(4001)), "logged out"));
    assert_eq!(FRAME, CloseFrame::new(4001, String::from("logged out")).expect("valid"));
    assert_eq!((CloseFrame::EMPTY.code(), CloseFrame::EMPTY.reason()), (None, ""));
    assert_eq!(CloseFrame::NORMAL.code(), Some(CloseCode::NORMAL));
    assert_eq!(CloseFrame::default(), CloseFrame::NORMAL);
}

#[test]
fn display_for_logs_is_one_line() {
    assert_eq!(CloseEvent::new(1006, "", false).to_string(), "1006 Abnormal Closure, not clean");
    assert_eq!(CloseEvent::new(4000, "why\n", true).to_string(), "4000, \"why\\n\", clean");
    assert_eq!(CloseCause::Timeout.to_string(), "timeout");
    assert_eq!(format!("{:>8}", ReadyState::Open), "    open");
}

#[test]
fn ready_state_converts_from_the_numbers_of_the_browser_only() {
    use ReadyState::{Closed, Closing, Connecting, Open};
    assert_eq!([0u16, 1, 2, 3].map(ReadyState::try_from), [Connecting, Open, Closing, Closed].map(Ok));
    for number in [4, u16::MAX] {
        let error = ReadyState::try_from(number).expect_err("not a ready state");
        assert!(error.to_string().contains(&number.to_string()), "{error}");
    }
}

#[test]
fn messages_keep_their_type() {
    assert_eq!(Message::from("é").len(), 2);
    assert_eq!(Message::from(String::from("a")).into_text(), Ok(String::from("a")));
    assert_eq!(Message::from(vec![1]).into_text(), Err(Message::Binary(vec![1])));
    assert_eq!(Message::from(&[1u8, 2][..]).as_bytes(), [1, 2]);
    assert_eq!(Message::from(b"ab"), Message::Binary(vec![97, 98]));
    assert_eq!(Message::from(&String::from("a")), Message::from("a"));
    assert_eq!(Message::from(&vec![1u8]), Message::from(vec![1u8]));
    assert!(Message::from("").is_empty() && Message::from(Vec::new()).is_empty());
}

#[test]
fn messages_convert_from_and_into_owned_text_and_bytes() {
    use std::borrow::Cow;
    let texts = [
        Message::from("text"),
        Message::from(Box::<str>::from("text")),
        Message::from(Cow::Borrowed("text")),
        Message::from(Cow::<str>::Owned("text".to_owned())),
    ];
    for message in texts {
        assert!(message.is_text() && !message.is_binary());
        assert_eq!(Vec::<u8>::try_from(message.clone()), Err(message.clone()));
        assert_eq!(String::try_from(message), Ok("text".to_owned()));
    }
    let binaries = [
        Message::from([1, 2]),
        Message::from(Box::<[u8]>::from([1, 2])),
        Message::from(Cow::Borrowed(&[1, 2][..])),
        Message::from(Cow::<[u8]>::Owned(vec![1, 2])),
    ];
    for message in binaries {
        assert!(message.is_binary() && !message.is_text());
        assert_eq!(String::try_from(message.clone()), Err(message.clone()));
        assert_eq!(AsRef::<[u8]>::as_ref(&message), [1, 2]);
        assert_eq!(Vec::<u8>::try_from(message), Ok(vec![1, 2]));
    }
}

#[test]
fn text_is_equal_only_to_text_and_binary_only_to_bytes() {
    let (text, binary) = (Message::from("ab"), Message::from(b"ab"));
    let (owned, bytes) = (String::from("ab"), vec![97, 98]);
    assert!(text == "ab" && text == *"ab" && text == owned);
    assert!("ab" == text && *"ab" == text && owned == text);
    assert!(
        binary == b"ab" && binary == *b"ab" && binary == bytes && binary == bytes[..] && binary == bytes.as_slice()
    );
    assert!(
        b"ab" == binary && *b"ab" == binary && bytes == binary && bytes[..] == binary && bytes.as_slice() == binary
    );
    assert!(text != b"ab" && binary != "ab" && text != "a" && binary != b"a" && text != binary);
}

#[test]
fn errors_are_send_and_sync_and_convert_into_io_errors() {
    fn converts<T: std::error::Error + Send + Sync + Into<std::io::Error> + 'static>() {}
    converts::<onclose::AlreadyClosed>();
    converts::<onclose::CloseEventError>();
    converts::<CloseFrameError>();
    converts::<onclose::CloseInfo>();
    converts::<onclose::ConnectError>();
    converts::<onclose::CopyError>();
    converts::<onclose::Error>();
    converts::<onclose::InvalidReadyState>();
    converts::<onclose::OpenError>();
    converts::<onclose::ParseCloseCodeError>();
    converts::<onclose::RecvError>();
    converts::<onclose::SendError>();
    converts::<onclose::TryRecvError>();
    // It holds a JavaScript value, which the conversion drops.
    fn converts_at_least<T: std::error::Error + Into<std::io::Error>>() {}
    converts_at_least::<onclose::SendRawError>();
}

#[test]
fn public_types_are_unwind_safe_so_that_closures_can_own_them() {
    use std::panic::{RefUnwindSafe, UnwindSafe};
    fn unwind_safe<T: UnwindSafe + RefUnwindSafe>() -> usize {
        size_of::<T>()
    }
    let sizes = [
        unwind_safe::<onclose::WebSocket>(),
        unwind_safe::<onclose::WebSocketSender>(),
        unwind_safe::<onclose::WebSocketReceiver>(),
        unwind_safe::<onclose::MessageListener>(),
        unwind_safe::<onclose::ConnectFuture>(),
        unwind_safe::<onclose::OpenedFuture<'static>>(),
        unwind_safe::<onclose::SendFuture<'static>>(),
        unwind_safe::<onclose::FlushFuture<'static>>(),
        unwind_safe::<onclose::RecvFuture<'static>>(),
        unwind_safe::<onclose::RecvRawFuture<'static>>(),
        unwind_safe::<onclose::ClosedFuture>(),
        unwind_safe::<onclose::CloseEventFuture>(),
        unwind_safe::<onclose::CloseListener>(),
        unwind_safe::<onclose::CloseOnDrop>(),
        unwind_safe::<onclose::Events>(),
        unwind_safe::<onclose::WebSocketBuilder>(),
        unwind_safe::<onclose::CloseInfo>(),
        unwind_safe::<onclose::Message>(),
        unwind_safe::<onclose::RawMessage>(),
        unwind_safe::<onclose::ConnectError>(),
        unwind_safe::<onclose::OpenError>(),
        unwind_safe::<onclose::SendError>(),
        unwind_safe::<onclose::RecvError>(),
        #[cfg(any(feature = "futures-io", feature = "tokio"))]
        unwind_safe::<onclose::WebSocketIo<onclose::WebSocket>>(),
        unwind_safe::<CloseEvent>(),
        unwind_safe::<CloseFrame>(),
    ];
    assert!(sizes.iter().all(|size| *size > 0));
}

#[cfg(feature = "remote")]
#[test]
fn remote_handles_their_futures_and_errors_can_move_to_other_threads() {
    use std::panic::{RefUnwindSafe, UnwindSafe};
    fn any_thread<T: Send + Sync + Unpin + 'static>() -> usize {
        size_of::<T>()
    }
    fn unwind_safe<T: UnwindSafe + RefUnwindSafe>() -> usize {
        size_of::<T>()
    }
    let sizes = [
        any_thread::<onclose::RemoteWebSocket>(),
        any_thread::<onclose::RemoteSender>(),
        any_thread::<onclose::RemoteReceiver>(),
        any_thread::<onclose::RemoteSendFuture<'static>>(),
        any_thread::<onclose::RemoteRecvFuture<'static>>(),
        any_thread::<onclose::RemoteClosedFuture>(),
        any_thread::<onclose::CloseInfo>(),
        any_thread::<Message>(),
        any_thread::<onclose::ConnectError>(),
        any_thread::<onclose::OpenError>(),
        any_thread::<onclose::SendError>(),
        any_thread::<onclose::RecvError>(),
        unwind_safe::<onclose::RemoteWebSocket>(),
        unwind_safe::<onclose::RemoteSender>(),
        unwind_safe::<onclose::RemoteReceiver>(),
        unwind_safe::<onclose::RemoteSendFuture<'static>>(),
        unwind_safe::<onclose::RemoteRecvFuture<'static>>(),
        unwind_safe::<onclose::RemoteClosedFuture>(),
        unwind_safe::<onclose::RemoteDriver>(),
    ];
    assert!(sizes.iter().all(|size| *size > 0));
}
