//! What the handles and the driver share: the commands, what is known of the connection, and the accounts of bytes.
//!
//! There are unbounded channels of futures-channel and atomics only, and no lock: at most a channel's receiver spins for the
//! few instructions that another thread needs to link an entry. The accounts bound what is in the channels.

use super::closed::Waiters;
use super::outbox::Outgoing;
use crate::CloseFrame;
use crate::socket::{CloseInfo, Message, ReadyState, RecvError, SendError, SendErrorKind, redact};
use core::fmt;
use core::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering::SeqCst};
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_channel::oneshot;
use std::sync::{Arc, OnceLock};

/// How many bytes of received messages, counted by [`cost`], may be on their way to the receiver. More of them wait with the
/// driver, as JavaScript values.
pub(crate) const RECV_WINDOW: usize = 256 << 10;

/// What a message counts: its length and what its entry takes, so that empty ones count as well.
pub(crate) fn cost(message: &Message) -> usize {
    message.len().saturating_add(64)
}

/// What a handle asks of the driver.
pub(crate) enum Command {
    Send(Outgoing),
    /// The future of a send was dropped.
    SendCancelled,
    /// Close the connection; with the default frame if there is none here.
    Close(Option<CloseFrame>),
    Finish(CloseFrame),
    /// Complete this as soon as less than the window is queued. It is dropped if the driver is, or has completed.
    AwaitCapacity(oneshot::Sender<()>),
    /// There is room for received messages again.
    Receive,
    ReceiverDropped,
}

/// Why a message was not sent, and the message.
pub(crate) struct Unsent {
    pub(crate) message: Message,
    /// `None`: because the connection is closed or closing, or the driver was dropped.
    pub(crate) kind: Option<SendErrorKind>,
}

/// What every handle, every future and the driver of one connection can see.
pub(crate) struct Shared {
    pub(crate) url: String,
    /// This and `close_info` are set by one thread only, so setting them never waits.
    protocol: OnceLock<String>,
    close_info: OnceLock<CloseInfo>,
    state: AtomicU8,
    /// The driver was dropped before the connection closed.
    driver_dropped: AtomicBool,
    /// When the connection closed, everything that the browser had taken was sent.
    all_flushed: AtomicBool,
    /// The bytes of messages that the browser has not taken yet, counted by [`cost`].
    queued: AtomicUsize,
    /// Above this, sinks wait.
    send_window: usize,
    /// The bytes of received messages that the receiver has not taken yet.
    unread: AtomicUsize,
    /// The driver waits for [`Command::Receive`].
    receiving_paused: AtomicBool,
    pub(crate) waiters: UnboundedSender<oneshot::Sender<()>>,
}

impl Shared {
    pub(crate) fn close_info(&self) -> Option<&CloseInfo> {
        self.close_info.get()
    }

    pub(crate) fn state(&self) -> ReadyState {
        ReadyState::from_raw(self.state.load(SeqCst).into())
    }

    pub(crate) fn set_state(&self, state: ReadyState) {
        self.state.store(state as u8, SeqCst);
    }

    pub(crate) fn protocol(&self) -> &str {
        self.protocol.get().map_or("", String::as_str)
    }

    pub(crate) fn set_protocol(&self, protocol: String) {
        let _was_set = self.protocol.set(protocol);
    }

    /// Stores how the connection closed. The caller drops the [`Waiters`] next, which wakes them.
    pub(crate) fn set_closed(&self, info: CloseInfo, all_flushed: bool) {
        self.set_state(ReadyState::Closed);
        self.all_flushed.store(all_flushed, SeqCst);
        let _was_set = self.close_info.set(info);
    }

    pub(crate) fn all_flushed(&self) -> bool {
        self.all_flushed.load(SeqCst)
    }

    pub(crate) fn is_driver_dropped(&self) -> bool {
        self.driver_dropped.load(SeqCst)
    }

    pub(crate) fn set_driver_dropped(&self) {
        self.driver_dropped.store(true, SeqCst);
    }

    /// Returns `true` if closing has begun, as far as the driver knows.
    pub(crate) fn is_closing(&self) -> bool {
        self.state() >= ReadyState::Closing || self.is_driver_dropped()
    }

    pub(crate) fn send_error(&self, kind: Option<SendErrorKind>, message: Option<Message>) -> SendError {
        let kind = kind.unwrap_or(match self.is_driver_dropped() {
            true => SendErrorKind::DriverDropped,
            false => SendErrorKind::Closed,
        });
        SendError::new(kind, message, self.close_info().cloned())
    }

    pub(crate) fn unsent_error(&self, unsent: Unsent) -> SendError {
        self.send_error(unsent.kind, Some(unsent.message))
    }

    #[cfg(any(feature = "futures-io", feature = "tokio"))]
    pub(crate) fn send_window(&self) -> usize {
        self.send_window
    }

    /// Returns `true` if less than the window is queued.
    pub(crate) fn has_send_capacity(&self) -> bool {
        self.queued.load(SeqCst) < self.send_window
    }

    pub(crate) fn add_queued(&self, bytes: usize) {
        self.queued.fetch_add(bytes, SeqCst);
    }

    pub(crate) fn remove_queued(&self, bytes: usize) {
        self.queued.fetch_sub(bytes, SeqCst);
    }

    /// Counts a message that the receiver has taken. Returns `true` if the driver waits for that.
    pub(crate) fn has_read(&self, bytes: usize) -> bool {
        let left = self.unread.fetch_sub(bytes, SeqCst).saturating_sub(bytes);
        // Not before half of the window is free, so that a full one costs no wake for each message.
        left <= RECV_WINDOW / 2 && self.receiving_paused.swap(false, SeqCst)
    }

    /// Counts a message that the receiver is about to be given.
    pub(crate) fn add_unread(&self, bytes: usize) {
        self.unread.fetch_add(bytes, SeqCst);
    }

    /// Returns `true` if the receiver may be given another message. Otherwise it will send [`Command::Receive`].
    pub(crate) fn may_deliver(&self) -> bool {
        if self.has_recv_capacity() {
            return true;
        }
        self.receiving_paused.store(true, SeqCst);
        // Checked again, because the receiver may have taken messages before it could see that the driver waits.
        self.has_recv_capacity()
    }

    fn has_recv_capacity(&self) -> bool {
        self.unread.load(SeqCst) < RECV_WINDOW
    }

    /// Formats the public types for `Debug`.
    pub(crate) fn fmt_debug(&self, f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
        f.debug_struct(name).field("url", &redact(&self.url)).field("state", &self.state()).finish()
    }

    #[cfg(all(test, not(target_family = "wasm")))]
    pub(crate) fn counted_bytes(&self) -> [usize; 2] {
        [self.queued.load(SeqCst), self.unread.load(SeqCst)]
    }
}

/// A received message, or why there are no more.
pub(crate) type Received = Result<Message, RecvError>;

/// The driver's ends of the channels.
pub(crate) struct DriverEnd {
    pub(crate) shared: Arc<Shared>,
    pub(crate) commands: UnboundedReceiver<Command>,
    pub(crate) messages: UnboundedSender<Received>,
    pub(crate) waiters: Waiters,
}

/// The handles' ends of the channels.
pub(crate) struct HandleEnd {
    pub(crate) shared: Arc<Shared>,
    pub(crate) commands: UnboundedSender<Command>,
    pub(crate) messages: UnboundedReceiver<Received>,
}

pub(crate) fn channel(url: String, state: ReadyState, send_window: usize) -> (HandleEnd, DriverEnd) {
    let (commands_in, commands_out) = unbounded();
    let (messages_in, messages_out) = unbounded();
    let (waiters_in, waiters_out) = unbounded();
    let shared = Arc::new(Shared {
        url,
        protocol: OnceLock::new(),
        close_info: OnceLock::new(),
        state: AtomicU8::new(state as u8),
        driver_dropped: AtomicBool::new(false),
        all_flushed: AtomicBool::new(false),
        queued: AtomicUsize::new(0),
        send_window: send_window.max(1),
        unread: AtomicUsize::new(0),
        receiving_paused: AtomicBool::new(false),
        waiters: waiters_in,
    });
    let driver = DriverEnd {
        shared: Arc::clone(&shared),
        commands: commands_out,
        messages: messages_in,
        waiters: Waiters::new(Arc::clone(&shared), waiters_out),
    };
    (HandleEnd { shared, commands: commands_in, messages: messages_out }, driver)
}
