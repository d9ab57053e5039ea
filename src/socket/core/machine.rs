//! What a socket does next, whatever happens to it in whatever order. Pure: no JavaScript types, no clock.
//!
//! The browser layer reports each happening by a method of its own, so that an app pays for those it can bring about,
//! and carries out the [`Effects`]. A `ReadyState` among the arguments is the raw socket's at that moment.

use super::effects::Effects;
use super::recv_queue::{Inbox, Taken};
use crate::observed::closed::GRACE;
use crate::socket::close_info::{CloseCause, CloseInfo, ReadyState};
use crate::{CloseCode, CloseEvent, CloseFrame};

#[derive(Clone, Debug)]
#[cfg_attr(any(test, fuzzing), derive(PartialEq, Eq, Hash))]
pub(crate) struct Config {
    /// In milliseconds, as all times here.
    pub(crate) connect_timeout: u32,
    pub(crate) close_timeout: u32,
    /// Most bytes that may wait to be read, and what to close with when more come.
    pub(crate) recv_limit: Option<(usize, CloseFrame)>,
    /// What to close with when nobody chose a frame.
    pub(crate) default_frame: CloseFrame,
}

#[derive(Debug)]
#[cfg_attr(any(test, fuzzing), derive(Clone, PartialEq, Eq, Hash))]
pub(crate) struct Machine<M> {
    config: Config,
    phase: Phase,
    sending: Sending,
    was_open: bool,
    /// Our `close` was called before the browser showed that the peer had begun.
    closed_first: bool,
    requested: Option<CloseFrame>,
    /// No handle is left, or the raw socket was given back.
    released: bool,
    /// A deadline runs although the raw socket was given back.
    giving_up: bool,
    /// It was closed already when it was taken over, and its `close` event may have gone.
    late: bool,
    pub(crate) inbox: Inbox<M>,
}

#[derive(Debug)]
#[cfg_attr(any(test, fuzzing), derive(Clone, PartialEq, Eq, Hash))]
enum Phase {
    Connecting,
    Open,
    Closing,
    Ended(CloseInfo),
}

/// Whether this end still sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, fuzzing), derive(Hash))]
enum Sending {
    Yes,
    /// Until the peer closes, or the deadline.
    Finished,
    /// Until all is handed to the network: this many bytes were left.
    Draining(u32),
}

/// Whether a message may be sent now, by the state alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    Open,
    Connecting,
    Closed,
}

impl<M> Machine<M> {
    /// A machine for a socket in this state, and its first deadline.
    pub(crate) fn new(config: Config, ready: ReadyState) -> (Self, Option<u32>) {
        let (phase, deadline) = match ready {
            ReadyState::Connecting => (Phase::Connecting, Some(config.connect_timeout)),
            ReadyState::Open => (Phase::Open, None),
            ReadyState::Closing => (Phase::Closing, Some(config.close_timeout)),
            // Its `close` event comes at once or never.
            ReadyState::Closed => (Phase::Closing, Some(GRACE)),
        };
        let machine = Self {
            phase,
            sending: Sending::Yes,
            was_open: ready == ReadyState::Open,
            closed_first: false,
            requested: None,
            released: false,
            giving_up: false,
            late: ready == ReadyState::Closed,
            inbox: Inbox::new(config.recv_limit.as_ref().map(|(bytes, _)| *bytes)),
            config,
        };
        (machine, deadline)
    }

    /// How it ended, once it has.
    pub(crate) fn closed(&self) -> Option<&CloseInfo> {
        match &self.phase {
            Phase::Ended(closed) => Some(closed),
            _ => None,
        }
    }

    pub(crate) fn was_open(&self) -> bool {
        self.was_open
    }

    /// Whether the raw socket was given back or let go.
    pub(crate) fn is_released(&self) -> bool {
        self.released
    }

    /// Whether `drain` is to be called again when fewer bytes are left.
    pub(crate) fn is_draining(&self) -> bool {
        !self.released && matches!((&self.phase, self.sending), (Phase::Open, Sending::Draining(_)))
    }

    #[cfg(all(any(test, fuzzing), not(target_family = "wasm")))]
    pub(crate) fn has_limit(&self) -> bool {
        self.config.recv_limit.is_some()
    }

    pub(crate) fn close_timeout(&self) -> u32 {
        self.config.close_timeout
    }

    pub(crate) fn gate(&self) -> Gate {
        match self.phase {
            _ if self.released || self.sending != Sending::Yes => Gate::Closed,
            Phase::Connecting => Gate::Connecting,
            Phase::Open => Gate::Open,
            Phase::Closing | Phase::Ended(_) => Gate::Closed,
        }
    }

    pub(crate) fn take(&mut self) -> Taken<M> {
        let end = match &self.phase {
            Phase::Ended(closed) => Some(closed),
            _ => None,
        };
        self.inbox.take(end)
    }

    fn has_ended(&self) -> bool {
        matches!(self.phase, Phase::Ended(_))
    }

    /// The `open` event.
    pub(crate) fn opened(&mut self) -> Effects {
        let Phase::Connecting = self.phase else { return Effects::NONE };
        self.phase = Phase::Open;
        self.was_open = true;
        // A deadline for the end goes on.
        let opened = self.sending == Sending::Yes && !self.giving_up;
        Effects::WAKE_OPEN.and(Effects::WAKE_SEND).and_if(opened, Effects::STOP_DEADLINE)
    }

    /// A `message` event, without a limit.
    pub(crate) fn message(&mut self, message: M) -> Effects {
        if self.has_ended() {
            return Effects::NONE;
        }
        if !self.released {
            self.inbox.put(message);
        }
        Effects::WAKE_RECV
    }

    /// A `message` event, with the bytes that count against the limit.
    pub(crate) fn message_within(&mut self, message: M, bytes: usize, ready: ReadyState) -> Effects {
        if self.has_ended() {
            return Effects::NONE;
        }
        let kept = self.released || self.inbox.put_within(message, bytes);
        let more = match &self.config.recv_limit {
            // Where a browser delivers nothing any more, a script can still dispatch it.
            Some((_, frame)) if !kept => {
                let frame = frame.clone();
                self.close(frame, ready)
            }
            _ => Effects::NONE,
        };
        more.and(Effects::WAKE_RECV)
    }

    /// A message that was taken is neither text nor bytes.
    pub(crate) fn unreadable(&mut self, ready: ReadyState) -> Effects {
        let left = self.inbox.fail();
        drop(left);
        self.close_by_default(ready)
    }

    /// The `error` event.
    pub(crate) fn errored(&self) -> Effects {
        if self.has_ended() {
            return Effects::NONE;
        }
        // Not so late after all: it tells whether a `close` follows.
        Effects::START_GRACE.and_if(self.late, Effects::STOP_DEADLINE)
    }

    /// `close` was called, or we have a reason of our own: begins to close, with the first frame ever asked for.
    pub(crate) fn close(&mut self, frame: CloseFrame, ready: ReadyState) -> Effects {
        if self.has_ended() {
            return Effects::NONE;
        }
        if self.is_past(frame) {
            return self.give_up_later();
        }
        self.phase = Phase::Closing;
        self.closed_first = ready < ReadyState::Closing;
        Effects::START_DEADLINE.and(Effects::WAKE_SEND).and_if(self.closed_first, Effects::CLOSE)
    }

    fn close_by_default(&mut self, ready: ReadyState) -> Effects {
        let frame = self.config.default_frame.clone();
        self.close(frame, ready)
    }

    /// Notes a frame that was asked for; whether it is too late to do anything with it.
    fn is_past(&mut self, frame: CloseFrame) -> bool {
        if !self.released {
            self.requested.get_or_insert(frame);
        }
        self.released || matches!(self.phase, Phase::Closing)
    }

    /// The raw socket was given back, so it is not ours to close; but who called `close` is not to wait for ever.
    fn give_up_later(&mut self) -> Effects {
        let begins = self.released && !::core::mem::replace(&mut self.giving_up, true);
        Effects::NONE.and_if(begins, Effects::START_DEADLINE)
    }

    /// `finish` was called.
    pub(crate) fn finish(&mut self, frame: CloseFrame) -> Effects {
        if self.has_ended() {
            return Effects::NONE;
        }
        if self.is_past(frame) || self.sending != Sending::Yes {
            return self.give_up_later();
        }
        self.sending = Sending::Finished;
        Effects::START_DEADLINE.and(Effects::WAKE_SEND)
    }

    /// The sink is being closed, with this many bytes not yet handed to the network.
    pub(crate) fn drain(&mut self, buffered: u32, ready: ReadyState) -> Effects {
        let frame = self.config.default_frame.clone();
        if self.has_ended() || self.is_past(frame) {
            return Effects::NONE;
        }
        let wake = Effects::NONE.and_if(self.sending == Sending::Yes, Effects::WAKE_SEND);
        // As long as bytes leave, a slow network is not a dead one.
        let moved = !matches!(self.sending, Sending::Draining(left) if left <= buffered);
        self.sending = Sending::Draining(buffered);
        if buffered == 0 || !matches!(self.phase, Phase::Open) {
            return self.close_by_default(ready);
        }
        wake.and_if(moved, Effects::START_DEADLINE)
    }

    /// The `close` event.
    pub(crate) fn close_event(&mut self, event: CloseEvent, ready: ReadyState) -> Effects {
        if self.has_ended() {
            return Effects::NONE;
        }
        // 1006 and 1015 stand for "no Close frame", unless an engine passed them on from the wire: then it is clean.
        let no_frame = !event.was_clean && matches!(event.code, CloseCode::ABNORMAL | CloseCode::TLS_HANDSHAKE);
        let cause = match no_frame {
            _ if self.closed_first => CloseCause::Local,
            true => CloseCause::Lost,
            false => CloseCause::Remote,
        };
        // An event that somebody dispatched: our socket is over, so its connection must not be left behind.
        let left = ready < ReadyState::Closing && !self.released;
        self.end(event, cause).and_if(left, Effects::CLOSE)
    }

    /// The deadline has passed: for connecting, closing, finishing, whichever is going on.
    pub(crate) fn deadline(&mut self, ready: ReadyState) -> Effects {
        let left = match (&self.phase, self.sending) {
            (Phase::Ended(_), _) => return Effects::NONE,
            _ if self.released => false,
            (Phase::Connecting, Sending::Yes) => ready < ReadyState::Closing,
            (Phase::Connecting | Phase::Open, Sending::Finished | Sending::Draining(_)) => {
                return self.close_by_default(ready);
            }
            (Phase::Closing, _) => false,
            (Phase::Open, Sending::Yes) => return Effects::NONE,
        };
        self.end(CloseEvent::abnormal(), CloseCause::Timeout).and_if(left, Effects::CLOSE)
    }

    /// No `close` event has followed an `error`, as it should have.
    pub(crate) fn grace(&mut self, ready: ReadyState) -> Effects {
        if ready == ReadyState::Closed && !self.has_ended() {
            // What was open was not blocked: a page that comes back from the browser's cache may hear no more than this.
            let cause = match (self.was_open, self.closed_first) {
                (false, _) => CloseCause::Blocked,
                (true, true) => CloseCause::Local,
                (true, false) => CloseCause::Lost,
            };
            return self.end(CloseEvent::abnormal(), cause);
        }
        // Still open: somebody dispatched an `error`, which means nothing. Closing: the event will come, within limits.
        match self.phase {
            Phase::Open | Phase::Connecting if ready == ReadyState::Closing && !self.released => {
                self.phase = Phase::Closing;
                Effects::START_DEADLINE.and(Effects::WAKE_SEND)
            }
            _ => Effects::NONE,
        }
    }

    /// The reader was dropped.
    pub(crate) fn abandon(&mut self) -> Effects {
        let left = self.inbox.abandon();
        drop(left);
        Effects::NONE.and_if(!self.has_ended(), Effects::DROP_MESSAGE)
    }

    /// The last handle was dropped. What is still waited for, and by whom, is not asked: it all goes when the last
    /// future of the end does.
    pub(crate) fn let_go(&mut self, ready: ReadyState) -> Effects {
        if self.has_ended() || self.released {
            return Effects::NONE;
        }
        let effects = self.close_by_default(ready);
        effects.and(Effects::KEEP_CLOSE).and(self.released())
    }

    /// The raw socket was given back.
    pub(crate) fn give_back(&mut self) -> Effects {
        if self.has_ended() || self.released {
            return Effects::NONE;
        }
        let mut effects = Effects::DROP_MESSAGE;
        if let Phase::Closing = self.phase {
            // The deadline of what was begun goes on.
            self.giving_up = true;
        } else {
            // Whatever `finish` was to close with is not asked for any more.
            self.requested = None;
            // Who waits for the open goes on waiting, as long as the connection may take.
            effects = effects.and_if(!matches!(self.phase, Phase::Connecting), Effects::STOP_DEADLINE);
        }
        effects.and(self.released())
    }

    fn released(&mut self) -> Effects {
        let left = self.inbox.abandon();
        drop(left);
        self.released = true;
        // A sink that is being closed waits for the end, and has to learn that nobody brings it about.
        Effects::WAKE_SEND.and(Effects::WAKE_CLOSED)
    }

    /// What `CLOSE` closes with.
    pub(crate) fn frame(&self) -> CloseFrame {
        let requested = match &self.phase {
            Phase::Ended(closed) => closed.requested(),
            _ => self.requested.as_ref(),
        };
        requested.unwrap_or(&self.config.default_frame).clone()
    }

    fn end(&mut self, event: CloseEvent, cause: CloseCause) -> Effects {
        let requested = self.requested.take();
        self.phase = Phase::Ended(CloseInfo::new(event, cause, self.was_open, requested));
        Effects::DROP_ALL
            .and(Effects::STOP_DEADLINE)
            .and(Effects::STOP_GRACE)
            .and(Effects::WAKE_OPEN)
            .and(Effects::WAKE_RECV)
            .and(Effects::WAKE_SEND)
            .and(Effects::WAKE_CLOSED)
    }
}
