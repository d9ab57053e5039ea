//! Playing a script on a connection.

use std::{future::pending, time::Duration};

use tokio::{sync::mpsc::UnboundedReceiver, time::sleep};

use super::{Answer, Begin, Close, Item, Reply, Script, Send};
use crate::{
    conn::{Conn, Finish, Incoming, Stop},
    handshake::{self, Fault, GARBAGE},
    orders::{Given, Order},
};

/// How the server is to end TCP, unless the client did.
pub(crate) type Outcome = Result<Finish, Stop>;

const PAUSE: Duration = Duration::from_millis(50);
/// The least that holds a segment of the loopback device: below that, reading on takes TCP many seconds.
const SMALL_BUFFER: usize = 64 << 10;

pub(crate) async fn play(script: Script, conn: &mut Conn, key: &str, protocol: Option<&str>) -> Outcome {
    match &script {
        Script::Refuse(refusal) => {
            conn.queue(&refusal.bytes());
            conn.flush().await?;
            return Ok(Finish::Fin);
        }
        Script::Handshake(fault) => return wrong_handshake(*fault, conn, key, protocol).await,
        // Before the 101, so that the client never learns of a larger window.
        Script::Deaf { .. } => conn.set_receive_buffer(SMALL_BUFFER),
        // Before it too: who has seen the open may give an order at once.
        Script::Obey { quiet } => {
            let orders = conn.record().orders();
            conn.queue(&handshake::switching(key, protocol, None));
            conn.upgrade();
            return obey(orders, *quiet, conn).await;
        }
        _ => {}
    }
    conn.queue(&handshake::switching(key, protocol, None));
    conn.upgrade();
    if !script.joins_handshake() {
        conn.flush().await?;
    }
    match script {
        Script::Close(close) => send_close(close, conn).await,
        Script::Drop { finish, begin: when } => {
            begin(when, conn).await?;
            Ok(finish)
        }
        Script::Answer(answer) => answer_close(answer, conn).await,
        Script::Deaf { time } => {
            match time {
                Some(time) => sleep(time).await,
                None => pending().await,
            }
            answer_in_kind(conn).await
        }
        Script::Send(send) => {
            match send.begin {
                Begin::After(delay) => conn.idle_until_close(delay).await?,
                Begin::Asked => conn.next().await.map(drop)?,
            }
            send_messages(&send, "", conn).await
        }
        Script::Frames { items, begin: when, answer, then } => {
            begin(when, conn).await?;
            write_frames(items, conn).await?;
            match then {
                Some(finish) => Ok(finish),
                None if answer => answer_in_kind(conn).await,
                None => conn.until_close().await.map(|_| Finish::Fin),
            }
        }
        Script::Finish(send) => loop {
            match conn.next().await? {
                Incoming::Text(text) if text == "done" => break send_messages(&send, "finish ", conn).await,
                Incoming::Close => break answer_in_kind(conn).await,
                _ => {}
            }
        },
        Script::Echo | Script::Refuse(_) | Script::Handshake(_) | Script::Obey { .. } => {
            echo(conn).await?;
            answer_in_kind(conn).await
        }
    }
}

async fn wrong_handshake(fault: Fault, conn: &mut Conn, key: &str, protocol: Option<&str>) -> Outcome {
    match fault {
        Fault::Hang => {}
        Fault::Drop => return Ok(Finish::Fin),
        Fault::Reset => return Ok(Finish::Reset),
        Fault::Garbage => {
            conn.queue(GARBAGE);
            conn.flush().await?;
            return Ok(Finish::Fin);
        }
        Fault::Accept | Fault::Upgrade | Fault::Connection | Fault::Extension | Fault::Half => {
            conn.queue(&handshake::switching(key, protocol, Some(fault)));
            conn.flush().await?;
        }
    }
    Ok(if fault == Fault::Half { Finish::Fin } else { Finish::Hold })
}

/// Echoes until the client's Close.
async fn echo(conn: &mut Conn) -> Result<(), Stop> {
    while conn.close_seen().is_none() {
        match conn.next().await? {
            Incoming::Text(text) => conn.queue_text(&text),
            Incoming::Binary(payload) => conn.queue_binary(&payload),
            Incoming::Close => {}
        }
        conn.flush().await?;
    }
    Ok(())
}

/// Carries out orders until one ends the connection, or the client does.
async fn obey(mut orders: UnboundedReceiver<Given>, quiet: bool, conn: &mut Conn) -> Outcome {
    conn.flush().await?;
    let mut closing = false;
    loop {
        tokio::select! {
            incoming = conn.next() => match incoming? {
                Incoming::Close if closing => return Ok(Finish::Fin),
                Incoming::Close if !quiet => return answer_in_kind(conn).await,
                _ => {}
            },
            Some((order, done)) = orders.recv() => {
                let end = match order {
                    Order::End(finish) => Some(finish),
                    Order::Say(text) => {
                        conn.queue_text(&text);
                        None
                    }
                    Order::Close(payload) => {
                        conn.queue_close(&payload);
                        closing = true;
                        conn.close_seen().is_some().then_some(Finish::Fin)
                    }
                };
                conn.flush().await?;
                // Who gave it may have gone.
                let _ = done.send(());
                if let Some(finish) = end {
                    return Ok(finish);
                }
            }
        }
    }
}

/// Answers the client's Close as a well-behaved server does.
async fn answer_in_kind(conn: &mut Conn) -> Outcome {
    let payload = conn.until_close().await?;
    conn.queue_close(&payload);
    conn.flush().await?;
    Ok(Finish::Fin)
}

/// Waits until the script is to begin; a client that closes first is not waited for any longer.
async fn begin(when: Begin, conn: &mut Conn) -> Result<(), Stop> {
    match when {
        Begin::After(delay) => conn.idle(delay).await,
        Begin::Asked => conn.next().await.map(drop),
    }
}

async fn send_close(close: Close, conn: &mut Conn) -> Outcome {
    begin(close.begin, conn).await?;
    if let Some(text) = &close.text {
        conn.queue_text(text);
    }
    conn.queue_close(&close.payload);
    for number in 0..close.after {
        conn.queue_text(&format!("after {number}"));
        if number % 1000 == 999 {
            conn.flush().await?;
        }
    }
    conn.flush().await?;
    if let Some(finish) = close.with {
        return Ok(finish);
    }
    conn.until_close().await?;
    Ok(close.then)
}

async fn answer_close(answer: Answer, conn: &mut Conn) -> Outcome {
    echo(conn).await?;
    for number in 0..answer.late {
        conn.idle(answer.interval).await?;
        conn.queue_text(&format!("late {number}"));
        conn.flush().await?;
    }
    conn.idle(answer.delay).await?;
    match answer.reply {
        Reply::None => return Ok(answer.then),
        Reply::Other(payload) => conn.queue_close(&payload),
        Reply::Same => {
            let payload = conn.until_close().await?;
            conn.queue_close(&payload);
        }
    }
    conn.flush().await?;
    Ok(answer.then)
}

/// Sends the messages, unless the client's Close comes; then closes, or goes on as an echo.
async fn send_messages(send: &Send, prefix: &str, conn: &mut Conn) -> Outcome {
    for number in 0..send.count {
        let pause = if number == 0 { Duration::ZERO } else { send.interval };
        conn.idle_until_close(pause).await?;
        if conn.close_seen().is_some() {
            return answer_in_kind(conn).await;
        }
        if !prefix.is_empty() {
            conn.queue_text(&format!("{prefix}{number}"));
        } else if send.binary {
            let payload: Vec<u8> = (0..send.size as u64).map(|index| (number + index) as u8).collect();
            conn.queue_binary(&payload);
        } else {
            conn.queue_text(&numbered(number, send.size));
        }
        conn.flush().await?;
    }
    match &send.close {
        Some(payload) if conn.close_seen().is_none() => {
            conn.queue_close(payload);
            conn.flush().await?;
            conn.until_close().await?;
            Ok(Finish::Fin)
        }
        Some(_) => answer_in_kind(conn).await,
        None => {
            echo(conn).await?;
            answer_in_kind(conn).await
        }
    }
}

/// The number and a space, if there is room for both, then filling.
fn numbered(number: u64, size: usize) -> String {
    let mut text = format!("{number} ");
    if text.len() > size {
        text.clear();
    }
    let filling = size - text.len();
    text.extend(std::iter::repeat_n('x', filling));
    text
}

async fn write_frames(items: Vec<Item>, conn: &mut Conn) -> Result<(), Stop> {
    for item in items {
        match item {
            Item::Wait => conn.idle(PAUSE).await?,
            Item::Bytes(bytes) => {
                conn.queue(&bytes);
                conn.flush().await?;
            }
        }
    }
    Ok(())
}
