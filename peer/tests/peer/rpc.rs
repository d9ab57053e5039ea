//! `/rpc`, by its texts.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{WebSocketStream, tungstenite::Message};

use crate::support::{Server, close_frame, payload, within};

async fn call(client: &mut WebSocketStream<TcpStream>, id: u64, method: &str, params: Value) {
    let request = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
    client.send(Message::text(request.to_string())).await.unwrap();
}

async fn next(client: &mut WebSocketStream<TcpStream>) -> Value {
    let message = within(client.next()).await.unwrap().unwrap();
    serde_json::from_str(message.to_text().unwrap()).unwrap()
}

#[tokio::test]
async fn each_request_is_answered_by_its_id_but_wait() {
    let server = Server::start().await;
    let mut client = server.client("/rpc").await;
    call(&mut client, 1, "wait", json!([])).await;
    for (id, method, params, key, answer) in [
        (2, "add", json!([2, 3]), "/result", json!(5)),
        (3, "add", json!(["2"]), "/error/code", json!(-32602)),
        (4, "divide", json!([]), "/error/code", json!(-32601)),
    ] {
        call(&mut client, id, method, params).await;
        let response = next(&mut client).await;
        assert_eq!((&response["id"], response.pointer(key)), (&json!(id), Some(&answer)), "{response}");
    }
    client.send(Message::text("no JSON")).await.unwrap();
    let response = next(&mut client).await;
    assert_eq!((&response["id"], &response["error"]["code"]), (&json!(null), &json!(-32700)), "{response}");
}

#[tokio::test]
async fn a_subscription_sends_ticks_in_order_and_none_after_its_end() {
    let server = Server::start().await;
    let mut client = server.client("/rpc").await;
    call(&mut client, 1, "subscribe_ticks", json!([])).await;
    let subscription = next(&mut client).await["result"].clone();
    for count in 0..3 {
        let tick = next(&mut client).await;
        assert_eq!(tick["params"], json!({"subscription": subscription, "result": count}), "{tick}");
    }
    call(&mut client, 2, "unsubscribe_ticks", json!([subscription])).await;
    let answer = loop {
        let received = next(&mut client).await;
        if received.get("id").is_some() {
            break received;
        }
    };
    assert_eq!((&answer["id"], &answer["result"]), (&json!(2), &json!(true)));
    // Longer than the pause between two ticks.
    let silent = tokio::time::timeout(std::time::Duration::from_millis(200), client.next()).await;
    assert!(silent.is_err(), "{silent:?}");
    call(&mut client, 3, "unsubscribe_ticks", json!([subscription])).await;
    assert_eq!(next(&mut client).await["result"], json!(false));
}

#[tokio::test]
async fn nothing_follows_the_close_frame_of_an_order() {
    let server = Server::start().await;
    let mut raw = server.open("/rpc?id=a").await;
    raw.text(r#"{"id": 1, "method": "subscribe_ticks"}"#).await;
    raw.expect_text(r#"{"id":1,"jsonrpc":"2.0","result":1}"#).await;
    let (head, _) = server.http("GET", "/tell?id=a&close=4001").await;
    assert!(head.contains(" 200 "), "{head}");
    raw.text(r#"{"id": 2, "method": "add"}"#).await;
    raw.close(4001, "").await;
    let received = raw.until_end().await.unwrap();
    assert!(received.ends_with(&close_frame(&payload(4001, ""))), "{received:?}");
}
