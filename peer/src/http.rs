//! Reads the head of a request, and formats plain answers.

use std::{io, time::Duration};

use bytes::BytesMut;
use tokio::{io::AsyncReadExt as _, time::timeout};
use tokio_tungstenite::tungstenite::http::StatusCode;

use crate::{query::Query, stream::Stream};

const HEAD_BYTES: usize = 32 * 1024;
const HEADERS: usize = 64;
const HEAD_TIME: Duration = Duration::from_secs(20);

/// The parts of a request that the peer uses.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query, as received.
    pub(crate) target: String,
    pub(crate) query: Query,
    pub(crate) origin: Option<String>,
    pub(crate) protocols: Vec<String>,
    /// The `Sec-WebSocket-Key` of a request that is a WebSocket handshake.
    pub(crate) key: Option<String>,
}

impl Request {
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }
}

/// Reads one head; bytes after it stay in `buffer`. `None` if the client ended before the head was complete.
pub(crate) async fn read_head(stream: &mut Stream, buffer: &mut BytesMut) -> io::Result<Option<Request>> {
    let reading = async {
        loop {
            if stream.read_buf(buffer).await? == 0 {
                return Ok(None);
            }
            match parse(buffer) {
                Ok(Some((length, request))) => {
                    let _ = buffer.split_to(length);
                    return Ok(Some(request));
                }
                Ok(None) if buffer.len() < HEAD_BYTES => buffer.reserve(4096),
                Ok(None) => return Err(io::Error::new(io::ErrorKind::InvalidData, "the request's head is too long")),
                Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
            }
        }
    };
    // Browsers open speculative connections and send nothing on them.
    timeout(HEAD_TIME, reading).await.unwrap_or(Ok(None))
}

fn parse(bytes: &[u8]) -> Result<Option<(usize, Request)>, httparse::Error> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut head = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(length) = head.parse(bytes)? else { return Ok(None) };

    let target = head.path.unwrap_or("/").to_owned();
    let query = Query::parse(target.split_once('?').map_or("", |(_, query)| query));
    let values = |name: &str| -> Vec<String> {
        head.headers
            .iter()
            .filter(|header| header.name.eq_ignore_ascii_case(name))
            .map(|header| String::from_utf8_lossy(header.value).into_owned())
            .collect()
    };
    let list = |name: &str| -> Vec<String> {
        let items = values(name);
        items.iter().flat_map(|value| value.split(',')).map(|item| item.trim().to_owned()).collect()
    };
    let names = |name: &str, wanted: &str| list(name).iter().any(|item| item.eq_ignore_ascii_case(wanted));
    let upgrade = head.method == Some("GET") && names("Upgrade", "websocket") && names("Connection", "upgrade");

    let request = Request {
        method: head.method.unwrap_or_default().to_owned(),
        query,
        origin: values("Origin").into_iter().next(),
        protocols: list("Sec-WebSocket-Protocol"),
        key: values("Sec-WebSocket-Key").into_iter().next().filter(|_| upgrade),
        target,
    };
    Ok(Some((length, request)))
}

/// Formats a plain answer that a page of any origin may read.
pub(crate) fn answer(status: StatusCode, kind: &str, extra: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {} {}\r\n\
         Content-Type: {kind}\r\n\
         Content-Length: {}\r\n\
         Access-Control-Allow-Origin: *\r\n\
         Access-Control-Allow-Private-Network: true\r\n\
         Cache-Control: no-store\r\n\
         {extra}\
         Connection: close\r\n\r\n\
         {body}",
        status.as_str(),
        status.canonical_reason().unwrap_or("Unknown"),
        body.len(),
    )
    .into_bytes()
}

pub(crate) fn text(status: StatusCode, body: &str) -> Vec<u8> {
    answer(status, "text/plain; charset=utf-8", "", body)
}

pub(crate) fn json(status: StatusCode, body: &str) -> Vec<u8> {
    answer(status, "application/json", "", body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEAD: &str = "GET /echo?id=a HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                        Sec-WebSocket-Key: k\r\nSec-WebSocket-Protocol: a, b\r\n\r\n";

    proptest! {
        #[test]
        fn any_bytes_are_rejected_or_a_head_within_them(bytes in any::<Vec<u8>>()) {
            if let Ok(Some((length, request))) = parse(&bytes) {
                prop_assert!(length <= bytes.len() && !request.method.is_empty());
            }
        }

        #[test]
        fn a_head_is_read_when_complete_and_not_beyond(cut in 0..HEAD.len(), after in any::<Vec<u8>>()) {
            prop_assert!(matches!(parse(&HEAD.as_bytes()[..cut]), Ok(None)));
            let (length, request) = parse(&[HEAD.as_bytes(), &after].concat()).unwrap().unwrap();
            prop_assert_eq!((length, request.path(), request.key.as_deref()), (HEAD.len(), "/echo", Some("k")));
            prop_assert_eq!(request.protocols, ["a", "b"]);
        }

        #[test]
        fn a_damaged_head_never_panics(at in 0..HEAD.len(), byte in any::<u8>()) {
            let mut damaged = HEAD.as_bytes().to_vec();
            damaged[at] = byte;
            if let Ok(Some((length, _))) = parse(&damaged) {
                prop_assert!(length <= damaged.len());
            }
        }
    }
}
