//! `/obey`, `/tell` and [`Records`](onclose_peer::Records).

use std::{io::ErrorKind, time::Duration};

use onclose_peer::{All, Order, TcpEnd};

use crate::support::{Server, bind, close_frame, payload, within};

const NO_WAIT: Duration = Duration::ZERO;

async fn tell(server: &Server, order: &str) -> u16 {
    let (head, _) = server.http("GET", &format!("/tell?{order}")).await;
    head.split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn orders_are_carried_out_in_sequence() {
    let server = Server::start().await;
    let mut raw = server.open("/obey?id=a").await;
    assert_eq!(tell(&server, "id=a&say=hello").await, 200);
    raw.expect_text("hello").await;
    assert_eq!(tell(&server, "id=a&close=4001&reason=bye").await, 200);
    raw.expect(&close_frame(&payload(4001, "bye"))).await;
    raw.close(4001, "bye").await;
    assert_eq!(raw.until_end().await, Ok(vec![]));
    drop(raw);
    server.assert_end("a", "fin", Some("0fa1627965")).await;
    assert_eq!(tell(&server, "id=a&say=more").await, 404);
}

#[tokio::test]
async fn orders_end_tcp_by_fin_or_rst_even_after_the_close() {
    let server = Server::start().await;
    let mut raw = server.open("/obey?id=a").await;
    assert_eq!(tell(&server, "id=a&end=fin").await, 200);
    assert_eq!(raw.until_end().await, Ok(vec![]));
    let mut raw = server.open("/obey?id=a").await;
    assert_eq!(tell(&server, "id=a&close=1012").await, 200);
    raw.expect(&close_frame(&payload(1012, ""))).await;
    assert_eq!(tell(&server, "id=a&end=rst").await, 200);
    assert_eq!(raw.until_end().await, Err(ErrorKind::ConnectionReset));
}

#[tokio::test]
async fn quiet_leaves_the_clients_close_unanswered() {
    let server = Server::start().await;
    let mut raw = server.open("/obey?id=a").await;
    raw.close(4000, "").await;
    assert_eq!(raw.until_end().await, Ok(close_frame(&payload(4000, ""))));
    let mut raw = server.open("/obey?id=a&quiet").await;
    raw.close(4000, "").await;
    raw.silent_for(50).await;
    assert_eq!(server.known("a", 0).await["close"]["code"], 4000);
    assert_eq!(tell(&server, "id=a&close=4002").await, 200);
    assert_eq!(raw.until_end().await, Ok(close_frame(&payload(4002, ""))));
}

#[tokio::test]
async fn an_order_must_be_exactly_one() {
    let server = Server::start().await;
    let _raw = server.open("/obey?id=a").await;
    for order in ["id=a", "say=x", "id=a&say=x&end=fin", "id=a&close=1000&end=fin", "id=a&end=hold", "id=a&reason=x"] {
        assert_eq!(tell(&server, order).await, 400, "{order}");
    }
    assert_eq!(tell(&server, "id=nobody&say=x").await, 404);
}

#[tokio::test]
async fn records_report_and_order_without_http() {
    let (peer, records) = bind().await;
    let server = Server::of(peer);
    assert_eq!(records.saw("a", NO_WAIT).await, None);
    assert!(!records.tell("a", Order::Say("nothing takes it".to_owned())).await);

    let mut raw = server.open("/obey?id=a").await;
    assert_eq!((records.count("a"), records.count("b")), (1, 0));
    assert!(records.tell("a", Order::Say("hello".to_owned())).await);
    raw.expect_text("hello").await;
    raw.text("hi").await;
    assert!(records.tell("a", Order::close(4001, "bye")).await);
    raw.expect(&close_frame(&payload(4001, "bye"))).await;
    raw.close(4001, "bye").await;
    drop(raw);

    let saw = within(records.saw("a", Duration::from_secs(3))).await.unwrap();
    assert_eq!((saw.end, saw.close_code(), saw.messages), (TcpEnd::Fin, Some(4001), 1));
    assert_eq!(saw.all, All { upgraded: 1, closed: 1, ended: 1 });
    assert_eq!(records.count("a"), 0);
    assert!(!records.tell("a", Order::Reset).await);
}

#[tokio::test]
async fn records_and_http_report_the_same() {
    let (peer, records) = bind().await;
    let server = Server::of(peer);
    let mut raw = server.open("/echo?id=a").await;
    raw.close(4000, "done").await;
    drop(raw);
    let typed = within(records.saw("a", Duration::from_secs(3))).await.unwrap();
    assert_eq!(serde_json::to_value(typed).unwrap(), server.saw("a").await);
}

#[tokio::test]
async fn a_text_reaches_every_connection_in_the_room_and_no_other() {
    let server = Server::start().await;
    let mut one = server.open("/chat?room=a&id=1").await;
    let mut two = server.open("/chat?room=a&id=2").await;
    let mut other = server.open("/chat?room=b&id=3").await;
    one.text("hello").await;
    one.expect_text("hello").await;
    two.expect_text("hello").await;
    two.close(1000, "").await;
    assert_eq!(two.until_end().await, Ok(close_frame(&payload(1000, ""))));
    drop(two);
    server.assert_end("2", "fin", Some("03e8")).await;
    one.text("again").await;
    one.expect_text("again").await;
    assert_eq!(tell(&server, "id=3&say=yours").await, 200);
    other.expect_text("yours").await;
}

#[tokio::test]
async fn a_restart_closes_every_connection_in_the_room_and_no_other() {
    let server = Server::start().await;
    let mut one = server.open("/chat?room=a&id=1").await;
    let mut two = server.open("/chat?room=a&id=2").await;
    let mut other = server.open("/chat?room=b&id=3").await;
    assert_eq!(tell(&server, "room=a&close=1012").await, 200);
    for raw in [&mut one, &mut two] {
        raw.expect(&close_frame(&payload(1012, ""))).await;
        raw.close(1012, "").await;
        assert_eq!(raw.until_end().await, Ok(vec![]));
    }
    other.text("hello").await;
    other.expect_text("hello").await;
    drop((one, two));
    server.assert_end("1", "fin", Some("03f4")).await;
    server.assert_end("2", "fin", Some("03f4")).await;
    assert_eq!(tell(&server, "room=a&say=more").await, 404);
    assert_eq!(tell(&server, "say=more").await, 400);
    assert_eq!(tell(&server, "id=1&room=a&say=more").await, 400);
}
