//! Ends of connections that were made.

use super::{Case, Group, hex, peer};
use crate::matrix::script::Act;

/// The peer's Close comes first.
pub(in crate::matrix) fn by_the_peer() -> Vec<Case> {
    let case = |name: &str, route: String| Case::new(Group::PeerCloses, name, peer(route));
    let asked = |name: &str, query: &str| case(name, format!("/close?asked&{query}")).asking();

    let codes = [0].into_iter().chain(999..=1016).chain([2999, 3000, 3003, 3008, 3999, 4000, 4999, 5000, 65535]);
    let mut cases: Vec<_> =
        codes.map(|code| asked(&format!("the_peer_closes_with_{code}"), &format!("code={code}&reason=bye"))).collect();
    cases.extend([
        asked("the_peer_closes_without_a_code", "empty"),
        asked("the_peer_closes_with_half_a_code", "raw=03"),
        asked("the_peer_closes_with_a_reason_that_is_not_utf_8", "raw=03e8c328"),
        asked("the_peer_closes_with_a_reason_of_123_bytes", &format!("code=4000&reason={}", "r".repeat(123))),
        asked("the_peer_closes_with_a_reason_of_124_bytes", &format!("code=4000&reason={}", "r".repeat(124))),
        asked("the_peer_closes_with_a_reason_beyond_ascii", &format!("raw={}", reason("Grüße 👋"))),
        asked("the_peer_closes_with_a_reason_that_begins_with_a_bom", &format!("raw={}", reason("\u{feff}mark"))),
        asked("the_peer_closes_with_a_nul_in_the_reason", &format!("raw={}", reason("before\0after"))),
        asked("a_message_comes_with_the_close", "code=4000&text=last%20words"),
        case("five_texts_come_before_the_close", "/send?count=5&close=4000&reason=done".into()),
        case("five_binaries_come_before_the_close", "/send?count=5&kind=binary&size=4&close=4000&reason=done".into()),
        asked("data_come_after_the_close", "code=4000&reason=bye&after=2"),
        case("a_second_close_comes_after_the_first", "/frames?asked&hex=88020fa0,88020fa1".into()).asking(),
        asked("the_close_and_fin_come_together", "code=4000&reason=bye&with=fin"),
        asked("the_close_and_rst_come_together", "code=4000&reason=bye&with=rst").racing(),
        asked("rst_comes_after_the_close_was_answered", "code=4000&reason=bye&then=rst").racing(),
        asked("the_peer_closes_and_holds_tcp", "code=4000&reason=bye&then=hold").long(),
        case("the_peer_closes_right_after_the_101", "/close?code=4000&reason=bye".into()).racing(),
        case("the_101_and_the_close_come_in_one_packet", "/close?code=4000&reason=bye&with=101".into()).racing(),
        case(
            "the_101_a_message_and_the_close_come_in_one_packet",
            "/close?code=4000&reason=bye&with=101&text=hi".into(),
        )
        .racing(),
        case("the_101_the_close_and_fin_come_together", "/close?code=4000&reason=bye&with=101,fin".into()).racing(),
    ]);
    cases
}

/// A Close payload of 4000 and this reason.
fn reason(text: &str) -> String {
    hex(&[&4000_u16.to_be_bytes(), text.as_bytes()].concat())
}

/// TCP ends, and there is no Close.
pub(in crate::matrix) fn leaving() -> Vec<Case> {
    let case = |name: &str, route: &str| Case::new(Group::PeerLeaves, name, peer(route));
    vec![
        case("fin_comes_while_open", "/drop?asked&how=fin").asking(),
        case("rst_comes_while_open", "/drop?asked&how=rst").asking(),
        case("fin_comes_right_after_the_101", "/drop?how=fin&with=101").racing(),
        case("rst_comes_right_after_the_101", "/drop?how=rst&with=101").racing(),
        case("fin_comes_after_a_message", "/frames?asked&hex=81026869&then=fin").asking(),
        case("rst_comes_after_a_message", "/frames?asked&hex=81026869&then=rst").asking().racing(),
        case("fin_comes_in_the_middle_of_a_message", "/frames?asked&hex=81056865&then=fin").asking(),
        case("rst_comes_in_the_middle_of_a_message", "/frames?asked&hex=81056865&then=rst").asking(),
        case("fin_comes_in_the_middle_of_a_close", "/frames?asked&hex=88050fa0&then=fin").asking(),
    ]
}

/// Our Close comes first, or is meant to.
pub(in crate::matrix) fn by_us() -> Vec<Case> {
    let case = |name: &str, route: &str| Case::new(Group::WeClose, name, peer(route));
    let closing = |name: &str, route: &str| case(name, route).on_open([Act::close(4000, "ours")]);
    let bad_codes = [0, 999, 1001, 1005, 1006, 1015, 2999, 5000, 65535];
    let long_reason = Act::close(4000, format!("{}1", "€".repeat(41)));
    vec![
        closing("our_close_is_answered_in_kind", "/answer"),
        case("our_close_without_a_code_is_answered_in_kind", "/answer")
            .on_open([Act::Close { code: None, reason: String::new() }]),
        case("our_1000_is_answered_in_kind", "/answer").on_open([Act::close(1000, "")]),
        case("our_3000_is_answered_in_kind", "/answer").on_open([Act::close(3000, "")]),
        case("our_4999_with_123_bytes_is_answered_in_kind", "/answer").on_open([Act::close(4999, "€".repeat(41))]),
        closing("our_close_is_answered_late", "/answer?delay=700"),
        closing("our_close_is_answered_with_another_code", "/answer?code=4001&reason=theirs"),
        closing("our_close_is_answered_without_a_code", "/answer?empty"),
        closing("our_close_is_answered_with_half_a_code", "/answer?raw=03"),
        closing("our_close_is_answered_with_1011", "/answer?code=1011&reason=theirs"),
        closing("our_close_is_answered_with_1012", "/answer?code=1012&reason=theirs"),
        closing("our_close_is_answered_by_fin", "/answer?how=fin"),
        closing("our_close_is_answered_by_rst", "/answer?how=rst"),
        closing("our_close_is_answered_and_rst_follows", "/answer?then=rst").racing(),
        closing("our_close_is_answered_and_tcp_held", "/answer?then=hold").long(),
        closing("our_close_is_not_answered", "/answer?none").long(),
        closing("messages_come_between_our_close_and_the_answer", "/answer?late=3&interval=20"),
        case("we_close_in_the_first_of_five_messages", "/send?count=5&delay=50")
            .on_message([Act::close(4000, "enough")]),
        case("we_close_twice", "/answer").on_open([Act::close(4000, "first"), Act::close(4001, "second")]),
        case("both_close_at_once", "/close?asked&code=4001&reason=theirs")
            .on_open([Act::Send { text: "now" }, Act::close(4000, "ours")])
            .racing(),
        case("we_send_after_our_close", "/answer").on_open([
            Act::Send { text: "before" },
            Act::close(4000, "ours"),
            Act::Send { text: "after" },
        ]),
        case("codes_that_must_not_be_sent_are_refused", "/answer").on_open(
            bad_codes.into_iter().map(|code| Act::close(code, "")).chain([long_reason, Act::close(4000, "a good one")]),
        ),
        case("we_close_while_connecting", "/echo?accept_delay=300").at_once([Act::close(4000, "never mind")]),
        case("we_close_while_the_handshake_hangs", "/handshake?fault=hang").at_once([Act::close(4000, "never mind")]),
        case("we_close_and_the_peer_does_not_read", "/deaf")
            .on_open([Act::Fill { bytes: 16 << 20 }, Act::close(4000, "ours")])
            .long(),
    ]
}
