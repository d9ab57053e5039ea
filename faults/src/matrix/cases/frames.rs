//! Frames that a peer must not send, and some that are valid but rare. A Close frame with 4000 follows each, for engines
//! that accept the frame.

use super::{Case, Group, hex, peer};

const CLOSE: &[u8] = &[0x88, 2, 0x0f, 0xa0];

pub(in crate::matrix) fn violating() -> Vec<Case> {
    let case = |name: &str, bytes: &[u8]| {
        let route = format!("/frames?asked&hex={}", hex(&[bytes, CLOSE].concat()));
        Case::new(Group::PeerViolates, name, peer(route)).asking()
    };
    let long_ping = [&[0x89, 126, 0, 126], [b'p'; 126].as_slice()].concat();
    vec![
        case("a_fragmented_message_around_a_ping_is_valid", b"\x01\x02he\x89\x00\x80\x03llo"),
        case("an_empty_message_is_valid", b"\x81\x00\x82\x00"),
        case("an_unsolicited_pong_is_valid", b"\x8a\x02hi"),
        case("a_frame_is_masked", b"\x81\x82\0\0\0\0hi"),
        case("a_data_frame_has_an_unknown_opcode", b"\x83\x02hi"),
        case("a_control_frame_has_an_unknown_opcode", b"\x8b\x02hi"),
        case("the_first_reserved_bit_is_set", b"\xc1\x02hi"),
        case("the_second_reserved_bit_is_set", b"\xa1\x02hi"),
        case("the_third_reserved_bit_is_set", b"\x91\x02hi"),
        case("a_text_is_not_utf_8", b"\x81\x02\xc3\x28"),
        case("a_text_ends_within_a_character", b"\x81\x01\xc3"),
        case("a_ping_is_fragmented", b"\x09\x02hi\x80\x00"),
        case("a_ping_has_126_bytes", &long_ping),
        case("a_close_is_fragmented", b"\x08\x02\x0f\xa1"),
        case("a_continuation_frame_continues_no_message", b"\x80\x02hi"),
        case("a_message_begins_within_a_fragmented_one", b"\x01\x02hi\x81\x02ho"),
        case("a_length_has_its_highest_bit_set", b"\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff"),
        case("a_length_is_not_encoded_minimally", b"\x81\x7e\x00\x02hi"),
    ]
}
