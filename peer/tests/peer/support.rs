//! A peer for each test, a client that writes raw bytes, a conforming client, and `/saw`.

use std::{
    io::{self, ErrorKind},
    net::SocketAddr,
    time::Duration,
};

use onclose_peer::{Peer, Records};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinHandle,
    time::timeout,
};
use tokio_tungstenite::{WebSocketStream, client_async};

/// The `Sec-WebSocket-Key` of RFC 6455's example, and its accept value.
pub(crate) const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
pub(crate) const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

const MASK: [u8; 4] = [0x11, 0x22, 0x33, 0x44];
const PATIENCE: Duration = Duration::from_secs(4);

pub(crate) async fn within<T>(what: impl Future<Output = T>) -> T {
    timeout(PATIENCE, what).await.expect("timed out")
}

/// Binds a peer to a free port.
pub(crate) async fn bind() -> (Peer, Records) {
    Peer::bind("127.0.0.1:0").await.unwrap()
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    task: JoinHandle<io::Result<()>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with_limit(Duration::from_secs(120)).await
    }

    pub(crate) async fn with_limit(limit: Duration) -> Self {
        Self::of(bind().await.0.with_limit(limit))
    }

    pub(crate) async fn with_tls() -> Self {
        Self::of(bind().await.0.bind_tls().await.unwrap())
    }

    pub(crate) fn of(peer: Peer) -> Self {
        Self { address: peer.local_addr(), task: tokio::spawn(peer.run()) }
    }

    /// Connects a raw client and sends its handshake.
    pub(crate) async fn asking(&self, target: &str, extra: &str) -> Raw {
        let mut raw = self.connect().await;
        raw.write(
            format!(
                "GET {target} HTTP/1.1\r\nHost: {}\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\
                 Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n{extra}\r\n",
                self.address
            )
            .as_bytes(),
        )
        .await;
        raw
    }

    /// The same, and reads and checks the answer.
    pub(crate) async fn open(&self, target: &str) -> Raw {
        let mut raw = self.asking(target, "").await;
        let head = raw.head().await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        assert!(head.contains(&format!("\r\nSec-WebSocket-Accept: {ACCEPT}\r\n")), "{head}");
        raw
    }

    pub(crate) async fn connect(&self) -> Raw {
        Raw::connect(self.address).await
    }

    /// Connects a conforming client.
    pub(crate) async fn client(&self, target: &str) -> WebSocketStream<TcpStream> {
        let stream = TcpStream::connect(self.address).await.unwrap();
        within(client_async(format!("ws://{}{target}", self.address), stream)).await.unwrap().0
    }

    /// Sends a plain HTTP request and returns the head and the body.
    pub(crate) async fn http(&self, method: &str, target: &str) -> (String, String) {
        let mut raw = self.connect().await;
        raw.write(format!("{method} {target} HTTP/1.1\r\nHost: peer\r\n\r\n").as_bytes()).await;
        let head = raw.head().await;
        let body = raw.until_end().await.unwrap();
        (head, String::from_utf8(body).unwrap())
    }

    /// Returns the report on that connection after it has ended.
    pub(crate) async fn saw(&self, id: &str) -> Value {
        let report = self.known(id, 3000).await;
        assert_ne!(report["end"], "open", "{report}");
        report
    }

    /// Returns the report, waiting at most `wait` milliseconds for the end.
    pub(crate) async fn known(&self, id: &str, wait: u32) -> Value {
        let (head, body) = self.http("GET", &format!("/saw?id={id}&wait={wait}")).await;
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        serde_json::from_str(&body).unwrap()
    }

    /// Asserts how TCP ended, and the hex of the client's Close.
    pub(crate) async fn assert_end(&self, id: &str, end: &str, close: Option<&str>) {
        let report = self.saw(id).await;
        assert_eq!(report["end"], end, "{report}");
        assert_eq!(report["close"]["hex"].as_str(), close, "{report}");
    }

    pub(crate) async fn count(&self, prefix: &str) -> u64 {
        let (_, body) = self.http("GET", &format!("/count?prefix={prefix}")).await;
        serde_json::from_str::<Value>(&body).unwrap()["open"].as_u64().unwrap()
    }
}

pub(crate) struct Raw {
    pub(crate) stream: TcpStream,
    rest: Vec<u8>,
}

impl Raw {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, rest: Vec::new() }
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        within(self.stream.write_all(bytes)).await.unwrap();
    }

    /// Writes a masked frame; `first` is its first byte.
    pub(crate) async fn frame(&mut self, first: u8, payload: &[u8]) {
        let bytes = masked(first, payload);
        self.write(&bytes).await;
    }

    pub(crate) async fn text(&mut self, text: &str) {
        self.frame(0x81, text.as_bytes()).await;
    }

    pub(crate) async fn close(&mut self, code: u16, reason: &str) {
        self.frame(0x88, &payload(code, reason)).await;
    }

    /// Reads the head of an HTTP answer.
    pub(crate) async fn head(&mut self) -> String {
        loop {
            if let Some(end) = self.rest.windows(4).position(|four| four == b"\r\n\r\n") {
                let rest = self.rest.split_off(end + 4);
                let head = std::mem::replace(&mut self.rest, rest);
                return String::from_utf8(head).unwrap();
            }
            let read = within(self.stream.read_buf(&mut self.rest)).await.unwrap();
            assert_ne!(read, 0, "ended within the head: {:?}", String::from_utf8_lossy(&self.rest));
        }
    }

    pub(crate) async fn exactly(&mut self, count: usize) -> Vec<u8> {
        while self.rest.len() < count {
            let read = within(self.stream.read_buf(&mut self.rest)).await.unwrap();
            assert_ne!(read, 0, "ended after {:x?}", self.rest);
        }
        let rest = self.rest.split_off(count);
        std::mem::replace(&mut self.rest, rest)
    }

    /// Asserts the next bytes.
    pub(crate) async fn expect(&mut self, bytes: &[u8]) {
        assert_eq!(self.exactly(bytes.len()).await, bytes);
    }

    /// Asserts the next bytes to be an unmasked text message.
    pub(crate) async fn expect_text(&mut self, text: &str) {
        let mut bytes = vec![0x81, u8::try_from(text.len()).unwrap()];
        bytes.extend_from_slice(text.as_bytes());
        self.expect(&bytes).await;
    }

    /// Reads all bytes until the server's FIN, or returns the error that occurred instead.
    pub(crate) async fn until_end(&mut self) -> Result<Vec<u8>, ErrorKind> {
        let mut bytes = std::mem::take(&mut self.rest);
        match within(self.stream.read_to_end(&mut bytes)).await {
            Ok(_) => Ok(bytes),
            Err(error) => Err(error.kind()),
        }
    }

    /// Asserts that neither bytes nor an end arrive for this long.
    pub(crate) async fn silent_for(&mut self, millis: u64) {
        assert!(self.rest.is_empty(), "{:x?}", self.rest);
        let mut byte = [0];
        let read = timeout(Duration::from_millis(millis), self.stream.read(&mut byte)).await;
        assert!(read.is_err(), "{read:?} {byte:x?}");
    }
}

/// A Close payload.
pub(crate) fn payload(code: u16, reason: &str) -> Vec<u8> {
    [&code.to_be_bytes(), reason.as_bytes()].concat()
}

/// A server's Close frame with a payload of at most 125 bytes.
pub(crate) fn close_frame(payload: &[u8]) -> Vec<u8> {
    [&[0x88, u8::try_from(payload.len()).unwrap()], payload].concat()
}

pub(crate) fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        length @ 0..126 => bytes.push(0x80 | length as u8),
        length @ 126..65536 => {
            bytes.push(0x80 | 126);
            bytes.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            bytes.push(0x80 | 127);
            bytes.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    bytes.extend_from_slice(&MASK);
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, key)| byte ^ key));
    bytes
}
