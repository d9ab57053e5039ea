//! How a connection ends: by an event, by a timeout, or because its owner has dropped or released it.

use super::{Due, Machine, Phase, WriteHalf};
use crate::socket::close_info::{CloseCause, CloseInfo, ReadyState};
use crate::socket::core::effects::Effects;
use crate::socket::core::recv_queue::RecvErrorKind;
use crate::{CloseCode, CloseEvent};

impl<M> Machine<M> {
    /// Handles the `close` event.
    pub(crate) fn close_event(&mut self, event: CloseEvent, ready: ReadyState) -> Effects {
        if self.is_closed() {
            return Effects::NONE;
        }
        // 1006 and 1015 stand for "no Close frame was received", unless an engine passes them on from the wire: then the
        // close is clean.
        let no_frame = !event.was_clean() && matches!(event.code(), CloseCode::ABNORMAL | CloseCode::TLS_HANDSHAKE);
        let cause = match no_frame {
            _ if self.closed_first => CloseCause::Local,
            true => CloseCause::Lost,
            false => CloseCause::Remote,
        };
        // A script dispatched the event while the socket was open. It counts as the close of this connection, so the raw
        // socket is closed as well.
        let still_open = ready < ReadyState::Closing && !self.detached;
        let effects = self.set_closed(event, cause, false).and_if(still_open, Effects::CLOSE);
        // The browser fires nothing more at a closed socket, and a poll that is scheduled finds it closed. Removing
        // listeners and timers takes as long as all the rest, and tasks wait for the close: it is left to the drop of
        // `Core`.
        if ready == ReadyState::Closed { effects.without(Effects::DROP_ALL.and(Effects::STOP_POLL)) } else { effects }
    }

    /// Handles the end of the timeout: of connecting, closing, `finish`, or of the time that a `close` may take to follow
    /// an `error`.
    pub(crate) fn timeout_elapsed(&mut self, ready: ReadyState) -> Effects {
        if self.is_closed() {
            return Effects::NONE;
        }
        if ::core::mem::replace(&mut self.close_event_due, Due::No) == Due::AfterError {
            return self.close_event_missing(ready);
        }
        let still_open = match (&self.phase, self.write_half) {
            _ if self.detached => false,
            (Phase::Connecting, WriteHalf::Open) => ready < ReadyState::Closing,
            (Phase::Connecting | Phase::Open, WriteHalf::Finished) => {
                if ready < ReadyState::Closing {
                    // The reader cannot know what the peer had left to send.
                    self.recv_queue.end_with(RecvErrorKind::Unfinished);
                }
                return self.close_with_default(ready).and(Effects::WAKE_RECV);
            }
            (Phase::Open, WriteHalf::Open) => return Effects::NONE,
            _ => false,
        };
        let cause = if self.closed_first { CloseCause::Local } else { CloseCause::Timeout };
        self.set_closed(CloseEvent::abnormal(), cause, true).and_if(still_open, Effects::CLOSE)
    }

    /// Handles that no `close` followed an `error`.
    fn close_event_missing(&mut self, ready: ReadyState) -> Effects {
        let is_stalled = ready == ReadyState::Connecting && matches!(self.phase, Phase::Connecting) && !self.detached;
        if ready == ReadyState::Closed || is_stalled {
            // A socket that was open was not blocked: after a restore from the back/forward cache only `error` may fire.
            // Node 22 fires `error` for a refused connection, leaves it in CONNECTING, and fires nothing more.
            let cause = match (self.closed_first, self.was_open || is_stalled) {
                (true, _) => CloseCause::Local,
                (false, true) => CloseCause::Lost,
                (false, false) => CloseCause::Blocked,
            };
            return self.set_closed(CloseEvent::abnormal(), cause, false).and_if(is_stalled, Effects::CLOSE);
        }
        // A script has dispatched the `error`, which means nothing. The timeout that ran before starts anew.
        let observed = self.ready_state_observed(ready);
        let is_timed =
            !matches!(self.phase, Phase::Open) || self.write_half != WriteHalf::Open || self.abandon_timer_armed;
        observed.and_if(is_timed, Effects::START_TIMEOUT)
    }

    /// Handles the drop of the reader.
    pub(crate) fn reader_dropped(&mut self) -> Effects {
        let queued = self.recv_queue.abandon();
        drop(queued);
        Effects::NONE.and_if(!self.is_closed(), Effects::DROP_MESSAGE)
    }

    /// Handles the drop of the last handle. Pending operations are not tracked: `Core`, with its listeners and timers, is
    /// freed when the last `ClosedFuture` is dropped.
    pub(crate) fn last_handle_dropped(&mut self, ready: ReadyState) -> Effects {
        if self.is_closed() || self.detached {
            return Effects::NONE;
        }
        let effects = self.close_with_default(ready);
        effects.and(Effects::DROP_MESSAGE_AND_OPEN).and(self.detach())
    }

    /// Releases the raw socket to the caller.
    pub(crate) fn release_raw(&mut self) -> Effects {
        if self.is_closed() || self.detached {
            return Effects::NONE;
        }
        let mut effects = Effects::DROP_MESSAGE;
        if let Phase::Closing = self.phase {
            // The timeout of the close that has begun goes on.
            self.abandon_timer_armed = true;
        } else {
            // `finish` will no longer close, so its frame was never requested.
            self.requested = None;
            // The connect timeout goes on, for tasks that wait for the open; so does the wait for a `close` after an `error`.
            let is_finishing = self.is_finishing() && self.close_event_due == Due::No;
            effects = effects.and_if(is_finishing, Effects::STOP_TIMEOUT);
        }
        effects.and(self.detach())
    }

    fn detach(&mut self) -> Effects {
        let queued = self.recv_queue.abandon();
        drop(queued);
        self.detached = true;
        // A sink that is being closed waits for the close, and must learn that this crate will not close the socket.
        Effects::WAKE_SEND.and(Effects::WAKE_CLOSED)
    }

    fn set_closed(&mut self, event: CloseEvent, cause: CloseCause, timed_out: bool) -> Effects {
        let requested = self.requested.take();
        self.phase = Phase::Closed(CloseInfo::new(event, cause, self.was_open, timed_out, requested));
        Effects::DROP_ALL
            .and(Effects::STOP_TIMEOUT)
            .and(Effects::STOP_POLL)
            .and(Effects::WAKE_OPEN)
            .and(Effects::WAKE_RECV)
            .and(Effects::WAKE_SEND)
            .and(Effects::WAKE_CLOSING)
            .and(Effects::WAKE_CLOSED)
    }
}
