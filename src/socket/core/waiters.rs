//! Tasks that wait for something.

use ::core::cell::{Cell, RefCell};
use ::core::panic::RefUnwindSafe;
use ::core::task::Waker;

/// What a task waits for, as bits, because one event can concern several kinds of waiters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Interest(u8);

impl Interest {
    /// The connection to open.
    pub(crate) const OPEN: Self = Self(1);
    /// Capacity for another message.
    pub(crate) const WRITABLE: Self = Self(2);
    /// Sent bytes to leave the browser's buffer.
    pub(crate) const FLUSHED: Self = Self(4);
    /// The connection to close.
    pub(crate) const CLOSED: Self = Self(8);
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const SEND: Self = Self::WRITABLE.and(Self::FLUSHED);

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

/// Any number of waiting tasks, woken in the order in which they registered.
///
/// A waker's `clone`, `wake` and `drop` are user code that may re-enter, so none of them runs while the list is borrowed.
#[derive(Default)]
pub(crate) struct Waiters {
    /// Sorted by ticket.
    waiters: RefCell<Vec<Waiter>>,
    /// The last ticket given out.
    last_ticket: Cell<u64>,
}

struct Waiter {
    ticket: u64,
    interest: Interest,
    /// `None` once woken: the task keeps its place, but does not wait now.
    waker: Option<Waker>,
}

/// A task's place among the waiters. A default one takes a place when it is first registered.
#[derive(Debug, Default)]
pub(crate) struct WaiterKey(Cell<u64>);

/// A plain integer has no invariant that a caught panic could break.
impl RefUnwindSafe for WaiterKey {}

/// Returns how many waiters have a smaller ticket.
#[inline(never)]
fn index_of(waiters: &[Waiter], ticket: u64) -> usize {
    waiters.partition_point(|waiter| waiter.ticket < ticket)
}

impl Waiters {
    /// Registers a task: the next `wake` of this interest wakes it. Registering again keeps its place.
    pub(crate) fn register(&self, key: &WaiterKey, interest: Interest, waker: &Waker) {
        let waker = Some(waker.clone());
        let is_new = key.0.get() == 0;
        if is_new {
            self.last_ticket.set(self.last_ticket.get() + 1);
            key.0.set(self.last_ticket.get());
        }
        let ticket = key.0.get();
        let mut waiters = self.waiters.borrow_mut();
        let old = if is_new {
            waiters.push(Waiter { ticket, interest, waker });
            None
        } else {
            let at = index_of(&waiters, ticket);
            waiters.get_mut(at).and_then(|waiter| ::core::mem::replace(&mut waiter.waker, waker))
        };
        drop(waiters);
        drop(old);
    }

    /// Removes a task from the list.
    pub(crate) fn deregister(&self, key: &WaiterKey) {
        let ticket = key.0.take();
        let mut waiters = self.waiters.borrow_mut();
        let at = index_of(&waiters, ticket);
        let removed = waiters.get(at).is_some_and(|waiter| waiter.ticket == ticket).then(|| waiters.remove(at));
        drop(waiters);
        drop(removed);
    }

    /// Wakes all tasks with one of these interests that wait now.
    pub(crate) fn wake(&self, interest: Interest) {
        WakeAllOnDrop { waiters: self, interest, next: 0, last: self.last_ticket.get() }.wake();
    }

    /// Returns `true` if a task with one of these interests waits.
    pub(crate) fn has_waiters(&self, interest: Interest) -> bool {
        self.waiters.borrow().iter().any(|waiter| waiter.interest.any(interest) && waiter.waker.is_some())
    }
}

/// Wakes the remaining tasks also if one waker panics with `panic = "unwind"`.
struct WakeAllOnDrop<'a> {
    waiters: &'a Waiters,
    interest: Interest,
    next: u64,
    /// Tasks that register while others are woken have larger tickets, and wait for the next `wake`.
    last: u64,
}

impl WakeAllOnDrop<'_> {
    fn wake(&mut self) {
        while let Some(waker) = self.pop() {
            waker.wake();
        }
    }

    fn pop(&mut self) -> Option<Waker> {
        let mut waiters = self.waiters.waiters.borrow_mut();
        let first = index_of(&waiters, self.next);
        for waiter in waiters.iter_mut().skip(first) {
            if waiter.ticket > self.last {
                break;
            }
            if waiter.interest.any(self.interest) && waiter.waker.is_some() {
                self.next = waiter.ticket + 1;
                return waiter.waker.take();
            }
        }
        None
    }
}

impl Drop for WakeAllOnDrop<'_> {
    fn drop(&mut self) {
        self.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};
    use std::task::Wake;

    struct RecordingWaker {
        id: usize,
        woken: Arc<Mutex<Vec<usize>>>,
    }

    impl Wake for RecordingWaker {
        fn wake(self: Arc<Self>) {
            self.woken.lock().map(|mut woken| woken.push(self.id)).ok();
        }
    }

    fn wakers(number: usize) -> (Arc<Mutex<Vec<usize>>>, Vec<Waker>) {
        let woken = Arc::new(Mutex::new(Vec::new()));
        let waker = |id| Arc::new(RecordingWaker { id, woken: Arc::clone(&woken) });
        let wakers = (0..number).map(|id| Waker::from(waker(id))).collect();
        (woken, wakers)
    }

    fn take_woken(order: &Mutex<Vec<usize>>) -> Vec<usize> {
        order.lock().map(|mut woken| std::mem::take(&mut *woken)).unwrap_or_default()
    }

    const BOTH: Interest = Interest::WRITABLE.and(Interest::CLOSED);

    #[test]
    fn wakes_in_registration_order_after_others_deregister() {
        let (order, wakers) = wakers(4);
        let (waiters, keys) = (Waiters::default(), [(); 4].map(|()| WaiterKey::default()));
        for at in 0..3 {
            waiters.register(&keys[at], Interest::WRITABLE, &wakers[at]);
        }
        waiters.deregister(&keys[0]);
        waiters.register(&keys[3], Interest::WRITABLE, &wakers[3]);
        // Registering again keeps the place.
        waiters.register(&keys[1], Interest::WRITABLE, &wakers[1]);
        waiters.wake(BOTH);
        assert_eq!(take_woken(&order), [1, 2, 3]);
        waiters.wake(BOTH);
        assert_eq!(take_woken(&order), Vec::<usize>::new());
    }

    struct PanickingWaker;

    impl Wake for PanickingWaker {
        fn wake(self: Arc<Self>) {
            std::panic::resume_unwind(Box::new("on purpose"));
        }
    }

    #[test]
    fn panicking_waker_does_not_prevent_other_wakes() {
        let (order, wakers) = wakers(2);
        let (waiters, keys) = (Waiters::default(), [(); 3].map(|()| WaiterKey::default()));
        for (key, waker) in keys.iter().zip([&wakers[0], &Waker::from(Arc::new(PanickingWaker)), &wakers[1]]) {
            waiters.register(key, Interest::CLOSED, waker);
        }
        let woken = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| waiters.wake(BOTH)));
        assert!(woken.is_err());
        assert_eq!(take_woken(&order), [0, 1]);
    }

    #[test]
    fn deregistered_wakers_are_removed_and_woken_ones_do_not_wait() {
        let (_, wakers) = wakers(1);
        let waiters = Waiters::default();
        for _ in 0..10_000 {
            let key = WaiterKey::default();
            waiters.register(&key, Interest::WRITABLE, &wakers[0]);
            assert!(waiters.has_waiters(Interest::WRITABLE));
            waiters.wake(BOTH);
            assert!(!waiters.has_waiters(Interest::WRITABLE));
            waiters.deregister(&key);
        }
        assert_eq!(waiters.waiters.borrow().len(), 0);
    }
}
