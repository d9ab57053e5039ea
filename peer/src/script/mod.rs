//! What a path and its query ask for, as values: parsed and checked before the handshake is answered.

mod multiplexer;
mod play;
mod rpc;

use std::time::Duration;

pub(crate) use play::{Outcome, play};

use crate::{
    conn::MESSAGE_BYTES,
    ends::{HOW, THEN, Teardown, normal, payload},
    handshake::{Fault, Refusal},
    query::{self, Problem, Query},
};

/// More messages than any test can send.
const MESSAGES: u64 = 10_000_000;

#[derive(Debug)]
pub(crate) enum Script {
    Echo,
    Close(Close),
    Drop { finish: Teardown, begin: Begin },
    Answer(Answer),
    Refuse(Refusal),
    Handshake(Fault),
    Deaf { time: Option<Duration> },
    Read(Read),
    Send(Send),
    Frames { items: Vec<Item>, begin: Begin, answer: bool, then: Option<Teardown> },
    Finish(Send),
    Obey { quiet: bool },
    Yamux,
    Chat { room: String },
    Rpc,
}

/// When a script begins after the handshake was answered.
#[derive(Debug)]
pub(crate) enum Begin {
    After(Duration),
    /// When the client's first message arrives.
    Asked,
}

/// The server's Close.
#[derive(Debug)]
pub(crate) struct Close {
    payload: Vec<u8>,
    begin: Begin,
    with_101: bool,
    /// Ends TCP in this way without waiting for the reply.
    with: Option<Teardown>,
    /// Reads nothing more after the Close.
    deaf: bool,
    then: Teardown,
    text: Option<String>,
    after: u64,
}

/// The answer to the client's Close.
#[derive(Debug)]
pub(crate) struct Answer {
    reply: Reply,
    delay: Duration,
    late: u64,
    interval: Duration,
    then: Teardown,
}

#[derive(Debug)]
enum Reply {
    /// The client's own payload.
    Same,
    Other(Vec<u8>),
    None,
}

/// How a connection is read.
#[derive(Debug)]
pub(crate) struct Read {
    /// The most bytes per second.
    rate: Option<u64>,
    /// The number of bytes that are acknowledged each time.
    ack: Option<u64>,
}

/// Messages, and a Close after them if there is a payload for it.
#[derive(Debug)]
pub(crate) struct Send {
    count: u64,
    size: usize,
    binary: bool,
    interval: Duration,
    begin: Begin,
    close: Option<Vec<u8>>,
}

/// One write of `/frames`, or a pause.
#[derive(Debug)]
pub(crate) enum Item {
    Bytes(Vec<u8>),
    Wait,
}

impl Script {
    pub(crate) fn parse(path: &str, query: &Query) -> Result<Self, Problem> {
        Ok(match path {
            "/close" => Self::Close(close(query)?),
            "/drop" => {
                query.exclusive("with", "delay")?;
                query.exclusive("with", "asked")?;
                // Accepted and ignored: without a delay, TCP ends directly after the 101 in any case.
                query.choice("with", &[("101", ())])?;
                let finish = query.choice("how", HOW)?.unwrap_or(Teardown::Fin);
                Self::Drop { finish, begin: begin(query)? }
            }
            "/answer" => Self::Answer(answer(query)?),
            "/refuse" => Self::Refuse(Refusal::parse(query)?),
            "/handshake" => {
                let fault = query.choice("fault", Fault::NAMES)?;
                Self::Handshake(fault.ok_or("Parameter \"fault\" is needed.")?)
            }
            "/deaf" => Self::Deaf { time: if query.has("for") { Some(query.millis("for")?) } else { None } },
            "/read" => Self::Read(Read { rate: positive(query, "rate")?, ack: positive(query, "ack")? }),
            "/send" => Self::Send(Send {
                count: query.at_most("count", 1, MESSAGES)?,
                size: query.at_most("size", 16, MESSAGE_BYTES)? as usize,
                binary: query.choice("kind", &[("text", false), ("binary", true)])?.unwrap_or(false),
                interval: query.millis("interval")?,
                begin: begin(query)?,
                close: payload(query, "close")?,
            }),
            "/frames" => {
                query.exclusive("answer", "then")?;
                let then = query.choice("then", HOW)?;
                Self::Frames { items: items(query)?, begin: begin(query)?, answer: query.has("answer"), then }
            }
            "/finish" => Self::Finish(Send {
                count: query.at_most("count", 1, MESSAGES)?,
                size: 0,
                binary: false,
                interval: query.millis("interval")?,
                begin: Begin::After(Duration::ZERO),
                close: Some(payload(query, "close")?.unwrap_or_else(normal)),
            }),
            "/obey" => Self::Obey { quiet: query.has("quiet") },
            "/yamux" => Self::Yamux,
            "/chat" => {
                let room = query.get("room").filter(|room| !room.is_empty());
                Self::Chat { room: room.ok_or("Parameter \"room\" is needed.")?.to_owned() }
            }
            "/rpc" => Self::Rpc,
            _ => Self::Echo,
        })
    }

    /// Returns whether the script's first bytes leave in the same write as the 101.
    fn joins_handshake(&self) -> bool {
        matches!(self, Self::Close(close) if close.with_101)
    }
}

fn close(query: &Query) -> Result<Close, Problem> {
    let (mut with_101, mut with, mut deaf) = (false, None, false);
    for item in query.get("with").into_iter().flat_map(|list| list.split(',')) {
        match item {
            "101" => with_101 = true,
            "fin" if with.is_none() && !deaf => with = Some(Teardown::Fin),
            "rst" if with.is_none() && !deaf => with = Some(Teardown::Reset),
            "deaf" if with.is_none() => deaf = true,
            _ => return Err(format!("Parameter \"with\" has {item:?}; it can have 101, and fin, rst or deaf.")),
        }
    }
    if with_101 {
        query.exclusive("with", "delay")?;
        query.exclusive("with", "asked")?;
    }
    if with.is_some() || deaf {
        query.exclusive("with", "then")?;
    }
    Ok(Close {
        payload: payload(query, "code")?.unwrap_or_else(normal),
        begin: begin(query)?,
        with_101,
        with,
        deaf,
        then: query.choice("then", THEN)?.unwrap_or(Teardown::Fin),
        text: query.get("text").map(str::to_owned),
        after: query.at_most("after", 0, MESSAGES)?,
    })
}

/// Returns a number that is not zero.
fn positive(query: &Query, name: &str) -> Result<Option<u64>, Problem> {
    match query.number(name)? {
        Some(0) => Err(format!("Parameter {name:?} must be more than 0.")),
        number => Ok(number),
    }
}

fn begin(query: &Query) -> Result<Begin, Problem> {
    query.exclusive("asked", "delay")?;
    Ok(if query.has("asked") { Begin::Asked } else { Begin::After(query.millis("delay")?) })
}

fn answer(query: &Query) -> Result<Answer, Problem> {
    let other = payload(query, "code")?;
    for given in ["code", "empty", "raw"] {
        query.exclusive("none", given)?;
        query.exclusive("how", given)?;
    }
    query.exclusive("none", "how")?;
    query.exclusive("none", "then")?;
    query.exclusive("how", "then")?;
    let how = query.choice("how", HOW)?;
    let then = query.choice("then", THEN)?.unwrap_or(Teardown::Fin);
    let (reply, then) = match (other, how) {
        (Some(payload), _) => (Reply::Other(payload), then),
        (None, Some(how)) => (Reply::None, how),
        (None, None) if query.has("none") => (Reply::None, Teardown::Hold),
        (None, None) => (Reply::Same, then),
    };
    let late = query.at_most("late", 0, MESSAGES)?;
    Ok(Answer { reply, delay: query.millis("delay")?, late, interval: query.millis("interval")?, then })
}

fn items(query: &Query) -> Result<Vec<Item>, Problem> {
    let list = query.get("hex").ok_or("Parameter \"hex\" is needed.")?;
    let item = |item: &str| match item {
        "wait" => Ok(Item::Wait),
        hex => query::hex("hex", hex).map(Item::Bytes),
    };
    list.split(',').map(item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_in_the_table_is_accepted() {
        for route in crate::routes::routes().iter().filter(|route| route.websocket) {
            let query = Query::parse(route.example.split_once('?').map_or("", |(_, query)| query));
            let common = crate::routes::common_params().iter().map(|param| crate::routes::name(param));
            assert_eq!(query.check(common.chain(route.names())), Ok(()), "{}", route.example);
            let script = Script::parse(route.path, &query);
            assert!(script.is_ok(), "{}: {script:?}", route.example);
            assert!(route.path == "/echo" || !matches!(script, Ok(Script::Echo)), "{} has no script", route.path);
        }
    }

    #[test]
    fn contradicting_parameters_are_rejected_with_a_sentence() {
        for (path, query) in [
            ("/close", "code=70000"),
            ("/close", "code=-1"),
            ("/close", "code=1000&empty"),
            ("/close", "raw=abc"),
            ("/close", "reason=alone"),
            ("/close", "with=hold"),
            ("/close", "with=fin,rst"),
            ("/close", "with=rst&then=rst"),
            ("/close", "with=101&asked"),
            ("/close", "asked&delay=5"),
            ("/drop", "with=101&asked"),
            ("/close", "with=101&delay=5"),
            ("/close", "with=fin&then=hold"),
            ("/close", "with=fin,deaf"),
            ("/close", "with=deaf&then=hold"),
            ("/read", "rate=0"),
            ("/read", "ack=often"),
            ("/drop", "how=hold"),
            ("/drop", "delay=soon"),
            ("/answer", "none&code=1000"),
            ("/answer", "how=fin&then=rst"),
            ("/refuse", "status=101"),
            ("/refuse", "status=301&location=a%0d%0aSet-Cookie:b"),
            ("/handshake", ""),
            ("/handshake", "fault=other"),
            ("/send", "size=99999999999"),
            ("/send", "kind=json"),
            ("/send", "asked&delay=5"),
            ("/frames", ""),
            ("/frames", "hex=81zz"),
            ("/frames", "hex=81&then=hold"),
            ("/frames", "hex=81&then=fin&answer"),
            ("/finish", "reason=alone"),
            ("/chat", ""),
            ("/chat", "room="),
        ] {
            let problem = Script::parse(path, &Query::parse(query));
            let Err(problem) = problem else { panic!("{path}?{query} was accepted") };
            assert!(problem.ends_with('.'), "{problem}");
        }
    }
}
