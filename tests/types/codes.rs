//! Close codes.

use onclose::{CloseCode, CloseEvent, CloseFrame, CodeRange};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Number, IANA name, legacy name: written out here a second time, from the registry.
pub(super) const REGISTRY: &[(u16, &str, Option<&str>)] = &[
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

pub(super) fn all() -> impl Iterator<Item = CloseCode> {
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
