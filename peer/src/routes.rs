//! The table of routes: the source of the parameter check, of `GET /`, of the README's table and of the demo page.

use std::fmt::Write as _;

/// A path of the peer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Route {
    /// The path, as in `/close`.
    pub path: &'static str,
    /// Its own query parameters, each as `name=VALUE`, or `name` for a flag; see also [`common_params`].
    pub params: &'static [&'static str],
    /// What the route does, in one line.
    pub about: &'static str,
    /// A path and query as an example.
    pub example: &'static str,
    /// `true` for a WebSocket, `false` for plain HTTP.
    pub websocket: bool,
}

impl Route {
    /// Returns the names of this route's own parameters.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.params.iter().map(|param| name(param))
    }
}

/// Returns all routes, WebSockets first.
pub fn routes() -> &'static [Route] {
    ROUTES
}

/// Returns the parameters that every WebSocket route takes, in the form of [`Route::params`].
pub fn common_params() -> &'static [&'static str] {
    &["id=TOKEN", "protocol=NAME|none", "accept_delay=MS"]
}

/// Returns the table as plain text, as `GET /` answers it.
pub fn table() -> String {
    let mut text = String::new();
    for route in ROUTES {
        let kind = if route.websocket { "ws" } else { "http" };
        let query = if route.params.is_empty() { "" } else { "?" };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{kind:4} {}{query}{}", route.path, route.params.join("&"));
        let _ = writeln!(text, "       {}", route.about);
    }
    let _ = writeln!(text, "every ws route also takes: {}", common_params().join("&"));
    text
}

pub(crate) fn find(path: &str) -> Option<&'static Route> {
    ROUTES.iter().find(|route| route.path == path)
}

pub(crate) fn name(param: &'static str) -> &'static str {
    param.split('=').next().unwrap_or(param)
}

const fn ws(path: &'static str, params: &'static [&'static str], about: &'static str, example: &'static str) -> Route {
    Route { path, params, about, example, websocket: true }
}

const fn http(
    path: &'static str,
    params: &'static [&'static str],
    about: &'static str,
    example: &'static str,
) -> Route {
    Route { path, params, about, example, websocket: false }
}

const ROUTES: &[Route] = &[
    ws("/echo", &[], "Echoes text and binary, answers Close with the same code and reason.", "/echo?id=a1"),
    ws(
        "/close",
        &[
            "code=N",
            "reason=S",
            "empty",
            "raw=HEX",
            "delay=MS",
            "asked",
            "with=101,fin,rst,deaf",
            "then=fin|rst|hold",
            "text=S",
            "after=N",
        ],
        "Sends Close (1000 by default; any code, any length, or a raw payload) and ends TCP after the reply.",
        "/close?code=4000&reason=bye",
    ),
    ws(
        "/drop",
        &["how=fin|rst", "delay=MS", "asked", "with=101"],
        "Ends TCP without a Close frame.",
        "/drop?how=rst&asked",
    ),
    ws(
        "/answer",
        &[
            "none",
            "code=N",
            "reason=S",
            "empty",
            "raw=HEX",
            "delay=MS",
            "late=N",
            "interval=MS",
            "then=fin|rst|hold",
            "how=fin|rst",
        ],
        "Echoes until the client's Close, then answers it late, with another code, or never, or ends TCP instead.",
        "/answer?code=4001&delay=200",
    ),
    ws(
        "/refuse",
        &["status=N", "location=URL"],
        "Answers the handshake with an HTTP status (403 by default).",
        "/refuse?status=401",
    ),
    ws(
        "/handshake",
        &["fault=accept|upgrade|connection|extension|hang|drop|reset|half|garbage"],
        "Answers the handshake with a fault, or never.",
        "/handshake?fault=accept",
    ),
    ws(
        "/deaf",
        &["for=MS"],
        "Completes the handshake and does not read; after `for` it reads and answers Close.",
        "/deaf?for=500",
    ),
    ws(
        "/read",
        &["rate=B", "ack=B"],
        "Reads at most `rate` bytes per second, sends their number after each `ack` bytes, and answers Close.",
        "/read?rate=1000000&ack=500000",
    ),
    ws(
        "/send",
        &["count=N", "size=B", "kind=text|binary", "interval=MS", "delay=MS", "asked", "close=N", "reason=S"],
        "Sends messages of that many bytes, then Close with that code, or stays open as an echo.",
        "/send?count=100&size=1000&kind=binary&close=1000",
    ),
    ws(
        "/frames",
        &["hex=HEX,wait,HEX", "asked", "answer", "then=fin|rst"],
        "Writes raw bytes, one write for each item; ends TCP after the client's Close, which `answer` answers first, or `then`.",
        "/frames?hex=8102,wait,6869&answer",
    ),
    ws(
        "/finish",
        &["count=N", "interval=MS", "close=N", "reason=S"],
        "Waits for the text \"done\", then sends messages and Close (1000 by default).",
        "/finish?count=3&interval=20&close=4002",
    ),
    ws(
        "/obey",
        &["quiet"],
        "Carries out the orders of `/tell`; answers the client's Close unless `quiet` is set.",
        "/obey?id=a1",
    ),
    ws("/yamux", &[], "Serves yamux over binary messages and echoes each of its streams.", "/yamux?id=a1"),
    ws(
        "/chat",
        &["room=NAME"],
        "Sends each text to every connection in the room, its sender included; carries out the orders of `/tell`.",
        "/chat?room=a",
    ),
    ws(
        "/rpc",
        &[],
        "Answers JSON-RPC requests, with a subscription to ticks; carries out the orders of `/tell`.",
        "/rpc?id=a1",
    ),
    http(
        "/saw",
        &["id=TOKEN", "wait=MS"],
        "Returns what the server saw of that connection, as JSON; `wait` waits until it has ended.",
        "/saw?id=a1&wait=1000",
    ),
    http(
        "/tell",
        &["id=TOKEN", "room=NAME", "say=S", "close=N", "reason=S", "empty", "raw=HEX", "end=fin|rst"],
        "Orders that connection to `/obey`, `/chat` or `/rpc`, or all in that room, to send a text, to close, or to end TCP; answers when it is done.",
        "/tell?id=a1&close=4001&reason=bye",
    ),
    http("/count", &["prefix=P"], "Returns the number of open upgraded connections, as JSON.", "/count?prefix=a"),
    http("/tls", &[], "Returns the ports for TLS by the name of their fault, as JSON.", "/tls"),
    http("/", &[], "Returns this table, as text.", "/"),
];
