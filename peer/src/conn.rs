//! One connection: frames in, bytes out, and how TCP ended.
//!
//! Frame headers are tungstenite's. Its socket is not used: it answers Close by itself, refuses to send what is
//! malformed, and hides the Close frame's bytes and whether TCP ended with FIN or RST, which is what we are asked for.

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
    record::{End, Record},
    stream::{Stream, poll_once},
};

/// Above this, a message is answered with 1009.
pub(crate) const MESSAGE_BYTES: u64 = 64 << 20;
const READ_BYTES: usize = 64 << 10;
/// How long the client's FIN is awaited after ours.
pub(crate) const LINGER: Duration = Duration::from_secs(5);

/// Something the client sent.
#[derive(Debug)]
pub(crate) enum Incoming {
    Text(String),
    Binary(Vec<u8>),
    /// Its payload is kept: see `until_close`.
    Close,
}

/// Why a script cannot go on.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The client ended TCP.
    Ended(End),
    /// The client broke the protocol: the code to close with.
    Invalid(u16),
}

/// How the server ends TCP once its script is through.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Finish {
    /// FIN, and the client's is awaited.
    Fin,
    /// RST.
    Reset,
    /// Not at all: until the client does, or the time limit.
    Hold,
    /// It has ended.
    Done(End),
}

#[derive(Debug)]
pub(crate) struct Conn {
    stream: Stream,
    record: Record,
    input: BytesMut,
    /// All writes go through here, so that none is cut short when a future is dropped.
    output: BytesMut,
    /// A message whose last fragment has not come.
    partial: Option<(Data, Vec<u8>)>,
    close: Option<Vec<u8>>,
    /// False before the handshake and after a protocol error: bytes are then read and forgotten.
    framed: bool,
    /// Pings are not answered any more.
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

    /// From here on, bytes are frames.
    pub(crate) fn upgrade(&mut self) {
        self.framed = true;
        self.record.upgraded();
    }

    /// The client's first Close, if it has come.
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

    /// Any payload goes, however long: a control frame of over 125 bytes is one of the faults.
    pub(crate) fn queue_close(&mut self, payload: &[u8]) {
        self.queue_frame(OpCode::Control(Control::Close), payload);
    }

    /// Writes all that is queued, in one write if the socket takes it.
    pub(crate) async fn flush(&mut self) -> Result<(), Stop> {
        let written = async {
            while !self.output.is_empty() {
                let written = self.stream.write(&self.output).await?;
                self.output.advance(written);
            }
            // TLS may hold some of it back.
            self.stream.flush().await
        };
        if let Err(error) = written.await {
            self.output.clear();
            return Err(Stop::Ended(self.end_after(&error).await));
        }
        Ok(())
    }

    /// The next thing the client sends. Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Result<Incoming, Stop> {
        loop {
            if let Some(incoming) = self.take()? {
                return Ok(incoming);
            }
            self.flush().await?;
            self.fill().await?;
        }
    }

    /// Reads on for that long, counting what comes.
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

    /// The same, but no longer than until the client's Close.
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

    /// Takes what has arrived, without waiting.
    async fn glance(&mut self) -> Result<(), Stop> {
        // Bounded, or one client that never pauses would hold up the others.
        for _ in 0..16 {
            while self.take()?.is_some() {}
            match poll_once(self.fill()).await {
                Some(filled) => filled?,
                None => break,
            }
        }
        Ok(())
    }

    /// Reads until the client's first Close.
    pub(crate) async fn until_close(&mut self) -> Result<Vec<u8>, Stop> {
        loop {
            if let Some(payload) = &self.close {
                return Ok(payload.clone());
            }
            self.next().await?;
        }
    }

    /// Ends TCP as told, within the time limit, and records how it ended.
    pub(crate) async fn finish(mut self, finish: Finish, limit: Duration) {
        let end = match finish {
            Finish::Done(end) => end,
            Finish::Hold => timeout(limit, self.drain()).await.unwrap_or(End::Limit),
            Finish::Fin => {
                // This fails if the client has ended TCP; reading then tells how.
                let _ = self.stream.shutdown().await;
                timeout(LINGER.min(limit), self.drain()).await.unwrap_or(End::Server)
            }
            Finish::Reset => {
                self.stream.reset_on_drop();
                End::Server
            }
        };
        self.end(end);
    }

    /// Drops TCP, then tells of it.
    pub(crate) fn end(self, end: End) {
        let Self { stream, record, .. } = self;
        drop(stream);
        record.end(end);
    }

    /// Reads until TCP ends; still counts, and notes the Close.
    async fn drain(&mut self) -> End {
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
            Ok(0) => Err(Stop::Ended(End::Fin)),
            Ok(_) => Ok(()),
            Err(_) => Err(Stop::Ended(End::Reset)),
        }
    }

    /// A write failed. What the client sent before may still be there to read, its Close and FIN among it.
    async fn end_after(&mut self, error: &io::Error) -> End {
        let end = timeout(LINGER, self.drain()).await.unwrap_or(End::Server);
        // The failed write has taken the reset from the socket, which then reads as ended.
        if error.kind() == io::ErrorKind::ConnectionReset { End::Reset } else { end }
    }

    /// Takes one message or Close from what was read, if there is a whole one.
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

    /// The message so far: this frame's payload after those of its earlier fragments.
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
