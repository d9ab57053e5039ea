//! A small JSON-RPC server: requests, and a subscription to ticks.

use std::{
    collections::{BTreeMap, VecDeque},
    future::pending,
    time::Duration,
};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    sync::mpsc::UnboundedReceiver,
    time::{Instant, sleep_until},
};

use super::play::{Outcome, carry_out, echo_close};
use crate::{
    conn::{Conn, Incoming},
    ends::Teardown,
    orders::Given,
};

/// The time between two ticks.
const TICK: Duration = Duration::from_millis(50);

const PARSE_ERROR: i32 = -32700;
const METHOD_NOT_FOUND: i32 = -32601;
const INVALID_PARAMS: i32 = -32602;

/// Answers requests and sends ticks, until an order or the client ends the connection.
pub(super) async fn serve(mut orders: UnboundedReceiver<Given>, conn: &mut Conn) -> Outcome {
    let mut server = Server::default();
    let mut closing = false;
    loop {
        conn.flush().await?;
        tokio::select! {
            incoming = conn.next() => match incoming? {
                Incoming::Close if closing => return Ok(Teardown::Fin),
                Incoming::Close => return echo_close(conn).await,
                // Nothing may follow the Close frame of this side.
                _ if closing => {}
                Incoming::Text(text) => server.receive(text.as_bytes()),
                Incoming::Binary(bytes) => server.receive(&bytes),
            },
            Some(given) = orders.recv() => {
                if let Some(finish) = carry_out(given, &mut closing, conn).await? {
                    return Ok(finish);
                }
            }
            () = server.until_tick(), if !closing => server.tick(),
        }
        for text in server.outgoing.drain(..) {
            conn.queue_text(&text.to_string());
        }
    }
}

#[derive(Debug, Default)]
struct Server {
    subscriptions: BTreeMap<u64, Subscription>,
    /// The id of the latest subscription.
    latest: u64,
    outgoing: VecDeque<Value>,
}

#[derive(Debug)]
struct Subscription {
    count: u64,
    next: Instant,
}

#[derive(Deserialize)]
struct Request {
    /// `None` for a notification, which is not answered.
    id: Option<Value>,
    method: String,
    #[serde(default)]
    params: Vec<Value>,
}

impl Server {
    fn receive(&mut self, text: &[u8]) {
        let (id, result) = match serde_json::from_slice::<Request>(text) {
            Ok(Request { id: None, .. }) => return,
            // For the tests of what is in flight when the connection closes.
            Ok(Request { method, .. }) if method == "wait" => return,
            Ok(Request { id: Some(id), method, params }) => (id, self.call(&method, &params)),
            Err(error) => (Value::Null, Err((PARSE_ERROR, error.to_string()))),
        };
        self.outgoing.push_back(match result {
            Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
            Err((code, message)) => json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}}),
        });
    }

    fn call(&mut self, method: &str, params: &[Value]) -> Result<Value, (i32, String)> {
        match method {
            "add" => {
                let sum: Option<i64> = params.iter().map(Value::as_i64).sum();
                sum.map(Value::from).ok_or((INVALID_PARAMS, "The parameters must be integers.".to_owned()))
            }
            "subscribe_ticks" => {
                self.latest += 1;
                self.subscriptions.insert(self.latest, Subscription { count: 0, next: Instant::now() + TICK });
                Ok(self.latest.into())
            }
            "unsubscribe_ticks" => {
                let id = params.first().and_then(Value::as_u64);
                Ok(id.and_then(|id| self.subscriptions.remove(&id)).is_some().into())
            }
            _ => Err((METHOD_NOT_FOUND, format!("There is no method {method:?}."))),
        }
    }

    /// Waits until a tick is due.
    async fn until_tick(&self) {
        match self.subscriptions.values().map(|subscription| subscription.next).min() {
            Some(next) => sleep_until(next).await,
            None => pending().await,
        }
    }

    /// Sends the ticks that are due.
    fn tick(&mut self) {
        let now = Instant::now();
        for (id, subscription) in &mut self.subscriptions {
            if subscription.next <= now {
                let params = json!({"subscription": id, "result": subscription.count});
                self.outgoing.push_back(json!({"jsonrpc": "2.0", "method": "tick", "params": params}));
                subscription.count += 1;
                subscription.next = now + TICK;
            }
        }
    }
}
