//! Connections that fail, or should fail.

use super::{Case, Group, Kind, Target, peer};
use crate::matrix::script::Act;

pub(in crate::matrix) fn plain() -> Vec<Case> {
    let to = |name: &str, target| Case::new(Group::NoConnection, name, target).unwelcome();
    let case = |name: &str, route: &str| to(name, peer(route));
    let mut cases =
        vec![to("no_server_listens", Target::NoServer), to("the_host_is_unknown", Target::Url("ws://nobody.invalid/"))];
    cases.extend(
        [200, 400, 401, 403, 404, 426, 500, 503].map(|status| {
            case(&format!("the_handshake_is_answered_with_{status}"), &format!("/refuse?status={status}"))
        }),
    );
    cases.extend([
        to("the_handshake_is_redirected_to_http", Target::Redirect("http")),
        to("the_handshake_is_redirected_to_ws", Target::Redirect("ws")),
        case("the_accept_header_is_for_another_key", "/handshake?fault=accept"),
        case("the_upgrade_header_is_missing", "/handshake?fault=upgrade"),
        case("the_connection_header_is_missing", "/handshake?fault=connection"),
        case("an_extension_is_answered_that_was_not_offered", "/handshake?fault=extension"),
        case("fin_arrives_instead_of_the_101", "/handshake?fault=drop"),
        case("rst_arrives_instead_of_the_101", "/handshake?fault=reset"),
        case("fin_arrives_in_the_middle_of_the_101", "/handshake?fault=half"),
        case("garbage_arrives_instead_of_the_101", "/handshake?fault=garbage"),
        case("the_handshake_hangs", "/handshake?fault=hang").long(),
        case("the_subprotocol_is_missing", "/echo?protocol=none").protocols(&["chat"]),
        case("the_subprotocol_is_in_another_case", "/echo?protocol=Chat").protocols(&["chat"]),
        case("the_subprotocol_is_another", "/echo?protocol=other").protocols(&["chat"]),
        case("the_subprotocol_was_not_offered", "/echo?protocol=chat"),
        case("the_subprotocol_is_the_second_of_two", "/echo?protocol=b").protocols(&["a", "b"]),
        case("a_subprotocol_is_offered_twice", "/echo").protocols(&["a", "a"]),
        case("a_subprotocol_is_not_a_token", "/echo").protocols(&["a b"]),
        to("the_url_has_no_host", Target::Url("ws://")),
        to("the_url_has_another_scheme", Target::Url("ftp://127.0.0.1/")),
        to("the_url_has_a_fragment", Target::Url("ws://127.0.0.1/#part")),
        to("the_url_has_the_scheme_http", Target::Http("/echo".into())),
        to("the_port_is_blocked", Target::Blocked),
        to("the_port_is_blocked_and_the_client_closes", Target::Blocked).at_once([Act::close(4000, "never mind")]),
        Case { kind: Kind::Guarded, ..case("the_content_security_policy_forbids_it", "/echo") },
        Case { kind: Kind::Crowded, ..case("the_limit_of_sockets_is_exceeded", "/echo") },
    ]);
    cases
}

pub(in crate::matrix) fn tls() -> Vec<Case> {
    let case = |name: &str, target| Case::new(Group::Tls, name, target).unwelcome();
    vec![
        case("the_certificate_is_self_signed", Target::Tls("self-signed")),
        case("the_certificate_has_expired", Target::Tls("expired")),
        case("the_certificate_is_for_another_host", Target::Tls("wrong-name")),
        case("the_tls_handshake_is_answered_by_an_alert", Target::Tls("alert")),
        case("the_tls_handshake_is_answered_by_fin", Target::Tls("fin")),
        case("the_tls_handshake_is_answered_by_rst", Target::Tls("rst")),
        case("the_tls_handshake_hangs", Target::Tls("hang")).long(),
        case("tls_is_sent_to_a_plain_port", Target::TlsToPlain),
        case("plain_http_is_sent_to_a_tls_port", Target::PlainToTls),
    ]
}
