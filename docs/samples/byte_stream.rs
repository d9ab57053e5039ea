use futures_util::io::{AsyncReadExt as _, AsyncWriteExt as _};
use futures_util::{SinkExt, StreamExt as _};
use onclose::{CloseInfo, WebSocket};
use std::io;
use tokio_util::codec::{Framed, LinesCodec, LinesCodecError};

/// Sends a line, and returns the lines that the server sends until an empty one or its close: by the traits of tokio.
async fn ask(socket: WebSocket, question: &str) -> Result<(Vec<String>, CloseInfo), LinesCodecError> {
    let mut lines = Framed::new(socket.into_io(), LinesCodec::new());
    lines.send(question).await?;
    let mut answers = Vec::new();
    while let Some(line) = lines.next().await {
        let line = line?; // the first error ends the loop: the connection was lost, or the server sent a text message
        if line.is_empty() {
            break;
        }
        answers.push(line);
    }
    // `lines.close()` is ambiguous: `LinesCodec` is a sink of each type that can be borrowed as a `str`.
    SinkExt::<String>::close(&mut lines).await?;
    // The lines end without an error after a Close frame of any code, such as 1011 or 4001. The close has the code.
    let info = lines.get_ref().get_ref().closed().await;
    Ok((answers, info))
}

/// Sends bytes, reads an answer of a known length, and closes: by the traits of futures-io.
async fn exchange(socket: WebSocket, request: &[u8], answer: &mut [u8]) -> io::Result<()> {
    let mut stream = socket.into_io();
    stream.write_all(request).await?;
    stream.flush().await?;
    stream.read_exact(answer).await?;
    stream.close().await
}
