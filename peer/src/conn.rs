//! One connection: frames in, bytes out, and how TCP ended.
//!
//! Frame headers are parsed by tungstenite. Its socket is not used: it answers Close by itself, refuses to send
//! malformed frames, and hides the payload of a Close frame and whether TCP ended by FIN or RST.

use std::{io, time::Duration};

use bytes::{Buf as _, BytesMut};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::timeout,
};
use tokio_tungstenite::tungstenite::protocol::frame::{
    FrameHeader,
    coding::{Control, Data, OpCode},
};

use crate::{
    ends::{TcpEnd, Teardown},
    record::Record,
    stream::{Stream, poll_once},
};

/// A longer message is answered with 1009.
pub(crate) const MESSAGE_BYTES: u64 = 64 << 20;
const READ_BYTES: usize = 64 << 10;
/// How long the server waits for the client's FIN after its own.
pub(crate) const LINGER: Duration = Duration::from_secs(5);

/// Something the client sent.
#[derive(Debug)]
pub(crate) enum Incoming {
    Text(String),
    Binary(Vec<u8>),
    /// The payload is kept for `until_close`.
    Close,
}

/// Why a script stops early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The client ended TCP.
    Ended(TcpEnd),
    /// The client violated the protocol; the server closes with this code.
    Invalid(u16),
}

#[derive(Debug)]
pub(crate) struct Conn {
    stream: Stream,
    record: Record,
    input: BytesMut,
    /// Every write is queued here first, so that dropping a future never cuts a frame short.
    output: BytesMut,
    /// A message whose last fragment has not arrived.
    partial: Option<(Data, Vec<u8>)>,
    close: Option<Vec<u8>>,
    /// `false` before the handshake and after a protocol error, when bytes are read and discarded.
    framed: bool,
    /// Pings are no longer answered.
    muted: bool,
}

impl Conn {
    pub(crate) fn new(stream: Stream, input: BytesMut, record: Record) -> Self {
        let output = BytesMut::new();
        Self { stream, record, input, output, partial: None, close: None, framed: false, muted: false }
    }

    pub(crate) fn record(&self) -> &Record {
        &self.record
    }

    /// Treats all further bytes as frames.
    pub(crate) fn upgrade(&mut self) {
        self.framed = true;
        self.record.upgraded();
    }

    /// Returns the payload of the client's first Close, if it has arrived.
    pub(crate) fn close_seen(&self) -> Option<&[u8]> {
        self.close.as_deref()
    }

    pub(crate) fn set_receive_buffer(&self, bytes: usize) {
        self.stream.set_receive_buffer(bytes);
    }

    pub(crate) fn queue(&mut self, bytes: &[u8]) {
        self.output.extend_from_slice(bytes);
    }

    pub(crate) fn queue_frame(&mut self, opcode: OpCode, payload: &[u8]) {
        let header = FrameHeader { opcode, ..FrameHeader::default() };
        let mut head = Vec::with_capacity(16);
        // Writing to a Vec cannot fail.
        let _ = header.format(payload.len() as u64, &mut head);
        self.queue(&head);
        self.queue(payload);
    }

    pub(crate) fn queue_text(&mut self, text: &str) {
        self.queue_frame(OpCode::Data(Data::Text), text.as_bytes());
    }

    pub(crate) fn queue_binary(&mut self, payload: &[u8]) {
        self.queue_frame(OpCode::Data(Data::Binary), payload);
    }

    /// Queues a Close frame with any payload: a control frame of more than 125 bytes is one of the faults.
    pub(crate) fn queue_close(&mut self, payload: &[u8]) {
        self.queue_frame(OpCode::Control(Control::Close), payload);
    }

    /// Writes everything that is queued, in one write if the socket accepts it.
    pub(crate) async fn flush(&mut self) -> Result<(), Stop> {
        let written = async {
            while !self.output.is_empty() {
                let written = self.stream.write(&self.output).await?;
                self.output.advance(written);
            }
            // TLS buffers records of its own.
            self.stream.flush().await
        };
        if let Err(error) = written.await {
            self.output.clear();
            return Err(Stop::Ended(self.end_after(&error).await));
        }
        Ok(())
    }

    /// Returns the next message or Close from the client. Cancel safe.
    pub(crate) async fn next(&mut self) -> Result<Incoming, Stop> {
        loop {
            if let Some(incoming) = self.take()? {
                return Ok(incoming);
            }
            self.flush().await?;
            self.fill().await?;
        }
    }

    /// Reads and records what one read returns; returns the number of bytes, headers included.
    pub(crate) async fn read_part(&mut self) -> Result<u64, Stop> {
        self.flush().await?;
        let before = self.input.len();
        self.fill().await?;
        let bytes = self.input.len() - before;
        while self.take()?.is_some() {}
        Ok(bytes as u64)
    }

    /// Keeps reading and recording for this long.
    pub(crate) async fn idle(&mut self, time: Duration) -> Result<(), Stop> {
        self.glance().await?;
        if time.is_zero() {
            return Ok(());
        }
        let reading = async {
            loop {
                if let Err(stop) = self.next().await {
                    return stop;
                }
            }
        };
        match timeout(time, reading).await {
            Ok(stop) => Err(stop),
            Err(_) => Ok(()),
        }
    }

    /// Keeps reading and recording for this long, or until the client's Close.
    pub(crate) async fn idle_until_close(&mut self, time: Duration) -> Result<(), Stop> {
        self.glance().await?;
        if time.is_zero() {
            return Ok(());
        }
        match timeout(time, self.until_close()).await {
            Ok(Err(stop)) => Err(stop),
            Ok(Ok(_)) | Err(_) => Ok(()),
        }
    }

    /// Reads what has arrived, without waiting.
    async fn glance(&mut self) -> Result<(), Stop> {
        // Bounded: a client that never pauses would starve the other connections.
        for _ in 0..16 {
            while self.take()?.is_some() {}
            match poll_once(self.fill()).await {
                Some(filled) => filled?,
                None => break,
            }
        }
        Ok(())
    }

    /// Reads until the client's first Close and returns its payload.
    pub(crate) async fn until_close(&mut self) -> Result<Vec<u8>, Stop> {
        loop {
            if let Some(payload) = &self.close {
                return Ok(payload.clone());
            }
            self.next().await?;
        }
    }

    /// Ends TCP in this way within the time limit, and records how it ended.
    pub(crate) async fn finish(mut self, teardown: Teardown, limit: Duration) {
        let end = match teardown {
            Teardown::Done(end) => end,
            Teardown::Hold => timeout(limit, self.drain()).await.unwrap_or(TcpEnd::Limit),
            Teardown::Fin => {
                // Fails if the client has ended TCP; `drain` then finds out how.
                let _ = self.stream.shutdown().await;
                timeout(LINGER.min(limit), self.drain()).await.unwrap_or(TcpEnd::Server)
            }
            Teardown::Reset => {
                self.stream.reset_on_drop();
                TcpEnd::Server
            }
        };
        self.end(end);
    }

    /// Drops TCP, then records the end: a test that reads the record must find TCP ended.
    pub(crate) fn end(self, end: TcpEnd) {
        let Self { stream, record, .. } = self;
        drop(stream);
        record.end(end);
    }

    /// Reads until TCP ends, and still records messages and the Close.
    async fn drain(&mut self) -> TcpEnd {
        self.muted = true;
        loop {
            match self.take() {
                Ok(Some(_)) => continue,
                Ok(None) => {}
                Err(_) => self.framed = false,
            }
            if let Err(Stop::Ended(end)) = self.fill().await {
                return end;
            }
        }
    }

    async fn fill(&mut self) -> Result<(), Stop> {
        self.input.reserve(READ_BYTES);
        match self.stream.read_buf(&mut self.input).await {
            Ok(0) => Err(Stop::Ended(TcpEnd::Fin)),
            Ok(_) => Ok(()),
            Err(_) => Err(Stop::Ended(TcpEnd::Reset)),
        }
    }

    /// Determines how TCP ended after a failed write: the client's Close and FIN may still be waiting to be read.
    async fn end_after(&mut self, error: &io::Error) -> TcpEnd {
        let end = timeout(LINGER, self.drain()).await.unwrap_or(TcpEnd::Server);
        // The failed write consumed the socket's pending ECONNRESET, so reading reports an ordinary end.
        if error.kind() == io::ErrorKind::ConnectionReset { TcpEnd::Reset } else { end }
    }

    /// Takes one complete message or Close from the input, if there is one.
    fn take(&mut self) -> Result<Option<Incoming>, Stop> {
        if !self.framed {
            self.input.clear();
            return Ok(None);
        }
        while let Some((header, payload)) = self.take_frame()? {
            match header.opcode {
                OpCode::Control(_) if !header.is_final || payload.len() > 125 => return Err(Stop::Invalid(1002)),
                OpCode::Control(Control::Close) => {
                    self.record.close(&payload);
                    self.close.get_or_insert(payload);
                    return Ok(Some(Incoming::Close));
                }
                OpCode::Control(Control::Ping) if !self.muted => {
                    self.queue_frame(OpCode::Control(Control::Pong), &payload);
                }
                OpCode::Control(_) => {}
                OpCode::Data(data) => {
                    let (kind, message) = self.join(data, payload)?;
                    if !header.is_final {
                        self.partial = Some((kind, message));
                    } else if kind == Data::Text {
                        let text = String::from_utf8(message).map_err(|_| Stop::Invalid(1007))?;
                        self.record.text(&text);
                        return Ok(Some(Incoming::Text(text)));
                    } else {
                        self.record.binary(&message);
                        return Ok(Some(Incoming::Binary(message)));
                    }
                }
            }
        }
        Ok(None)
    }

    /// Appends this frame's payload to the earlier fragments of its message.
    fn join(&mut self, data: Data, payload: Vec<u8>) -> Result<(Data, Vec<u8>), Stop> {
        match (data, self.partial.take()) {
            (Data::Continue, Some((kind, mut message))) => {
                message.extend_from_slice(&payload);
                if message.len() as u64 > MESSAGE_BYTES {
                    return Err(Stop::Invalid(1009));
                }
                Ok((kind, message))
            }
            (Data::Text | Data::Binary, None) => Ok((data, payload)),
            _ => Err(Stop::Invalid(1002)),
        }
    }

    fn take_frame(&mut self) -> Result<Option<(FrameHeader, Vec<u8>)>, Stop> {
        let mut cursor = io::Cursor::new(&self.input[..]);
        let (header, length) = match FrameHeader::parse(&mut cursor) {
            Ok(Some(parsed)) => parsed,
            Ok(None) => return Ok(None),
            Err(_) => return Err(Stop::Invalid(1002)),
        };
        let head = cursor.position() as usize;
        // RFC 6455: a client masks; and no extension was agreed, so no reserved bit is set.
        let (Some(mask), false) = (header.mask, header.rsv1 || header.rsv2 || header.rsv3) else {
            return Err(Stop::Invalid(1002));
        };
        if length > MESSAGE_BYTES {
            return Err(Stop::Invalid(1009));
        }
        if ((self.input.len() - head) as u64) < length {
            return Ok(None);
        }
        self.input.advance(head);
        let mut payload: Vec<u8> = self.input.split_to(length as usize).into();
        for (byte, key) in payload.iter_mut().zip(mask.iter().cycle()) {
            *byte ^= key;
        }
        Ok(Some((header, payload)))
    }
}
