//! The server of a multiplexer, which echoes each of its streams.

use bytes::{Buf as _, BytesMut};
use tokio::{
    io::{self, AsyncReadExt as _, AsyncWriteExt as _, DuplexStream},
    task::JoinSet,
};
use tokio_util::compat::{FuturesAsyncReadCompatExt as _, TokioAsyncReadCompatExt as _};
use yamux::{Config, Connection, Mode};

use crate::conn::{Conn, Incoming, Stop};

/// How many bytes may wait in each direction between the connection and the multiplexer.
const BUFFER: usize = 64 << 10;

/// Serves yamux over binary messages until the client's Close.
pub(super) async fn serve(conn: &mut Conn) -> Result<(), Stop> {
    let (near, far) = io::duplex(BUFFER);
    let streams = tokio::spawn(echo_streams(far));
    let relayed = relay(near, conn).await;
    streams.abort();
    relayed
}

/// Copies the content of messages to the multiplexer, and its bytes into messages.
async fn relay(multiplexer: DuplexStream, conn: &mut Conn) -> Result<(), Stop> {
    let (mut from, mut to) = io::split(multiplexer);
    let (mut received, mut sent) = (BytesMut::new(), vec![0; BUFFER]);
    // Cleared when the multiplexer has ended. What the client sends after that is discarded.
    let mut serving = true;
    while conn.close_seen().is_none() {
        tokio::select! {
            incoming = conn.next(), if received.is_empty() => match incoming? {
                Incoming::Binary(payload) if serving => received.extend_from_slice(&payload),
                Incoming::Text(_) => return Err(Stop::Invalid(1003)),
                Incoming::Binary(_) | Incoming::Close => {}
            },
            written = to.write(&received), if !received.is_empty() => match written {
                Ok(count) => received.advance(count),
                Err(_) => received.clear(),
            },
            read = from.read(&mut sent), if serving => match read {
                Ok(count) if count > 0 => {
                    conn.queue_binary(&sent[..count]);
                    conn.flush().await?;
                }
                _ => serving = false,
            },
        }
    }
    Ok(())
}

/// Accepts streams and echoes each of them until the client ends it, until the multiplexer ends.
async fn echo_streams(connection: DuplexStream) {
    let mut connection = Connection::new(connection.compat(), Config::default(), Mode::Server);
    let mut echoes = JoinSet::new();
    while let Some(Ok(stream)) = std::future::poll_fn(|cx| connection.poll_next_inbound(cx)).await {
        echoes.spawn(async move {
            let (mut from, mut to) = io::split(stream.compat());
            // Fails if the client resets the stream or closes the connection.
            let _ = io::copy(&mut from, &mut to).await;
            let _ = to.shutdown().await;
        });
    }
}
