//! What a socket does next, whatever happens to it in whatever order. Pure: no JavaScript types, no clock.
//!
//! The browser layer reports each happening as an [`Input`] and carries out the [`Effects`].

use super::closed::{Cause, Closed, ReadyState};
use super::effects::{Change, Effects, Listening, Wake};
use super::inbox::{Inbox, Taken};
use crate::future::GRACE;
use crate::{CloseCode, CloseEvent, CloseFrame};
use ::core::time::Duration;

/// What happened. A `ReadyState` with it is the raw socket's at that moment.
#[derive(Clone, Debug)]
pub(crate) enum Input<M> {
    /// The `open` event.
    Opened,
    /// A `message` event, with the bytes that count against the limit. Without a limit the state is not looked at.
    Message(M, usize, ReadyState),
    /// A message that was taken is neither text nor bytes.
    Unreadable(ReadyState),
    /// The `error` event.
    Errored,
    /// The `close` event.
    Closed(CloseEvent, ReadyState),
    /// `close` was called.
    UserClosed(CloseFrame, ReadyState),
    /// `finish` was called.
    Finished(CloseFrame),
    /// The sink is being closed, with this many bytes not yet handed to the network.
    Drained { buffered: u32, ready: ReadyState },
    /// A timer ran out.
    Tick(Alarm, ReadyState),
    /// The reader was dropped.
    Abandoned,
    /// The last handle was dropped, or (without `close`) the raw socket was given back. What is still waited for, and
    /// by whom, is not asked: it all goes when the last future of the end does.
    Released { close: bool, ready: ReadyState },
}

/// The two timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alarm {
    /// For connecting, closing, finishing: whichever is going on.
    Deadline,
    /// For a `close` event that should have followed an `error`.
    Grace,
}

#[derive(Debug)]
#[cfg_attr(any(test, fuzzing), derive(Clone, PartialEq, Eq, Hash))]
pub(crate) struct Config {
    pub(crate) connect_timeout: Duration,
    pub(crate) close_timeout: Duration,
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
    Ended(Closed),
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
    /// A machine for a socket in this state, and what is to be done at once.
    pub(crate) fn new(config: Config, ready: ReadyState) -> (Self, Effects) {
        let (phase, deadline) = match ready {
            ReadyState::Connecting => (Phase::Connecting, Change::Start(config.connect_timeout)),
            ReadyState::Open => (Phase::Open, Change::Keep),
            ReadyState::Closing => (Phase::Closing, Change::Start(config.close_timeout)),
            // Its `close` event comes at once or never.
            ReadyState::Closed => (Phase::Closing, Change::Start(GRACE)),
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
        (machine, Effects { deadline, ..Effects::default() })
    }

    /// How it ended, once it has.
    pub(crate) fn closed(&self) -> Option<&Closed> {
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

    /// Whether `Drained` is to be reported again when fewer bytes are left.
    pub(crate) fn is_draining(&self) -> bool {
        !self.released && matches!((&self.phase, self.sending), (Phase::Open, Sending::Draining(_)))
    }

    pub(crate) fn has_limit(&self) -> bool {
        self.config.recv_limit.is_some()
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

    pub(crate) fn step(&mut self, input: Input<M>) -> Effects {
        if matches!(self.phase, Phase::Ended(_)) {
            match input {
                Input::Abandoned => drop(self.inbox.abandon()),
                Input::Unreadable(_) => drop(self.inbox.fail()),
                _ => {}
            }
            return Effects::default();
        }
        match input {
            Input::Opened => self.opened(),
            Input::Message(message, bytes, ready) => self.message(message, bytes, ready),
            Input::Unreadable(ready) => {
                self.inbox.fail();
                self.close(self.config.default_frame.clone(), ready)
            }
            Input::Errored => {
                // Not so late after all: it tells whether a `close` follows.
                let deadline = if self.late { Change::Stop } else { Change::Keep };
                Effects { deadline, grace: Change::Start(GRACE), ..Effects::default() }
            }
            Input::Closed(event, ready) => self.close_event(event, ready),
            Input::UserClosed(frame, ready) => self.close(frame, ready),
            Input::Finished(frame) => self.finish(frame),
            Input::Drained { buffered, ready } => self.drain(buffered, ready),
            Input::Tick(Alarm::Deadline, ready) => self.deadline(ready),
            Input::Tick(Alarm::Grace, ready) => self.grace(ready),
            Input::Abandoned => {
                self.inbox.abandon();
                Effects { detach: Listening::DropMessage, ..Effects::default() }
            }
            Input::Released { close, ready } => self.release(close, ready),
        }
    }

    fn opened(&mut self) -> Effects {
        let Phase::Connecting = self.phase else { return Effects::default() };
        self.phase = Phase::Open;
        self.was_open = true;
        Effects {
            // A deadline for the end goes on.
            deadline: if self.sending == Sending::Yes && !self.giving_up { Change::Stop } else { Change::Keep },
            wake: Wake { open: true, send: true, ..Wake::default() },
            ..Effects::default()
        }
    }

    fn message(&mut self, message: M, bytes: usize, ready: ReadyState) -> Effects {
        let kept = self.released || self.inbox.put(message, bytes);
        let mut effects = match &self.config.recv_limit {
            // Where a browser delivers nothing any more, a script can still dispatch it.
            Some((_, frame)) if !kept => self.close(frame.clone(), ready),
            _ => Effects::default(),
        };
        effects.wake.recv = true;
        effects
    }

    /// Begins to close, with the first frame that was ever asked for.
    fn close(&mut self, frame: CloseFrame, ready: ReadyState) -> Effects {
        if self.is_past(&frame) {
            return self.give_up_later();
        }
        let frame = self.frame();
        self.phase = Phase::Closing;
        self.closed_first = ready < ReadyState::Closing;
        Effects {
            deadline: Change::Start(self.config.close_timeout),
            close: self.closed_first.then_some(frame),
            wake: Wake { send: true, ..Wake::default() },
            ..Effects::default()
        }
    }

    /// Notes a frame that was asked for; whether it is too late to do anything with it.
    fn is_past(&mut self, frame: &CloseFrame) -> bool {
        if !self.released {
            self.requested.get_or_insert_with(|| frame.clone());
        }
        self.released || matches!(self.phase, Phase::Closing)
    }

    /// The raw socket was given back, so it is not ours to close; but who called `close` is not to wait for ever.
    fn give_up_later(&mut self) -> Effects {
        if !self.released || ::core::mem::replace(&mut self.giving_up, true) {
            return Effects::default();
        }
        Effects { deadline: Change::Start(self.config.close_timeout), ..Effects::default() }
    }

    fn finish(&mut self, frame: CloseFrame) -> Effects {
        if self.is_past(&frame) || self.sending != Sending::Yes {
            return self.give_up_later();
        }
        self.sending = Sending::Finished;
        Effects {
            deadline: Change::Start(self.config.close_timeout),
            wake: Wake { send: true, ..Wake::default() },
            ..Effects::default()
        }
    }

    fn drain(&mut self, buffered: u32, ready: ReadyState) -> Effects {
        let frame = self.config.default_frame.clone();
        if self.is_past(&frame) {
            return Effects::default();
        }
        let wake = Wake { send: self.sending == Sending::Yes, ..Wake::default() };
        // As long as bytes leave, a slow network is not a dead one.
        let moved = !matches!(self.sending, Sending::Draining(left) if left <= buffered);
        self.sending = Sending::Draining(buffered);
        if buffered == 0 || !matches!(self.phase, Phase::Open) {
            return self.close(frame, ready);
        }
        let deadline = if moved { Change::Start(self.config.close_timeout) } else { Change::Keep };
        Effects { deadline, wake, ..Effects::default() }
    }

    fn close_event(&mut self, event: CloseEvent, ready: ReadyState) -> Effects {
        // 1006 and 1015 stand for "no Close frame", unless an engine passed them on from the wire: then it is clean.
        let no_frame = !event.was_clean && matches!(event.code, CloseCode::ABNORMAL | CloseCode::TLS_HANDSHAKE);
        let cause = match no_frame {
            _ if self.closed_first => Cause::Local,
            true => Cause::Lost,
            false => Cause::Remote,
        };
        // An event that somebody dispatched: our socket is over, so its connection must not be left behind.
        let close = (ready < ReadyState::Closing && !self.released).then(|| self.frame());
        self.end(event, cause, close)
    }

    fn deadline(&mut self, ready: ReadyState) -> Effects {
        match (&self.phase, self.sending) {
            _ if self.released => self.end(CloseEvent::abnormal(), Cause::Deadline, None),
            (Phase::Connecting, Sending::Yes) => {
                let close = (ready < ReadyState::Closing).then(|| self.frame());
                self.end(CloseEvent::abnormal(), Cause::Deadline, close)
            }
            (Phase::Connecting | Phase::Open, Sending::Finished | Sending::Draining(_)) => {
                self.close(self.config.default_frame.clone(), ready)
            }
            (Phase::Closing, _) => self.end(CloseEvent::abnormal(), Cause::Deadline, None),
            (Phase::Open, Sending::Yes) | (Phase::Ended(_), _) => Effects::default(),
        }
    }

    fn grace(&mut self, ready: ReadyState) -> Effects {
        if ready == ReadyState::Closed {
            // What was open was not blocked: a page that comes back from the browser's cache may hear no more than this.
            let cause = match (self.was_open, self.closed_first) {
                (false, _) => Cause::Blocked,
                (true, true) => Cause::Local,
                (true, false) => Cause::Lost,
            };
            return self.end(CloseEvent::abnormal(), cause, None);
        }
        // Still open: somebody dispatched an `error`, which means nothing. Closing: the event will come, within limits.
        match self.phase {
            Phase::Open | Phase::Connecting if ready == ReadyState::Closing && !self.released => {
                self.phase = Phase::Closing;
                Effects {
                    deadline: Change::Start(self.config.close_timeout),
                    wake: Wake { send: true, ..Wake::default() },
                    ..Effects::default()
                }
            }
            _ => Effects::default(),
        }
    }

    fn release(&mut self, close: bool, ready: ReadyState) -> Effects {
        if self.released {
            return Effects::default();
        }
        self.inbox.abandon();
        let mut effects = if close {
            let effects = self.close(self.config.default_frame.clone(), ready);
            Effects { detach: Listening::KeepClose, ..effects }
        } else if let Phase::Closing = self.phase {
            // The deadline of what was begun goes on.
            self.giving_up = true;
            Effects { detach: Listening::DropMessage, ..Effects::default() }
        } else {
            // Whatever `finish` was to close with is not asked for any more.
            self.requested = None;
            // Who waits for the open goes on waiting, as long as the connection may take.
            let deadline = if let Phase::Connecting = self.phase { Change::Keep } else { Change::Stop };
            Effects { detach: Listening::DropMessage, deadline, ..Effects::default() }
        };
        self.released = true;
        // A sink that is being closed waits for the end, and has to learn that nobody brings it about.
        effects.wake = Wake { send: true, closed: true, ..Wake::default() };
        effects
    }

    fn frame(&self) -> CloseFrame {
        self.requested.as_ref().unwrap_or(&self.config.default_frame).clone()
    }

    fn end(&mut self, event: CloseEvent, cause: Cause, close: Option<CloseFrame>) -> Effects {
        let requested = self.requested.take();
        self.phase = Phase::Ended(Closed { event, cause, was_open: self.was_open, requested });
        Effects {
            detach: Listening::DropAll,
            deadline: Change::Stop,
            grace: Change::Stop,
            close,
            wake: Wake { open: true, recv: true, send: true, closed: true },
        }
    }
}
