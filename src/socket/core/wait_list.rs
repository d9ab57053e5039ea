//! The tasks that wait for something, in the order in which they began. Pure: it calls no waker.

/// What a task waits for, as bits, because one event can concern several kinds of waiters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Interest(u8);

impl Interest {
    pub(crate) const NONE: Self = Self(0);
    /// The connection to open.
    pub(crate) const OPEN: Self = Self(1);
    /// Capacity for another message.
    pub(crate) const WRITABLE: Self = Self(2);
    /// Sent bytes to leave the browser's buffer.
    pub(crate) const FLUSHED: Self = Self(4);
    /// The connection to start closing.
    pub(crate) const CLOSING: Self = Self(8);
    /// The connection to close.
    pub(crate) const CLOSED: Self = Self(16);
    pub(crate) const SEND: Self = Self::WRITABLE.and(Self::FLUSHED);
    /// Any change of the connection's state.
    pub(crate) const STATE: Self = Self::OPEN.and(Self::CLOSING).and(Self::CLOSED);

    pub(crate) const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    pub(crate) const fn bits(self) -> u8 {
        self.0
    }

    pub(crate) const fn and(self, more: Self) -> Self {
        Self(self.0 | more.0)
    }

    /// Returns `true` if both have a bit in common.
    pub(crate) const fn any(self, of: Self) -> bool {
        self.0 & of.0 != 0
    }
}

/// Any number of waiting tasks. `W` wakes one.
#[derive(Debug)]
#[cfg_attr(any(test, fuzzing), derive(Clone, PartialEq, Eq, Hash))]
pub(crate) struct WaitList<W> {
    /// Sorted by ticket.
    waiters: Vec<Waiter<W>>,
    /// The last ticket given out.
    last_ticket: u64,
    /// How many of the waiters have left. They are removed together, so that any number leaves in linear time.
    vacant: usize,
}

#[derive(Debug)]
#[cfg_attr(any(test, fuzzing), derive(Clone, PartialEq, Eq, Hash))]
struct Waiter<W> {
    ticket: u64,
    /// None once it has left.
    interest: Interest,
    /// `None` once woken: the task keeps its place, but does not wait now.
    waker: Option<W>,
    /// How many polls of the send buffer found capacity and this task woken, but not polled.
    missed: u8,
}

impl<W> Waiter<W> {
    /// Returns `true` if later tasks may not send before this one.
    fn holds_up(&self) -> bool {
        self.interest == Interest::WRITABLE && self.missed < MAX_MISSED
    }
}

/// A task that was woken to send and was not polled by so many polls of the send buffer, each in a task of its own, no longer
/// holds up others: it may be a `Sink` whose caller has turned to something else, or a future that is kept and not polled.
const MAX_MISSED: u8 = 4;

impl<W> Default for WaitList<W> {
    fn default() -> Self {
        Self { waiters: Vec::new(), last_ticket: 0, vacant: 0 }
    }
}

impl<W> WaitList<W> {
    /// Returns the index of the first waiter with this ticket or a later one.
    #[inline(never)]
    fn index_of(&self, ticket: u64) -> usize {
        self.waiters.partition_point(|waiter| waiter.ticket < ticket)
    }

    /// Registers a task under a ticket; 0 stands for a new one. Registering again keeps the place. Returns the ticket and
    /// the former waker, for the caller to drop.
    pub(crate) fn register(&mut self, ticket: u64, interest: Interest, waker: W) -> (u64, Option<W>) {
        if ticket == 0 {
            self.last_ticket += 1;
            let ticket = self.last_ticket;
            self.waiters.push(Waiter { ticket, interest, waker: Some(waker), missed: 0 });
            return (ticket, None);
        }
        let at = self.index_of(ticket);
        let old = self.waiters.get_mut(at).and_then(|waiter| {
            waiter.missed = 0;
            waiter.interest = interest;
            waiter.waker.replace(waker)
        });
        (ticket, old)
    }

    /// Reserves a place for a task that registers later.
    #[cfg(feature = "remote")]
    pub(crate) fn reserve(&mut self) -> u64 {
        self.last_ticket += 1;
        self.last_ticket
    }

    /// Registers a task at a reserved place, which is not registered now.
    #[cfg(feature = "remote")]
    pub(crate) fn register_reserved(&mut self, ticket: u64, interest: Interest, waker: W) {
        let at = self.index_of(ticket);
        self.waiters.insert(at, Waiter { ticket, interest, waker: Some(waker), missed: 0 });
    }

    /// Removes a task. Returns its waker, for the caller to drop.
    pub(crate) fn deregister(&mut self, ticket: u64) -> Option<W> {
        let at = self.index_of(ticket);
        let waiter = self.waiters.get_mut(at).filter(|waiter| waiter.ticket == ticket)?;
        waiter.interest = Interest::NONE;
        let waker = waiter.waker.take();
        self.vacant += 1;
        if self.vacant * 2 > self.waiters.len() {
            self.waiters.retain(|waiter| waiter.interest != Interest::NONE);
            self.vacant = 0;
        }
        waker
    }

    /// Returns the last ticket given out.
    pub(crate) fn last_ticket(&self) -> u64 {
        self.last_ticket
    }

    /// Takes the waker of the first task that waits for one of these interests, with a ticket in this range.
    pub(crate) fn take_waker(&mut self, interest: Interest, from: u64, to: u64) -> Option<(u64, W)> {
        let first = self.index_of(from);
        let mut waiters = self.waiters.iter_mut().skip(first).take_while(|waiter| waiter.ticket <= to);
        waiters.find_map(|waiter| {
            let waker = if waiter.interest.any(interest) { waiter.waker.take() } else { None };
            waker.map(|waker| (waiter.ticket, waker))
        })
    }

    /// Returns `true` if a task with one of these interests waits.
    pub(crate) fn has_waiters(&self, interest: Interest) -> bool {
        self.waiters.iter().any(|waiter| waiter.interest.any(interest) && waiter.waker.is_some())
    }

    /// Returns `true` if it is the turn of this ticket to send (0: of a task that is not registered).
    pub(crate) fn is_first_to_send(&self, ticket: u64) -> bool {
        let mut ahead = self.waiters.iter().take_while(|waiter| ticket == 0 || waiter.ticket < ticket);
        !ahead.any(Waiter::holds_up)
    }

    /// Records that there is capacity. Returns `true` if a task was woken to use it before, and was not polled.
    pub(crate) fn record_missed(&mut self) -> bool {
        let mut any = false;
        for waiter in self.waiters.iter_mut().filter(|waiter| waiter.holds_up() && waiter.waker.is_none()) {
            waiter.missed += 1;
            any = true;
        }
        any
    }

    /// Numbers the tickets from 1 on, for the model: lists that differ in nothing else are equal. Returns the former tickets.
    #[cfg(all(any(test, fuzzing), not(target_family = "wasm")))]
    pub(crate) fn renumber(&mut self) -> Vec<u64> {
        self.waiters.retain(|waiter| waiter.interest != Interest::NONE);
        self.vacant = 0;
        self.last_ticket = self.waiters.len() as u64;
        let tickets = (1..).zip(&mut self.waiters);
        tickets.map(|(number, waiter)| ::core::mem::replace(&mut waiter.ticket, number)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(list: &mut WaitList<u32>, id: u32) -> u64 {
        list.register(0, Interest::WRITABLE, id).0
    }

    fn wake_next(list: &mut WaitList<u32>) -> Option<u32> {
        list.take_waker(Interest::WRITABLE, 0, u64::MAX).map(|(_, id)| id)
    }

    #[test]
    fn senders_take_turns_in_the_order_in_which_they_began() {
        let mut list = WaitList::default();
        // A sink that waits for capacity in `poll_flush` has no place among the tasks that send.
        list.register(0, Interest::SEND, 0);
        let [first, second] = [1, 2].map(|id| sender(&mut list, id));
        assert!(list.is_first_to_send(first) && !list.is_first_to_send(second) && !list.is_first_to_send(0));
        assert_eq!([wake_next(&mut list), wake_next(&mut list)], [Some(0), Some(1)]);
        assert!(!list.is_first_to_send(second), "the first one was woken and will be polled");
        list.deregister(first);
        assert!(list.is_first_to_send(second));
        list.deregister(second);
        assert!(list.is_first_to_send(0));
    }

    #[test]
    fn registering_again_keeps_the_place() {
        let mut list = WaitList::default();
        let [first, second] = [1, 2].map(|id| sender(&mut list, id));
        assert_eq!(wake_next(&mut list), Some(1));
        assert_eq!(list.register(first, Interest::WRITABLE, 11), (first, None));
        assert!(!list.is_first_to_send(second));
        assert_eq!(wake_next(&mut list), Some(11));
    }

    #[test]
    fn sender_that_is_not_polled_is_passed_over() {
        let mut list = WaitList::default();
        let [kept, second] = [1, 2].map(|id| sender(&mut list, id));
        assert_eq!(wake_next(&mut list), Some(1));
        for _ in 0..MAX_MISSED {
            // However often others are polled meanwhile.
            assert!((0..9).all(|_| !list.is_first_to_send(second)));
            assert!(list.record_missed());
            list.register(second, Interest::WRITABLE, 2);
        }
        assert!(list.is_first_to_send(second) && list.is_first_to_send(kept));
        assert!(!list.record_missed());
        list.register(kept, Interest::WRITABLE, 1);
        assert!(!list.is_first_to_send(second), "it has its place again once it is polled");
    }

    #[test]
    fn waiters_that_left_are_removed_in_linear_time() {
        for leave_in_order in [true, false] {
            let mut list = WaitList::default();
            let stays = list.register(0, Interest::CLOSED, 0).0;
            let mut tickets: Vec<_> = (1..=100_000).map(|id| sender(&mut list, id)).collect();
            if !leave_in_order {
                tickets.reverse();
            }
            // A quadratic number of steps would take minutes.
            for ticket in tickets {
                assert!(list.deregister(ticket).is_some() && list.deregister(ticket).is_none());
            }
            assert!(list.waiters.len() <= 2 && list.has_waiters(Interest::CLOSED));
            assert_eq!(list.take_waker(Interest::CLOSED, 0, u64::MAX), Some((stays, 0)));
        }
    }
}
