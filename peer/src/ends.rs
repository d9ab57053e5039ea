//! How a connection ends: what the server does to TCP, what it saw of the client's side, and the payload of a Close frame.

use serde::{Deserialize, Serialize};

use crate::query::{Problem, Query};

/// How TCP ended, as the server saw it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TcpEnd {
    /// The connection is still open.
    Open,
    /// The client's FIN was read.
    Fin,
    /// The client reset the connection.
    Reset,
    /// The connection reached its time limit and was dropped.
    Limit,
    /// The server ended the connection and read no FIN from the client.
    Server,
}

/// How the server ends TCP after its script.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Teardown {
    /// Sends FIN and waits for the client's.
    Fin,
    /// Sends RST.
    Reset,
    /// Keeps TCP open until the client ends it, or until the time limit.
    Hold,
    /// TCP has ended already.
    Done(TcpEnd),
}

/// The values of a parameter for ending TCP at once.
pub(crate) const HOW: &[(&str, Teardown)] = &[("fin", Teardown::Fin), ("rst", Teardown::Reset)];
/// The values of a parameter for ending TCP after the Close handshake.
pub(crate) const THEN: &[(&str, Teardown)] =
    &[("fin", Teardown::Fin), ("rst", Teardown::Reset), ("hold", Teardown::Hold)];

/// Reads a Close payload from `raw`, `empty`, or a code and a reason; `None` if none of them is given.
pub(crate) fn payload(query: &Query, code: &str) -> Result<Option<Vec<u8>>, Problem> {
    for (one, other) in [(code, "empty"), (code, "raw"), ("empty", "raw")] {
        query.exclusive(one, other)?;
    }
    if let Some(raw) = query.hex("raw")? {
        query.exclusive("raw", "reason")?;
        return Ok(Some(raw));
    }
    if query.has("empty") {
        query.exclusive("empty", "reason")?;
        return Ok(Some(Vec::new()));
    }
    match query.number(code)? {
        Some(number) => Ok(Some(close_payload(number, query.get("reason").unwrap_or_default()))),
        None if query.has("reason") => Err(format!("Parameter \"reason\" needs {code:?}.")),
        None => Ok(None),
    }
}

/// The payload of a Close frame with this code and reason.
pub(crate) fn close_payload(code: u16, reason: &str) -> Vec<u8> {
    [&code.to_be_bytes(), reason.as_bytes()].concat()
}

/// The payload of a normal closure.
pub(crate) fn normal() -> Vec<u8> {
    close_payload(1000, "")
}
