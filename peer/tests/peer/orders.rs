//! `/obey` and `/tell`.

use std::io::ErrorKind;

use crate::support::{Server, close_frame, payload};

async fn tell(server: &Server, order: &str) -> u16 {
    let (head, _) = server.http("GET", &format!("/tell?{order}")).await;
    head.split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn orders_are_carried_out_one_after_the_other() {
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
async fn a_connection_can_be_told_to_end_in_both_ways_also_after_its_close() {
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
async fn the_clients_close_is_answered_unless_it_is_to_be_quiet() {
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
async fn an_order_that_is_none_or_two_is_refused() {
    let server = Server::start().await;
    let _raw = server.open("/obey?id=a").await;
    for order in ["id=a", "say=x", "id=a&say=x&end=fin", "id=a&close=1000&end=fin", "id=a&end=hold", "id=a&reason=x"] {
        assert_eq!(tell(&server, order).await, 400, "{order}");
    }
    assert_eq!(tell(&server, "id=nobody&say=x").await, 404);
}
