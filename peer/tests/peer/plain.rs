//! Plain HTTP: `/saw`, `/count`, `/`, and faulty requests.

use std::time::{Duration, Instant};

use crate::support::{Raw, Server, bind};

fn assert_open_to_pages(head: &str) {
    assert!(head.contains("\r\nAccess-Control-Allow-Origin: *\r\n"), "{head}");
    assert!(head.contains("\r\nAccess-Control-Allow-Private-Network: true\r\n"), "{head}");
    assert!(head.contains("\r\nConnection: close\r\n"), "{head}");
}

#[tokio::test]
async fn an_unknown_id_is_404_for_any_origin() {
    let server = Server::start().await;
    let (head, body) = server.http("GET", "/saw?id=nobody").await;
    assert!(head.starts_with("HTTP/1.1 404 "), "{head}");
    assert!(head.contains("\r\nContent-Type: application/json\r\n"), "{head}");
    assert_open_to_pages(&head);
    assert!(serde_json::from_str::<serde_json::Value>(&body).is_ok());
}

#[tokio::test]
async fn wait_returns_when_its_time_is_up() {
    let server = Server::start().await;
    let _raw = server.open("/echo?id=a").await;
    let started = Instant::now();
    let (head, _) = server.http("GET", "/saw?id=nobody&wait=100").await;
    assert!(head.starts_with("HTTP/1.1 404 "), "{head}");
    assert_eq!(server.known("a", 100).await["end"], "open");
    assert!(started.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn wait_covers_a_connection_that_comes_later() {
    let server = Server::start().await;
    let started = Instant::now();
    let connection = async {
        // Gives the request time to arrive: no event reports that it waits for an id without a record.
        tokio::time::sleep(Duration::from_millis(50)).await;
        let mut raw = server.open("/drop?id=later").await;
        raw.until_end().await.unwrap();
    };
    let (report, ()) = tokio::join!(server.known("later", 3000), connection);
    assert_eq!(report["end"], "fin");
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn a_report_has_every_field() {
    let server = Server::start().await;
    let _raw = server.open("/echo?id=a").await;
    let (head, body) = server.http("GET", "/saw?id=a").await;
    assert_open_to_pages(&head);
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&body).unwrap(),
        serde_json::json!({
            "id": "a", "path": "/echo", "upgraded": true, "protocols": [], "origin": null, "messages": 0,
            "bytes": 0, "last": null, "close": null, "end": "open", "error": null,
            "all": { "upgraded": 1, "closed": 0, "ended": 0 },
        })
    );
}

#[tokio::test]
async fn a_reused_id_reports_the_later_connection() {
    let server = Server::start().await;
    let mut first = server.open("/echo?id=a").await;
    first.text("first").await;
    first.expect_text("first").await;
    let _second = server.open("/answer?id=a").await;
    drop(first);
    let report = server.known("a", 0).await;
    assert_eq!(report["path"], "/answer");
    assert_eq!(report["messages"], 0);
}

#[tokio::test]
async fn the_count_is_of_open_connections_with_that_prefix() {
    let server = Server::start().await;
    let one = server.open("/echo?id=a1").await;
    let _two = server.open("/echo?id=a2").await;
    let _other = server.open("/echo?id=b1").await;
    let _nameless = server.open("/echo").await;
    assert_eq!((server.count("a").await, server.count("b").await, server.count("").await), (2, 1, 4));
    drop(one);
    server.saw("a1").await;
    assert_eq!(server.count("a").await, 1);
}

#[tokio::test]
async fn a_preflight_is_answered() {
    let server = Server::start().await;
    let (head, _) = server.http("OPTIONS", "/saw?id=a").await;
    assert!(head.starts_with("HTTP/1.1 204 ") && head.contains("\r\nAccess-Control-Allow-Methods: GET"), "{head}");
    assert_open_to_pages(&head);
}

#[tokio::test]
async fn the_root_is_the_table_of_routes() {
    let server = Server::start().await;
    let (head, body) = server.http("GET", "/").await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert_eq!(body, onclose_peer::table());
    for route in onclose_peer::routes() {
        assert!(body.contains(route.path) && body.contains(route.about), "{route:?}");
    }
}

#[tokio::test]
async fn requests_to_the_wrong_place() {
    let server = Server::start().await;
    for (method, target, status) in [
        ("GET", "/nowhere", 404),
        ("GET", "/echo", 426),
        ("POST", "/saw?id=a", 405),
        ("GET", "/saw", 400),
        ("GET", "/saw?id=a&wait=soon", 400),
        ("GET", "/count?prefixes=a", 400),
    ] {
        let (head, body) = server.http(method, target).await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{method} {target}: {head}");
        assert_open_to_pages(&head);
        assert!(body.ends_with(".\n"), "{body}");
    }
}

#[tokio::test]
async fn a_handshake_rejected_for_its_query_has_the_reason_in_its_record() {
    let server = Server::start().await;
    for (target, status) in [
        ("/nowhere?id=a", 404),
        ("/saw?id=a", 404),
        ("/close?id=a&code=70000", 400),
        ("/close?id=a&cod=1000", 400),
        ("/close?id=a&code=1000&code=1001", 400),
        ("/echo?id=a&protocol=a%0d%0ab", 400),
        ("/echo?id=a&accept_delay=-1", 400),
    ] {
        let mut raw = server.asking(target, "").await;
        let head = raw.head().await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{target}: {head}");
        let body = String::from_utf8(raw.until_end().await.unwrap()).unwrap();
        drop(raw);
        let report = server.saw("a").await;
        assert_eq!(report["upgraded"], false);
        assert_eq!(report["error"], body.trim_end());
    }
}

/// Only Linux has more than one loopback address from the start.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn all_hosts_share_one_peer() {
    let peer = bind().await.0.bind_also([127, 0, 0, 2].into()).await.unwrap();
    let mut server = Server::of(peer.bind_tls().await.unwrap());
    let first = server.address;
    server.address.set_ip([127, 0, 0, 2].into());
    let raw = server.open("/echo?id=a").await;
    let ports: serde_json::Value = serde_json::from_str(&server.http("GET", "/tls").await.1).unwrap();
    let port = ports["alert"].as_u64().unwrap();
    let mut refused = Raw::connect((server.address.ip(), u16::try_from(port).unwrap()).into()).await;
    refused.write(b"hello").await;
    refused.expect(&[21]).await;
    server.address = first;
    assert_eq!(server.count("a").await, 1);
    drop(raw);
    server.assert_end("a", "fin", None).await;
}
