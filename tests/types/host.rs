//! On the host only: arbitrary input, and JSON.

use super::codes::REGISTRY;
use super::*;
use proptest::prelude::*;

#[test]
fn native_targets_return_not_supported_errors() {
    let error = onclose::WebSocket::builder("ws://127.0.0.1").open().expect_err("no host");
    assert_eq!(error.name(), "NotSupportedError");
    assert!(CloseEvent::new(1000, "", true).to_js().is_err());
}

/// The samples are run against the test server by `tests/peer/samples.rs`.
#[test]
fn readme_examples_are_the_tested_samples() {
    let readme = include_str!("../../README.md");
    let mut examples =
        readme.split("```rust,no_run\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default());
    for sample in [
        include_str!("../../docs/samples/quick_start.rs"),
        include_str!("../../docs/samples/closing.rs"),
        include_str!("../../docs/samples/observing.rs"),
    ] {
        assert_eq!(examples.next(), Some(sample));
    }
    assert_eq!(examples.next(), None);
}

#[test]
fn component_of_the_frameworks_guide_is_the_tested_sample() {
    let guide = include_str!("../../docs/guide/frameworks.md");
    let example = guide.split("```no_run\n").nth(1).and_then(|rest| rest.split("```").next());
    assert_eq!(example, Some(include_str!("../../docs/samples/component.rs")));
}

/// Arbitrary text, and text that resembles a code.
fn text() -> impl Strategy<Value = String> {
    let known: Vec<&str> = REGISTRY.iter().flat_map(|(_, name, legacy)| [Some(*name), *legacy]).flatten().collect();
    let number = prop_oneof![any::<u16>().prop_map(u32::from), 0u32..200_000];
    let any_case = |(text, upper): (String, bool)| if upper { text.to_uppercase() } else { text.to_lowercase() };
    prop_oneof![
        ".*",
        "[0-9 +-]{0,8}",
        (prop::sample::select(known.clone()).prop_map(str::to_owned), any::<bool>()).prop_map(any_case),
        (number, " ?", prop::sample::select(known)).prop_map(|(number, gap, name)| format!("{number}{gap}{name}")),
        any::<u16>().prop_map(|number| CloseCode::new(number).to_string()),
    ]
}

proptest! {
    #[test]
    fn text_parses_as_the_code_that_it_names_or_fails(text in text()) {
        guarantees::code(&text);
    }

    #[test]
    fn reason_is_kept_or_truncated_to_its_longest_prefix_that_fits(
        code in prop_oneof![any::<u16>(), 3000u16..5000],
        reason in prop_oneof![".{0,80}", "[ -~]{118,128}"],
    ) {
        guarantees::frame(code, &reason);
    }

    #[test]
    fn event_fields_are_independent(code in any::<u16>(), reason in ".*", clean in any::<bool>()) {
        let event = CloseEvent::new(code, reason.clone(), clean);
        prop_assert_eq!((event.code().as_u16(), event.reason(), event.was_clean()), (code, reason.as_str(), clean));
        let shown = event.to_string();
        prop_assert!(shown.starts_with(&code.to_string()));
        prop_assert_eq!(shown.ends_with(", not clean"), !clean);
        // A log has one line per event.
        prop_assert!(!shown.chars().any(char::is_control), "{shown:?}");
    }

    #[test]
    fn message_keeps_its_content_in_every_conversion(text in ".*", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let message = Message::from(text.as_str());
        prop_assert_eq!((message.len(), message.as_bytes()), (text.len(), text.as_bytes()));
        prop_assert_eq!((message.as_text(), message.is_empty()), (Some(text.as_str()), text.is_empty()));
        prop_assert_eq!(&message, &Message::from(&text));
        prop_assert_eq!(message.to_string(), text.as_str());
        prop_assert_eq!(message.clone().into_bytes(), text.as_bytes());
        prop_assert_eq!(message.into_text(), Ok(text));

        let message = Message::from(bytes.as_slice());
        prop_assert_eq!((message.len(), message.as_bytes()), (bytes.len(), bytes.as_slice()));
        prop_assert_eq!((message.as_text(), message.is_empty()), (None, bytes.is_empty()));
        prop_assert_eq!(&message, &Message::from(&bytes));
        prop_assert_eq!(message.clone().into_text(), Err(message.clone()));
        prop_assert_eq!(message.into_bytes(), bytes);
    }

    #[test]
    fn builder_accepts_any_options_and_open_fails_natively(
        url in ".*",
        protocols in prop::collection::vec(".*", 0..4),
        times in any::<[std::time::Duration; 2]>(),
        sizes in any::<[usize; 2]>(),
    ) {
        let builder = onclose::WebSocket::builder(&url)
            .protocols(&protocols)
            .connect_timeout(times[0])
            .close_timeout(times[1])
            .send_high_water_mark(sizes[0])
            .recv_limit(sizes[1], CloseFrame::EMPTY)
            .default_close_frame(CloseFrame::EMPTY);
        let error = builder.open().expect_err("no host");
        prop_assert_eq!(error.name(), "NotSupportedError");
    }
}

#[cfg(feature = "serde")]
mod serde {
    use super::*;

    /// JSON that resembles a code, a frame or an event, and other text.
    fn json() -> impl Strategy<Value = String> {
        let code = prop_oneof![
            Just("null".to_owned()),
            any::<u16>().prop_map(|number| number.to_string()),
            (3000u16..5000).prop_map(|number| number.to_string()),
            "-?[0-9]{1,6}(\\.[0-9])?",
            ".{0,6}",
        ];
        let reason =
            prop_oneof![".{0,140}".prop_map(|reason| format!("{reason:?}")), Just("null".to_owned()), ".{0,9}"];
        let clean = prop_oneof![Just(""), Just(",\"was_clean\":true"), Just(",\"was_clean\":0")];
        prop_oneof![
            ".*",
            (code.clone(), reason, clean)
                .prop_map(|(code, reason, clean)| format!("{{\"code\":{code},\"reason\":{reason}{clean}}}")),
            code,
        ]
    }

    proptest! {
        #[test]
        fn json_deserializes_to_something_valid_or_fails(json in json()) {
            guarantees::json(json.as_bytes());
        }
    }

    #[test]
    fn code_serializes_as_its_number() {
        for code in crate::codes::all() {
            let json = serde_json::to_string(&code).expect("a number");
            assert_eq!(json, code.as_u16().to_string());
            assert_eq!(serde_json::from_str::<CloseCode>(&json).expect("a code"), code);
        }
        assert!(serde_json::from_str::<CloseCode>("65536").is_err());
    }

    #[test]
    fn frame_is_validated_when_it_is_deserialized() {
        for frame in [CloseFrame::EMPTY, CloseFrame::NORMAL, CloseFrame::from_static(4000, "why")] {
            let json = serde_json::to_string(&frame).expect("a frame");
            assert_eq!(serde_json::from_str::<CloseFrame>(&json).expect("a frame"), frame);
        }
        for invalid in [
            r#"{"code":1001,"reason":""}"#.to_owned(),
            format!(r#"{{"code":4000,"reason":"{}"}}"#, "a".repeat(124)),
            r#"{"code":null,"reason":"no code"}"#.to_owned(),
        ] {
            assert!(serde_json::from_str::<CloseFrame>(&invalid).is_err(), "{invalid}");
        }
    }

    #[test]
    fn event_survives_the_round_trip_through_json() {
        let event = CloseEvent::new(1001, "deploying", true);
        let json = serde_json::to_string(&event).expect("an event");
        assert_eq!(json, r#"{"code":1001,"reason":"deploying","was_clean":true}"#);
        assert_eq!(serde_json::from_str::<CloseEvent>(&json).expect("an event"), event);
    }
}
