//! Connections that open and then close.

use super::{Case, Group, hex, peer};
use crate::matrix::script::Act;

/// The peer sends the first Close frame.
pub(in crate::matrix) fn by_the_peer() -> Vec<Case> {
    let case = |name: &str, route: String| Case::new(Group::PeerCloses, name, peer(route));
    let asked = |name: &str, query: &str| case(name, format!("/close?asked&{query}")).asking();

    let codes = [0].into_iter().chain(999..=1016).chain([2999, 3000, 3003, 3008, 3999, 4000, 4999, 5000, 65535]);
    let mut cases: Vec<_> =
        codes.map(|code| asked(&format!("the_peer_closes_with_{code}"), &format!("code={code}&reason=bye"))).collect();
    cases.extend([
        asked("the_peer_closes_without_a_code", "empty"),
        asked("the_peer_closes_with_one_byte", "raw=03"),
        asked("the_peer_closes_with_a_reason_that_is_not_utf_8", "raw=03e8c328"),
        asked("the_peer_closes_with_a_reason_of_123_bytes", &format!("code=4000&reason={}", "r".repeat(123))),
        asked("the_peer_closes_with_a_reason_of_124_bytes", &format!("code=4000&reason={}", "r".repeat(124))),
        asked("the_peer_closes_with_a_reason_beyond_ascii", &format!("raw={}", reason("Grüße 👋"))),
        asked("the_peer_closes_with_a_reason_that_begins_with_a_bom", &format!("raw={}", reason("\u{feff}mark"))),
        asked("the_peer_closes_with_a_nul_in_the_reason", &format!("raw={}", reason("before\0after"))),
        asked("a_message_arrives_with_the_close", "code=4000&text=last%20words"),
        case("five_text_messages_precede_the_close", "/send?count=5&close=4000&reason=done".into()),
        case(
            "five_binary_messages_precede_the_close",
            "/send?count=5&kind=binary&size=4&close=4000&reason=done".into(),
        ),
        asked("data_follow_the_close", "code=4000&reason=bye&after=2"),
        case("a_second_close_follows_the_first", "/frames?asked&hex=88020fa0,88020fa1".into()).asking(),
        asked("the_close_and_fin_arrive_together", "code=4000&reason=bye&with=fin").racing(),
        asked("the_close_and_rst_arrive_together", "code=4000&reason=bye&with=rst").racing(),
        asked("rst_follows_the_answered_close", "code=4000&reason=bye&then=rst").racing(),
        asked("the_peer_closes_and_keeps_tcp_open", "code=4000&reason=bye&then=hold").long(),
        case("the_peer_closes_at_once_after_the_101", "/close?code=4000&reason=bye".into()).racing(),
        case("the_101_and_the_close_arrive_in_one_packet", "/close?code=4000&reason=bye&with=101".into()).racing(),
        case(
            "the_101_a_message_and_the_close_arrive_in_one_packet",
            "/close?code=4000&reason=bye&with=101&text=hi".into(),
        )
        .racing(),
        case("the_101_the_close_and_fin_arrive_together", "/close?code=4000&reason=bye&with=101,fin".into()).racing(),
    ]);
    cases
}

/// Encodes a Close payload with 4000 and this reason.
fn reason(text: &str) -> String {
    hex(&[&4000_u16.to_be_bytes(), text.as_bytes()].concat())
}

/// TCP ends without a Close frame.
pub(in crate::matrix) fn by_tcp() -> Vec<Case> {
    let case = |name: &str, route: &str| Case::new(Group::PeerEndsTcp, name, peer(route));
    vec![
        case("fin_arrives_while_open", "/drop?asked&how=fin").asking(),
        case("rst_arrives_while_open", "/drop?asked&how=rst").asking(),
        case("fin_follows_the_101_at_once", "/drop?how=fin&with=101").racing(),
        case("rst_follows_the_101_at_once", "/drop?how=rst&with=101").racing(),
        case("fin_follows_a_message", "/frames?asked&hex=81026869&then=fin").asking(),
        case("rst_follows_a_message", "/frames?asked&hex=81026869&then=rst").asking().racing(),
        case("fin_arrives_in_the_middle_of_a_message", "/frames?asked&hex=81056865&then=fin").asking(),
        case("rst_arrives_in_the_middle_of_a_message", "/frames?asked&hex=81056865&then=rst").asking(),
        case("fin_arrives_in_the_middle_of_a_close", "/frames?asked&hex=88050fa0&then=fin").asking(),
    ]
}

/// The client sends the first Close frame, or intends to.
pub(in crate::matrix) fn by_the_client() -> Vec<Case> {
    let case = |name: &str, route: &str| Case::new(Group::ClientCloses, name, peer(route));
    let closing = |name: &str, route: &str| case(name, route).on_open([Act::close(4000, "ours")]);
    let bad_codes = [0, 999, 1001, 1005, 1006, 1015, 2999, 5000, 65535];
    let long_reason = Act::close(4000, format!("{}1", "€".repeat(41)));
    vec![
        closing("client_close_is_echoed", "/answer"),
        case("client_close_without_a_code_is_echoed", "/answer")
            .on_open([Act::Close { code: None, reason: String::new() }]),
        case("client_close_1000_is_echoed", "/answer").on_open([Act::close(1000, "")]),
        case("client_close_3000_is_echoed", "/answer").on_open([Act::close(3000, "")]),
        case("client_close_4999_with_123_bytes_is_echoed", "/answer").on_open([Act::close(4999, "€".repeat(41))]),
        closing("client_close_is_answered_late", "/answer?delay=700"),
        closing("client_close_is_answered_with_another_code", "/answer?code=4001&reason=theirs"),
        closing("client_close_is_answered_without_a_code", "/answer?empty"),
        closing("client_close_is_answered_with_one_byte", "/answer?raw=03"),
        closing("client_close_is_answered_with_1011", "/answer?code=1011&reason=theirs"),
        closing("client_close_is_answered_with_1012", "/answer?code=1012&reason=theirs"),
        closing("client_close_is_answered_by_fin", "/answer?how=fin"),
        closing("client_close_is_answered_by_rst", "/answer?how=rst"),
        closing("client_close_is_answered_and_rst_follows", "/answer?then=rst").racing(),
        closing("client_close_is_answered_and_tcp_stays_open", "/answer?then=hold").long(),
        closing("client_close_is_not_answered", "/answer?none").long(),
        closing("messages_arrive_between_the_client_close_and_the_answer", "/answer?late=3&interval=20"),
        case("the_client_closes_at_the_first_of_five_messages", "/send?count=5&delay=50")
            .on_message([Act::close(4000, "enough")]),
        case("the_client_closes_twice", "/answer").on_open([Act::close(4000, "first"), Act::close(4001, "second")]),
        case("both_sides_close_at_once", "/close?asked&code=4001&reason=theirs")
            .on_open([Act::send("now"), Act::close(4000, "ours")])
            .racing(),
        case("the_client_sends_after_its_close", "/answer").on_open([
            Act::send("before"),
            Act::close(4000, "ours"),
            Act::send("after"),
        ]),
        case("codes_that_must_not_be_sent_are_rejected", "/answer").on_open(
            bad_codes.into_iter().map(|code| Act::close(code, "")).chain([long_reason, Act::close(4000, "a good one")]),
        ),
        case("the_client_closes_while_connecting", "/echo?accept_delay=300").at_once([Act::close(4000, "never mind")]),
        case("the_client_closes_while_the_handshake_hangs", "/handshake?fault=hang")
            .at_once([Act::close(4000, "never mind")]),
        case("the_client_closes_and_the_peer_does_not_read", "/deaf")
            .on_open([Act::Fill { bytes: 16 << 20 }, Act::close(4000, "ours")])
            .long(),
    ]
}
