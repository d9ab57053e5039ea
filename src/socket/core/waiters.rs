//! Tasks that wait for something, and how they are woken.

pub(crate) use super::wait_list::Interest;

use super::wait_list::WaitList;
use ::core::cell::{Cell, RefCell};
use ::core::panic::RefUnwindSafe;
use ::core::task::Waker;

/// Any number of waiting tasks, woken in the order in which they registered.
///
/// A waker's `clone`, `wake` and `drop` are user code that may re-enter, so none of them runs while the list is borrowed.
#[derive(Default)]
pub(crate) struct Waiters {
    list: RefCell<WaitList<Waker>>,
}

/// A task's place among the waiters. A default one takes a place when it is first registered.
#[derive(Debug, Default)]
pub(crate) struct WaiterKey(Cell<u64>);

/// A plain integer has no invariant that a caught panic could break.
impl RefUnwindSafe for WaiterKey {}

impl WaiterKey {
    /// Returns a key that has the place of another one, which is no longer registered.
    pub(crate) fn from_ticket(ticket: u64) -> Self {
        Self(Cell::new(ticket))
    }

    pub(crate) fn ticket(&self) -> u64 {
        self.0.get()
    }
}

impl Waiters {
    /// Registers a task: the next `wake` of this interest wakes it. Registering again keeps its place.
    pub(crate) fn register(&self, key: &WaiterKey, interest: Interest, waker: &Waker) {
        let waker = waker.clone();
        let (ticket, old) = self.list.borrow_mut().register(key.ticket(), interest, waker);
        key.0.set(ticket);
        drop(old);
    }

    /// Reserves a place for a task that registers later.
    #[cfg(feature = "remote")]
    pub(crate) fn reserve(&self) -> u64 {
        self.list.borrow_mut().reserve()
    }

    /// Registers a task that waits to send at a reserved place, which is not registered now.
    #[cfg(feature = "remote")]
    pub(crate) fn register_reserved(&self, ticket: u64, waker: &Waker) -> WaiterKey {
        let waker = waker.clone();
        self.list.borrow_mut().register_reserved(ticket, Interest::WRITABLE, waker);
        WaiterKey::from_ticket(ticket)
    }

    /// Removes a task from the list.
    pub(crate) fn deregister(&self, key: &WaiterKey) {
        let ticket = key.0.take();
        if ticket != 0 {
            let waker = self.list.borrow_mut().deregister(ticket);
            drop(waker);
        }
    }

    /// Wakes all tasks with one of these interests that wait now.
    pub(crate) fn wake(&self, interest: Interest) {
        let last = self.list.borrow_mut().last_ticket();
        WakeAllOnDrop { waiters: self, interest, next: 0, last }.wake();
    }

    /// Handles that there is capacity: wakes the first task that waits to send, or all if a woken one was not polled.
    pub(crate) fn wake_to_send(&self) {
        let missed = self.list.borrow_mut().record_missed();
        if missed {
            self.wake(Interest::WRITABLE);
        }
        self.wake_next_to_send();
    }

    /// Wakes the first task that waits to send.
    pub(crate) fn wake_next_to_send(&self) {
        let next = self.list.borrow_mut().take_waker(Interest::WRITABLE, 0, u64::MAX);
        if let Some((_, waker)) = next {
            waker.wake();
        }
    }

    /// Returns `true` if it is the turn of this task to send.
    pub(crate) fn is_first_to_send(&self, key: &WaiterKey) -> bool {
        self.list.borrow().is_first_to_send(key.ticket())
    }

    /// Returns `true` if a task with one of these interests waits.
    pub(crate) fn has_waiters(&self, interest: Interest) -> bool {
        self.list.borrow_mut().has_waiters(interest)
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
        loop {
            let next = self.waiters.list.borrow_mut().take_waker(self.interest, self.next, self.last);
            let Some((ticket, waker)) = next else { return };
            self.next = ticket + 1;
            waker.wake();
        }
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
        assert!(!waiters.has_waiters(BOTH));
    }
}
