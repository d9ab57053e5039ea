//! Servers that speak just enough of a protocol for one subscription.

use std::iter;
use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::{SinkExt, StreamExt};
use onclose_rig::net;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

/// How many items the GraphQL subscription has.
const ITEMS: u64 = 3;
/// The pause between two messages.
const PAUSE: Duration = Duration::from_millis(20);

/// The messages that a server still has to send.
type Messages = Box<dyn Iterator<Item = Message> + Send>;

/// A protocol: what the server answers to a message.
pub(crate) type Protocol = fn(&Value) -> Messages;

/// A server on a loopback port until it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) url: String,
    /// The code of the Close frame from each client; `None` for one without a code.
    pub(crate) closed: UnboundedReceiver<Option<u16>>,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(protocol: Protocol) -> Result<Self> {
        let listener = TcpListener::bind(net::loopback(0)).await?;
        let url = format!("ws://{}", listener.local_addr()?);
        let (closes, closed) = unbounded_channel();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let closes = closes.clone();
                tokio::spawn(async move {
                    if let Err(error) = serve(stream, protocol, &closes).await {
                        println!("The server ended a connection: {error:#}");
                    }
                });
            }
        });
        Ok(Self { url, closed, task })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(stream: TcpStream, protocol: Protocol, closes: &UnboundedSender<Option<u16>>) -> Result<()> {
    let mut socket = accept_hdr_async(stream, choose_protocol).await?;
    let mut queued: Messages = Box::new(iter::empty());
    let mut ticks = interval(PAUSE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            received = socket.next() => match received.transpose()? {
                Some(Message::Text(text)) => {
                    let message = serde_json::from_str(&text).context("The client sent no JSON")?;
                    // Before what is queued, which may have no end.
                    queued = Box::new(protocol(&message).chain(queued));
                }
                Some(Message::Close(frame)) => {
                    queued = Box::new(iter::empty());
                    // The driver may have ended.
                    let _ = closes.send(frame.map(|frame| frame.code.into()));
                }
                Some(_) => {}
                None => return Ok(()),
            },
            _ = ticks.tick() => if let Some(message) = queued.next() {
                socket.send(message).await?;
            },
        }
    }
}

/// Chooses the first subprotocol that is offered, if any.
#[expect(clippy::result_large_err, clippy::unnecessary_wraps, reason = "the signature is tungstenite's")]
fn choose_protocol(request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    const PROTOCOL: &str = "Sec-WebSocket-Protocol";
    let offered = request.headers().get(PROTOCOL).and_then(|offered| offered.to_str().ok());
    let first = offered.and_then(|offered| offered.split(',').next()).and_then(|first| first.trim().parse().ok());
    if let Some(first) = first {
        response.headers_mut().insert(PROTOCOL, first);
    }
    Ok(response)
}

fn json(value: &Value) -> Message {
    Message::text(value.to_string())
}

/// `graphql-transport-ws`: acknowledges, counts, and completes the subscription.
pub(crate) fn graphql(request: &Value) -> Messages {
    match request["type"].as_str() {
        Some("connection_init") => Box::new(iter::once(json(&json!({ "type": "connection_ack" })))),
        Some("subscribe") => {
            let id = request["id"].clone();
            let complete = json(&json!({ "type": "complete", "id": id }));
            let next =
                move |count| json(&json!({ "type": "next", "id": id, "payload": { "data": { "count": count } } }));
            Box::new((0..ITEMS).map(next).chain([complete]))
        }
        Some("ping") => Box::new(iter::once(json(&json!({ "type": "pong" })))),
        _ => Box::new(iter::empty()),
    }
}

/// `graphql-transport-ws` for a client without the right to connect.
pub(crate) fn graphql_forbidden(_: &Value) -> Messages {
    let frame = CloseFrame { code: 4403.into(), reason: Utf8Bytes::from_static("Forbidden") };
    Box::new(iter::once(Message::Close(Some(frame))))
}

/// JSON-RPC as an Ethereum node has it: `eth_subscribe`, then heads without end.
pub(crate) fn ethereum(request: &Value) -> Messages {
    const SUBSCRIPTION: &str = "0x9ce59a13059e417087c02d3236a0b1cc";
    let head = |number: u64| {
        let params = json!({ "subscription": SUBSCRIPTION, "result": { "number": format!("{number:#x}") } });
        json(&json!({ "jsonrpc": "2.0", "method": "eth_subscription", "params": params }))
    };
    match request["method"].as_str() {
        Some("eth_subscribe") => {
            let answer = json(&json!({ "jsonrpc": "2.0", "id": request["id"], "result": SUBSCRIPTION }));
            Box::new(iter::once(answer).chain((0..).map(head)))
        }
        _ => Box::new(iter::empty()),
    }
}
