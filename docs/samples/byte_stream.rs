use futures_util::io::{AsyncReadExt as _, AsyncWriteExt as _};
use futures_util::{SinkExt as _, StreamExt as _};
use onclose::WebSocket;
use std::io;
use tokio_util::codec::{Framed, LinesCodec, LinesCodecError};

/// Sends a line, and returns the lines that the server sends until it closes: by the traits of tokio.
async fn ask(socket: WebSocket, question: &str) -> Result<Vec<String>, LinesCodecError> {
    let mut lines = Framed::new(socket.into_io(), LinesCodec::new());
    lines.send(question).await?;
    let mut answers = Vec::new();
    while let Some(line) = lines.next().await {
        answers.push(line?); // an error if the connection is lost, or if the server sends text messages
    }
    Ok(answers)
}

/// Sends bytes, reads an answer of a known length, and closes: by the traits of futures-io.
async fn exchange(socket: WebSocket, request: &[u8], answer: &mut [u8]) -> io::Result<()> {
    let mut stream = socket.into_io();
    stream.write_all(request).await?;
    stream.flush().await?;
    stream.read_exact(answer).await?;
    stream.close().await
}
