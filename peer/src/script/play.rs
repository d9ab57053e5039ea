//! Playing a script on a connection.

use std::{future::pending, time::Duration};

use tokio::{
    sync::mpsc::UnboundedReceiver,
    time::{Instant, sleep, sleep_until},
};

use super::{Answer, Begin, Close, Item, Read, Reply, Script, Send, multiplexer, rpc};
use crate::{
    conn::{Conn, Incoming, Stop},
    ends::Teardown,
    handshake::{self, Fault, GARBAGE},
    orders::{Given, Order, Orders},
};

/// How the server ends TCP, unless the client has ended it.
pub(crate) type Outcome = Result<Teardown, Stop>;

const PAUSE: Duration = Duration::from_millis(50);
/// Holds one segment of the loopback device. With less, TCP takes many seconds to resume after a pause in reading.
const SMALL_BUFFER: usize = 64 << 10;

pub(crate) async fn play(
    script: Script,
    conn: &mut Conn,
    orders: &Orders,
    key: &str,
    protocol: Option<&str>,
) -> Outcome {
    match &script {
        Script::Refuse(refusal) => {
            conn.queue(&refusal.bytes());
            conn.flush().await?;
            return Ok(Teardown::Fin);
        }
        Script::Handshake(fault) => return wrong_handshake(*fault, conn, key, protocol).await,
        // Set before the 101: afterwards the client's kernel already knows a larger window.
        Script::Deaf { .. } | Script::Read(Read { rate: Some(_), .. }) | Script::Close(Close { deaf: true, .. }) => {
            conn.set_receive_buffer(SMALL_BUFFER);
        }
        // Registered before the 101: a client may give an order as soon as it has seen `open`.
        Script::Obey { quiet } => {
            let queue = orders.take(&conn.record().id(), None);
            conn.queue(&handshake::switching(key, protocol, None));
            conn.upgrade();
            return obey(queue, *quiet, conn, |_| {}).await;
        }
        Script::Chat { room } => {
            let queue = orders.take(&conn.record().id(), Some(room));
            conn.queue(&handshake::switching(key, protocol, None));
            conn.upgrade();
            return obey(queue, false, conn, |text| orders.say(room, text)).await;
        }
        Script::Rpc => {
            let queue = orders.take(&conn.record().id(), None);
            conn.queue(&handshake::switching(key, protocol, None));
            conn.upgrade();
            return rpc::serve(queue, conn).await;
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
            echo_close(conn).await
        }
        Script::Read(read) => read_paced(&read, conn).await,
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
                None if answer => echo_close(conn).await,
                None => conn.until_close().await.map(|_| Teardown::Fin),
            }
        }
        Script::Finish(send) => loop {
            match conn.next().await? {
                Incoming::Text(text) if text == "done" => break send_messages(&send, "finish ", conn).await,
                Incoming::Close => break echo_close(conn).await,
                _ => {}
            }
        },
        Script::Yamux => {
            multiplexer::serve(conn).await?;
            echo_close(conn).await
        }
        Script::Echo
        | Script::Refuse(_)
        | Script::Handshake(_)
        | Script::Obey { .. }
        | Script::Chat { .. }
        | Script::Rpc => {
            echo(conn).await?;
            echo_close(conn).await
        }
    }
}

async fn wrong_handshake(fault: Fault, conn: &mut Conn, key: &str, protocol: Option<&str>) -> Outcome {
    match fault {
        Fault::Hang => {}
        Fault::Drop => return Ok(Teardown::Fin),
        Fault::Reset => return Ok(Teardown::Reset),
        Fault::Garbage => {
            conn.queue(GARBAGE);
            conn.flush().await?;
            return Ok(Teardown::Fin);
        }
        Fault::Accept | Fault::Upgrade | Fault::Connection | Fault::Extension | Fault::Half => {
            conn.queue(&handshake::switching(key, protocol, Some(fault)));
            conn.flush().await?;
        }
    }
    Ok(if fault == Fault::Half { Teardown::Fin } else { Teardown::Hold })
}

/// Echoes messages until the client's Close.
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

/// Carries out orders until one ends the connection, or the client does; passes the client's texts on.
async fn obey(mut orders: UnboundedReceiver<Given>, quiet: bool, conn: &mut Conn, on_text: impl Fn(&str)) -> Outcome {
    conn.flush().await?;
    let mut closing = false;
    loop {
        tokio::select! {
            incoming = conn.next() => match incoming? {
                Incoming::Close if closing => return Ok(Teardown::Fin),
                Incoming::Close if !quiet => return echo_close(conn).await,
                Incoming::Text(text) => on_text(&text),
                _ => {}
            },
            Some(given) = orders.recv() => {
                if let Some(finish) = carry_out(given, &mut closing, conn).await? {
                    return Ok(finish);
                }
            }
        }
    }
}

/// Carries out an order, and sets `closing` if it is a Close frame; returns how TCP ends, if it ends now.
pub(super) async fn carry_out(
    (order, done): Given,
    closing: &mut bool,
    conn: &mut Conn,
) -> Result<Option<Teardown>, Stop> {
    let end = match order {
        Order::Fin => Some(Teardown::Fin),
        Order::Reset => Some(Teardown::Reset),
        Order::Say(text) => {
            conn.queue_text(&text);
            None
        }
        Order::Close(payload) => {
            conn.queue_close(&payload);
            *closing = true;
            conn.close_seen().is_some().then_some(Teardown::Fin)
        }
    };
    conn.flush().await?;
    // Fails if the request that gave the order was cancelled.
    let _ = done.send(());
    Ok(end)
}

/// Answers the client's Close with the same payload, as RFC 6455 recommends.
pub(super) async fn echo_close(conn: &mut Conn) -> Outcome {
    let payload = conn.until_close().await?;
    conn.queue_close(&payload);
    conn.flush().await?;
    Ok(Teardown::Fin)
}

/// Waits until the script begins; returns early if the client closes first.
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
    if close.deaf {
        return pending().await;
    }
    conn.until_close().await?;
    Ok(close.then)
}

/// Reads and acknowledges until the client's Close, and answers it.
async fn read_paced(read: &Read, conn: &mut Conn) -> Outcome {
    let begun = Instant::now();
    let (mut bytes, mut acknowledged) = (0, 0);
    while conn.close_seen().is_none() {
        bytes += conn.read_part().await?;
        if let Some(ack) = read.ack
            && bytes - acknowledged >= ack
        {
            acknowledged = bytes;
            conn.queue_text(&bytes.to_string());
            conn.flush().await?;
        }
        if let Some(rate) = read.rate {
            sleep_until(begun + Duration::from_secs_f64(bytes as f64 / rate as f64)).await;
        }
    }
    echo_close(conn).await
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

/// Sends the messages until the client's Close arrives; then closes, or continues as an echo.
async fn send_messages(send: &Send, prefix: &str, conn: &mut Conn) -> Outcome {
    for number in 0..send.count {
        let pause = if number == 0 { Duration::ZERO } else { send.interval };
        conn.idle_until_close(pause).await?;
        if conn.close_seen().is_some() {
            return echo_close(conn).await;
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
            Ok(Teardown::Fin)
        }
        Some(_) => echo_close(conn).await,
        None => {
            echo(conn).await?;
            echo_close(conn).await
        }
    }
}

/// Returns a text of this size that begins with the number and a space if both fit.
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
