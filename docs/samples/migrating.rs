use futures_util::StreamExt as _;
use onclose::{
    CloseCode, CloseEvent, CloseFrame, CloseInfo, Message, ReadyState, RecvError, WebSocket, WebSocketReceiver,
    WebSocketSender,
};
use std::error::Error;

type Handler = fn(Result<Message, RecvError>);

fn open(url: &str) -> Result<[WebSocket; 2], Box<dyn Error>> {
    Ok([WebSocket::builder(url).open()?, WebSocket::builder(url).protocols(["v2", "v1"]).open()?])
}

async fn connect(url: &str) -> Result<WebSocket, Box<dyn Error>> {
    drop(WebSocket::connect(url).await?);
    drop(WebSocket::builder(url).protocols(["v1"]).connect().await?);
    let mut ws = WebSocket::connect(url).await?;
    ws.opened().await?;
    let closed = ws.closed();
    while let Some(message) = ws.recv().await {
        drop(message?);
    }
    drop(closed.await);
    Ok(ws)
}

fn limits(url: &str) -> onclose::WebSocketBuilder {
    WebSocket::builder(url)
        .protocols(["v1"])
        .send_high_water_mark(1 << 20)
        .recv_limit(1 << 20, CloseFrame::from_static(4009, "too slow"))
}

async fn send(ws: &WebSocket, sender: &WebSocketSender, text: &str, bytes: Vec<u8>) -> Result<(), Box<dyn Error>> {
    ws.send("hello").await?;
    ws.try_send(text)?;
    sender.try_send_bytes(&bytes)?;
    ws.send(text).await?;
    Ok(())
}

async fn receive(ws: &mut WebSocket) -> Option<Result<Message, RecvError>> {
    ws.next().await
}

async fn receive_until_an_error(ws: &mut WebSocket) -> Result<Message, onclose::Error> {
    match ws.recv().await {
        Some(message) => Ok(message?),
        None => Err(onclose::Error::from(ws.closed().await)),
    }
}

fn kinds(text: String, bytes: Vec<u8>) -> (Message, Message) {
    (Message::Text(text), Message::Binary(bytes))
}

fn split(ws: WebSocket) -> (WebSocketSender, WebSocketReceiver) {
    let (sender, receiver) = ws.split();
    (sender, receiver)
}

async fn close(ws: &WebSocket) -> (CloseInfo, CloseInfo) {
    (ws.close(CloseFrame::from_static(4000, "bye")).await, ws.close(CloseFrame::NORMAL).await)
}

async fn closed(ws: &WebSocket) -> (CloseInfo, CloseCode) {
    let info = ws.closed().await;
    (info, ws.closed().await.code())
}

fn look(ws: &WebSocket) -> (bool, String, &web_sys::WebSocket) {
    let is_open = ws.state() == ReadyState::Open;
    (is_open, ws.protocol(), ws.as_raw())
}

fn listen(receiver: WebSocketReceiver, handle: Handler) -> onclose::MessageListener {
    let listener = receiver.on_message(handle);
    listener
}

fn watch(raw: web_sys::WebSocket, on_close: fn(CloseEvent)) -> onclose::CloseListener {
    let listener = onclose::on_close(&raw, on_close);
    listener
}
