//! The pure types, through their public interface: run on the host and, as part of `browser`, in every engine.

#![allow(clippy::expect_used)]

use onclose::{CloseCause, CloseCode, CloseEvent, CloseFrame, CloseFrameError, CodeRange, Message, ReadyState};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[cfg(not(target_family = "wasm"))]
mod guarantees;
#[cfg(not(target_family = "wasm"))]
mod host;
#[cfg(not(target_family = "wasm"))]
mod migrating;

/// Number, IANA name, legacy name: written out here a second time, from the registry.
const REGISTRY: &[(u16, &str, Option<&str>)] = &[
    (1000, "Normal Closure", Some("CLOSE_NORMAL")),
    (1001, "Going Away", Some("CLOSE_GOING_AWAY")),
    (1002, "Protocol error", Some("CLOSE_PROTOCOL_ERROR")),
    (1003, "Unsupported Data", Some("CLOSE_UNSUPPORTED")),
    (1004, "Reserved", None),
    (1005, "No Status Rcvd", Some("CLOSE_NO_STATUS")),
    (1006, "Abnormal Closure", Some("CLOSE_ABNORMAL")),
    (1007, "Invalid frame payload data", None),
    (1008, "Policy Violation", None),
    (1009, "Message Too Big", Some("CLOSE_TOO_LARGE")),
    (1010, "Mandatory Ext.", None),
    (1011, "Internal Error", None),
    (1012, "Service Restart", None),
    (1013, "Try Again Later", None),
    (1014, "Bad Gateway", None),
    (1015, "TLS handshake", None),
    (3000, "Unauthorized", None),
    (3003, "Forbidden", None),
    (3008, "Timeout", None),
];

fn all() -> impl Iterator<Item = CloseCode> {
    (0..=u16::MAX).map(CloseCode::new)
}

#[test]
fn names_and_legacy_names_are_those_of_the_registry() {
    for code in all() {
        let row = REGISTRY.iter().find(|(number, ..)| *number == code.as_u16());
        assert_eq!(code.name(), row.map(|(_, name, _)| *name), "{code:?}");
        assert_eq!(code.legacy_name(), row.and_then(|(_, _, legacy)| *legacy), "{code:?}");
    }
}

#[test]
fn every_constant_has_its_number() {
    let constants = [
        (CloseCode::NORMAL, 1000),
        (CloseCode::GOING_AWAY, 1001),
        (CloseCode::PROTOCOL_ERROR, 1002),
        (CloseCode::UNSUPPORTED_DATA, 1003),
        (CloseCode::NO_STATUS, 1005),
        (CloseCode::ABNORMAL, 1006),
        (CloseCode::INVALID_PAYLOAD, 1007),
        (CloseCode::POLICY_VIOLATION, 1008),
        (CloseCode::MESSAGE_TOO_BIG, 1009),
        (CloseCode::MANDATORY_EXTENSION, 1010),
        (CloseCode::INTERNAL_ERROR, 1011),
        (CloseCode::SERVICE_RESTART, 1012),
        (CloseCode::TRY_AGAIN_LATER, 1013),
        (CloseCode::BAD_GATEWAY, 1014),
        (CloseCode::TLS_HANDSHAKE, 1015),
        (CloseCode::UNAUTHORIZED, 3000),
        (CloseCode::FORBIDDEN, 3003),
        (CloseCode::TIMEOUT, 3008),
    ];
    for (constant, number) in constants {
        assert_eq!(constant, CloseCode::new(number));
        assert_eq!(constant, number);
        assert_eq!(number, constant);
    }
}

#[test]
fn every_number_survives_the_round_trip() {
    for number in 0..=u16::MAX {
        let code = CloseCode::from(number);
        assert_eq!((code.as_u16(), u16::from(code)), (number, number));
        assert_eq!(format!("{code:?}"), number.to_string());
        assert_eq!(number.to_string().parse(), Ok(code));
        assert_eq!(code.to_string().parse(), Ok(code), "{code}");
    }
}

#[test]
fn ranges_cover_all_codes_without_gaps() {
    let ranges = [
        (CodeRange::Unused, 0, 999),
        (CodeRange::Protocol, 1000, 1999),
        (CodeRange::Extension, 2000, 2999),
        (CodeRange::Library, 3000, 3999),
        (CodeRange::Application, 4000, 4999),
        (CodeRange::Undefined, 5000, u16::MAX),
    ];
    let mut next = 0;
    for (range, first, last) in ranges {
        assert_eq!(range.codes(), first..=last);
        assert_eq!(next, u32::from(first), "a gap before {range:?}");
        next = u32::from(last) + 1;
        for number in first..=last {
            assert_eq!(CloseCode::new(number).range(), range, "{number}");
        }
    }
    assert_eq!(next, 65_536);
}

#[test]
fn only_1000_and_3000_to_4999_are_sendable() {
    for code in all() {
        let number = code.as_u16();
        assert_eq!(code.is_sendable(), number == 1000 || (3000..5000).contains(&number), "{code:?}");
        assert_eq!(CloseFrame::new(number, "").is_ok(), code.is_sendable(), "{code:?}");
        assert_eq!(CloseFrame::new_truncated(number, "").is_ok(), code.is_sendable(), "{code:?}");
        assert!(!code.is_sendable() || code.is_allowed_on_wire(), "{code:?}");
        assert!(!(code.is_local_only() && code.is_allowed_on_wire()), "{code:?}");
        assert_eq!(code.is_local_only(), [1005, 1006, 1015].contains(&number), "{code:?}");
    }
    let on_wire: Vec<u16> = all().filter(|code| code.is_allowed_on_wire()).map(u16::from).collect();
    assert_eq!(on_wire[..12], [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014]);
    assert_eq!((on_wire[12], on_wire.len()), (3000, 12 + 2000));
}

#[test]
fn every_description_is_a_sentence() {
    for code in all() {
        assert!(code.description().ends_with('.'), "{code:?}");
        let is_registered = REGISTRY.iter().any(|(number, ..)| *number == code.as_u16());
        assert_eq!(code.description() == code.range().description(), !is_registered, "{code:?}");
    }
    assert!(CloseCode::BAD_GATEWAY.description().contains("reserved"), "older documents list it as reserved");
}

#[test]
fn names_parse_case_insensitively_and_nothing_else_parses() {
    for (number, name, legacy) in REGISTRY {
        assert_eq!(name.parse(), Ok(CloseCode::new(*number)));
        assert_eq!(name.to_uppercase().parse(), Ok(CloseCode::new(*number)));
        if let Some(legacy) = legacy {
            assert_eq!(legacy.parse(), Ok(CloseCode::new(*number)));
            assert_eq!(legacy.to_lowercase().parse(), Ok(CloseCode::new(*number)));
        }
    }
    for invalid in [
        "",
        " ",
        "65536",
        "99999999999999999999",
        "-1",
        "+1000",
        " 1000",
        "1000 ",
        "1000Normal Closure",
        "0x3e8",
        "1e3",
        "1000.0",
        "1001 Normal Closure",
        "4000 Normal Closure",
        "Normal",
        "CLOSE_",
        "NORMAL",
    ] {
        let error = invalid.parse::<CloseCode>().expect_err(invalid);
        assert!(error.to_string().contains("65535"));
    }
}

#[test]
fn display_shows_the_number_and_the_name() {
    assert_eq!(CloseCode::NORMAL.to_string(), "1000 Normal Closure");
    assert_eq!(CloseCode::new(4001).to_string(), "4001");
    assert_eq!(CloseCode::new(0).to_string(), "0");
    assert_eq!(format!("{:?}", CloseCode::NORMAL), "1000");
}

#[test]
fn codes_from_every_source_are_equal_and_hash_alike() {
    use std::collections::{BTreeSet, HashSet};
    for (constant, number, name) in [
        (CloseCode::NORMAL, 1000, "Normal Closure"),
        (CloseCode::BAD_GATEWAY, 1014, "Bad Gateway"),
        (CloseCode::UNAUTHORIZED, 3000, "Unauthorized"),
    ] {
        let codes = [
            constant,
            CloseCode::new(number),
            number.into(),
            name.parse().expect("a name"),
            number.to_string().parse().expect("a number"),
            CloseEvent::new(number, "", true).code(),
            CloseFrame::new(number, "").ok().and_then(|frame| frame.code()).unwrap_or(constant),
        ];
        assert_eq!(codes.iter().collect::<HashSet<_>>().len(), 1);
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), 1);
        assert!(codes.iter().all(|code| *code == number && code.as_u16() == number));
        assert!(codes.iter().all(|code| code.to_string() == format!("{number} {name}")));
    }
    let mut shuffled = [CloseCode::new(1001), CloseCode::new(4000), CloseCode::NORMAL, CloseCode::new(0)];
    shuffled.sort();
    assert_eq!(shuffled.map(u16::from), [0, 1000, 1001, 4000], "registered and other codes have one order");
}

#[test]
fn codes_are_patterns_and_ordered_by_number() {
    let is_normal = |code| matches!(code, CloseCode::NORMAL);
    assert!(is_normal(CloseCode::new(1000)) && !is_normal(CloseCode::new(1001)));
    assert!(CloseCode::NORMAL < CloseCode::GOING_AWAY);
}

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
        unwind_safe::<CloseEvent>(),
        unwind_safe::<CloseFrame>(),
    ];
    assert!(sizes.iter().all(|size| *size > 0));
}
