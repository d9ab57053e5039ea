//! The answer to a WebSocket handshake, correct or faulty.

use tokio_tungstenite::tungstenite::{
    handshake::derive_accept_key,
    http::{HeaderValue, StatusCode},
};

use crate::{
    http::Request,
    query::{Problem, Query},
};

/// A fault in the answer to the handshake.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    /// `Sec-WebSocket-Accept` is for another key.
    Accept,
    /// The `Upgrade` header is missing.
    Upgrade,
    /// The `Connection` header is missing.
    Connection,
    /// The answer names an extension that was not offered.
    Extension,
    /// No answer.
    Hang,
    /// FIN instead of an answer.
    Drop,
    /// RST instead of an answer.
    Reset,
    /// FIN in the middle of a correct answer.
    Half,
    /// Bytes that are not HTTP.
    Garbage,
}

impl Fault {
    pub(crate) const NAMES: &[(&str, Self)] = &[
        ("accept", Self::Accept),
        ("upgrade", Self::Upgrade),
        ("connection", Self::Connection),
        ("extension", Self::Extension),
        ("hang", Self::Hang),
        ("drop", Self::Drop),
        ("reset", Self::Reset),
        ("half", Self::Half),
        ("garbage", Self::Garbage),
    ];
}

pub(crate) const GARBAGE: &[u8] = b"\x00\x16\xff this is not HTTP \x80\r\n\r\n";

/// Returns the subprotocol to answer: the parameter `protocol`, or the first one offered.
pub(crate) fn protocol(request: &Request) -> Result<Option<String>, Problem> {
    match request.query.get("protocol") {
        Some("none") => Ok(None),
        Some(name) => header("protocol", name).map(Some),
        None => Ok(request.protocols.first().cloned()),
    }
}

/// Formats the 101 for this key, with a fault if there is one.
pub(crate) fn switching(key: &str, protocol: Option<&str>, fault: Option<Fault>) -> Vec<u8> {
    let mut head = String::from("HTTP/1.1 101 Switching Protocols\r\n");
    let mut field = |name: &str, value: &str| {
        head.push_str(name);
        head.push_str(": ");
        head.push_str(value);
        head.push_str("\r\n");
    };
    if fault != Some(Fault::Connection) {
        field("Connection", "Upgrade");
    }
    if fault != Some(Fault::Upgrade) {
        field("Upgrade", "websocket");
    }
    let other = format!("{key}!");
    let key = if fault == Some(Fault::Accept) { &other } else { key };
    field("Sec-WebSocket-Accept", &derive_accept_key(key.as_bytes()));
    if let Some(protocol) = protocol {
        field("Sec-WebSocket-Protocol", protocol);
    }
    if fault == Some(Fault::Extension) {
        field("Sec-WebSocket-Extensions", "x-not-offered");
    }
    head.push_str("\r\n");
    if fault == Some(Fault::Half) {
        head.truncate(head.len() / 2);
    }
    head.into_bytes()
}

/// An HTTP status instead of a 101.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) location: Option<String>,
}

impl Refusal {
    pub(crate) fn parse(query: &Query) -> Result<Self, Problem> {
        let number = query.number("status")?.unwrap_or(403);
        let status = match StatusCode::from_u16(number) {
            // A status below 200 is not a final answer.
            Ok(status) if number >= 200 => status,
            _ => return Err(format!("Parameter \"status\" is {number}; it can be 200 to 999.")),
        };
        let location = query.get("location").map(|url| header("location", url)).transpose()?;
        Ok(Self { status, location })
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let extra = self.location.as_ref().map(|url| format!("Location: {url}\r\n")).unwrap_or_default();
        crate::http::answer(self.status, "text/plain; charset=utf-8", &extra, "")
    }
}

/// Rejects a value that would end the header line.
fn header(name: &str, value: &str) -> Result<String, Problem> {
    match HeaderValue::from_str(value) {
        Ok(_) => Ok(value.to_owned()),
        Err(_) => Err(format!("Parameter {name:?} is {value:?}, which no header can carry.")),
    }
}
