//! The test server: how to reach and to command it, and what it records.

use crate::support::*;
use wasm_bindgen::JsValue;

/// Read when the test is compiled, because a browser has no environment variables.
const PEER: Option<&str> = option_env!("ONCLOSE_PEER");

/// The test server on one of its routes, for one connection, which it records under an id of its own.
pub(crate) struct TestServer {
    pub(crate) url: String,
    id: String,
}

/// Returns the server on a route such as `/close?code=4001`.
///
/// With `asked`, the server begins with the first message of the client. A test of what happens to an open connection uses
/// it instead of a delay: on a busy machine the delay can elapse before the browser has read the handshake, and Firefox
/// reports a connection that ends so early as one that never opened.
pub(crate) fn at(route: &str) -> TestServer {
    let id = format!("{:x}", (js_sys::Math::random() * 2f64.powi(52)) as u64);
    let separator = if route.contains('?') { '&' } else { '?' };
    TestServer { url: format!("{}{route}{separator}id={id}", PEER.unwrap_or("ws://peer.invalid")), id }
}

/// Returns a server that does not complete the opening handshake within the timeouts of tests.
///
/// Firefox makes connections to one host one at a time, and counts one that a script has closed while connecting until TCP
/// ends. So there the server ends TCP after a while, lest all later tests wait for Firefox to do so.
pub(crate) fn at_hanging_handshake() -> TestServer {
    match engine() {
        Engine::Firefox => at("/handshake?fault=drop&accept_delay=5000"),
        _ => at("/handshake?fault=hang"),
    }
}

/// Returns a server that does not answer the client's Close frame until [`TestServer::answer_close`].
pub(crate) fn at_unanswered_close() -> TestServer {
    at("/obey?quiet")
}

/// Opens a socket to a peer that does not read, and fills its buffer with 24 MiB, far above what a network takes.
pub(crate) async fn full_socket() -> web_sys::WebSocket {
    let socket = web_sys::WebSocket::new(&at("/deaf").url).unwrap();
    until("it is open", || socket.ready_state() == web_sys::WebSocket::OPEN).await;
    // A buffer outside of wasm memory: browsers do not send from shared memory.
    let piece = js_sys::Uint8Array::new_with_length(1 << 20);
    for _ in 0..24 {
        socket.send_with_js_u8_array(&piece).unwrap();
    }
    socket
}

impl TestServer {
    /// Waits until TCP has ended, and returns the record of the connection.
    pub(crate) async fn record(&self) -> ConnectionRecord {
        let record = within("the end of TCP", async {
            loop {
                // The server answers when TCP has ended, or after this time.
                match self.fetch_record("&wait=5000").await {
                    Some(record) if !record.is_open() => return record,
                    _ => {}
                }
            }
        });
        record.await
    }

    /// Waits until the record of the connection so far meets a condition.
    pub(crate) async fn until(&self, what: &str, holds: impl Fn(&ConnectionRecord) -> bool) {
        within(what, async {
            while !self.fetch_record("").await.is_some_and(|record| holds(&record)) {
                sleep(10).await;
            }
        })
        .await;
    }

    /// Waits until the server has read the opening handshake.
    pub(crate) async fn until_handshake(&self) {
        self.until("the handshake", |_| true).await;
    }

    /// Fails if a connection that was aborted while connecting stays open at the server.
    ///
    /// A browser that aborts before it connects leaves no record.
    pub(crate) async fn assert_no_orphan(&self) {
        if self.fetch_record("").await.is_some() {
            self.record().await;
        }
    }

    /// Has the server send a message or a Close frame or end TCP on its route `/obey`, and waits until it has.
    pub(crate) async fn command(&self, command: &str) {
        let answer = fetch_text(&format!("{}/tell?id={}&{command}", http(), self.id)).await;
        assert!(answer.is_some(), "the server has no connection for {command}");
    }

    /// Answers the client's Close frame late, after the test has seen what an unanswered one leads to.
    ///
    /// Firefox fails a connection 20 seconds after an unanswered close. After several such failures it delays connections to
    /// the same path by up to a minute.
    pub(crate) async fn answer_close(&self) {
        self.command("close=1000").await;
    }

    async fn fetch_record(&self, query: &str) -> Option<ConnectionRecord> {
        let json = fetch_text(&format!("{}/saw?id={}{query}", http(), self.id)).await?;
        Some(ConnectionRecord(js_sys::JSON::parse(&json).expect("JSON")))
    }
}

fn http() -> String {
    PEER.unwrap_or_default().replacen("ws", "http", 1)
}

/// What the server recorded of a connection.
pub(crate) struct ConnectionRecord(JsValue);

impl ConnectionRecord {
    /// Returns `true` while TCP is open.
    pub(crate) fn is_open(&self) -> bool {
        get(&self.0, "end") == "open"
    }

    /// Returns `true` if the server completed the opening handshake.
    pub(crate) fn is_upgraded(&self) -> bool {
        get(&self.0, "upgraded").is_truthy()
    }

    /// Returns the number of messages that the server received.
    pub(crate) fn messages(&self) -> u32 {
        get(&self.0, "messages").as_f64().unwrap() as u32
    }

    /// Returns the last text that the server received.
    pub(crate) fn last_text(&self) -> Option<String> {
        get(&self.0, "last").as_string()
    }

    /// Returns the subprotocols that the client offered.
    pub(crate) fn protocols(&self) -> Vec<String> {
        let list = js_sys::Array::from(&get(&self.0, "protocols"));
        list.iter().map(|protocol| protocol.as_string().unwrap()).collect()
    }

    /// Returns code and reason of the client's Close frame: `None` if it sent none, 1005 if the frame had no code.
    pub(crate) fn close_frame(&self) -> Option<(u16, String)> {
        let close = get(&self.0, "close");
        if close.is_null() {
            return None;
        }
        let code = get(&close, "code").as_f64().map_or(1005, |code| code as u16);
        Some((code, get(&close, "reason").as_string().unwrap()))
    }
}
