//! What must hold, whatever happened in whatever order.

use super::acts::Act;
use super::inputs::Listening;
use super::world::{Task, World};
use super::{Broken, hold};
use crate::CloseCode;
use crate::socket::close_info::{CloseCause, ReadyState};
use crate::socket::core::machine::Gate;
use crate::socket::core::recv_queue::Taken;

/// For one of each kind and all that may follow: finishing, closing, grace.
const ENOUGH_TIMERS: u8 = 6;

impl World {
    /// After every act, in the middle of others too.
    pub(crate) fn check(&self) -> Result<(), Broken> {
        hold!(self.closes <= 1, "the browser's close was called {} times", self.closes);
        match (&self.end, self.machine.closed()) {
            (None, None) => {}
            (Some(first), Some(now)) => hold!(first == now, "the end was {first:?} and is {now:?}"),
            (first, now) => return Err(format!("the end was {first:?} and is {now:?}")),
        }
        if let Some(end) = &self.end {
            let made_up = matches!(end.cause(), CloseCause::Timeout | CloseCause::Blocked);
            let no_frame = end.code() == CloseCode::ABNORMAL && !end.was_clean() && end.reason().is_empty();
            hold!(!made_up || no_frame, "an end that nobody reported says more than that: {end:?}");
            hold!(end.cause() != CloseCause::Blocked || !end.was_open(), "what was open was not blocked: {end:?}");
            hold!(end.cause() != CloseCause::Local || self.closes == 1, "we did not close it: {end:?}");
            hold!(end.was_open() == self.machine.was_open(), "wrong about having been open: {end:?}");
            // When it is given back, what was not sent is not asked for any more.
            let asked = self.gave_back || end.requested() == self.asked.as_ref();
            hold!(asked, "{:?} was asked for first: {end:?}", self.asked);
            hold!(self.listening == Listening::DropAll, "a listener outlives the end");
            hold!(!self.deadline && !self.grace, "a timer outlives the end");
            hold!(self.gave_back || self.raw >= ReadyState::Closing, "the end leaves a connection behind");
        }
        let closed = self.end.is_some() || self.asked.is_some() || self.machine.is_released();
        hold!(!closed || self.machine.gate() == Gate::Closed, "it sends although it was to be closed");
        if self.is_quiet() { self.check_quiet() } else { Ok(()) }
    }

    /// When nothing is under way any more.
    fn check_quiet(&self) -> Result<(), Broken> {
        let ended = self.end.is_some();
        let waits = |task: Task| task == Task::Waits;
        hold!(!waits(self.opener) || !(ended || self.machine.was_open()), "who waits for the open is not woken");
        hold!(!waits(self.sink) || !(ended || self.machine.is_released()), "who closes a sink is not woken");
        hold!(self.waiting == 0 || !ended, "who waits for the end is not woken");
        let sends = match self.machine.gate() {
            Gate::Connecting => false,
            Gate::Open => !self.full,
            Gate::Closed => true,
        };
        hold!(!waits(self.sending) || !sends, "who waits to send is not woken");

        let heard = match (self.held, self.gave_back) {
            _ if ended || self.receiver => Listening::KeepAll,
            (0, false) => Listening::KeepClose,
            _ => Listening::DropMessage,
        };
        hold!(self.listening >= heard, "listeners stay that nobody needs: {:?}", self.listening);
        hold!(ended || self.hears("close"), "nobody hears of the end");
        hold!(!waits(self.opener) || self.hears("open"), "who waits for the open waits for what nobody hears");
        hold!(!waits(self.reader) || self.hears("message"), "the reader waits for what nobody hears");
        let left = self.freed && !self.gave_back && self.raw < ReadyState::Closing;
        hold!(!left, "a connection is left behind that nobody holds");

        self.clone().read_out()?;
        self.run_out(0)
    }

    /// What the stream still holds is what ought to come; and who waits for it waits for something.
    fn read_out(mut self) -> Result<(), Broken> {
        if !self.receiver {
            return Ok(());
        }
        let waits = self.reader == Task::Waits;
        // An unreadable one is an error, and then the end.
        for _ in 0..self.expected.len() + 3 {
            let taken = self.take()?;
            match taken {
                Taken::Wait => return Ok(()),
                _ if waits => return Err(format!("the reader is not woken for {taken:?}")),
                Taken::Message(_) => {}
                Taken::Fault(_) | Taken::Lost => self.errors += 1,
                Taken::End => {
                    let again = self.take()?;
                    hold!(again == Taken::End, "{again:?} after the end");
                    return Ok(());
                }
            }
        }
        Err("the stream does not come to an end".to_owned())
    }

    /// What was begun comes to an end by our timers alone, in whatever order they run out.
    fn run_out(&self, timers: u8) -> Result<(), Broken> {
        let awaited = self.begun || self.told || !self.machine.was_open();
        if self.end.is_some() || self.freed || self.terminated || !awaited {
            return Ok(());
        }
        hold!(self.deadline || self.grace, "what was begun has no deadline");
        hold!(timers < ENOUGH_TIMERS, "what was begun has one deadline after the other");
        for timer in [Act::Deadline, Act::Grace] {
            if self.can(timer) {
                let mut next = self.clone();
                next.happen(timer)?;
                while next.can(Act::Return) {
                    next.happen(Act::Return)?;
                }
                next.run_out(timers + 1)?;
            }
        }
        Ok(())
    }
}
