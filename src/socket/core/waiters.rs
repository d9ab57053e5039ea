//! Tasks that wait for something.

use ::core::cell::{Cell, RefCell};
use ::core::future::Future;
use ::core::panic::RefUnwindSafe;
use ::core::pin::Pin;
use ::core::task::{Context, Poll, Waker};

/// What can be waited for; as bits, as several can be brought about at once.
pub(crate) const OPENS: u8 = 1;
/// Room for another message.
pub(crate) const ROOM: u8 = 2;
/// That what was sent is handed on.
pub(crate) const FLUSHED: u8 = 4;
pub(crate) const ENDS: u8 = 8;

/// Any number of waiting tasks, woken in the order in which they came.
///
/// A waker's `clone`, `wake` and `drop` are the caller's code and may come back here, so none of them runs while the
/// list is borrowed.
#[derive(Default)]
pub(crate) struct Waiters {
    /// By ticket, ascending.
    places: RefCell<Vec<Place>>,
    /// The last ticket that was given out.
    last: Cell<u64>,
}

struct Place {
    ticket: u64,
    kind: u8,
    /// Without one: has a place, but does not wait now.
    waker: Option<Waker>,
}

/// A place in a list of waiters; an empty one takes a place when it first waits.
#[derive(Debug, Default)]
pub(crate) struct Key(Cell<u64>);

/// A number, which a panic leaves as it is.
impl RefUnwindSafe for Key {}

/// How many places come before this ticket's.
#[inline(never)]
fn before(places: &[Place], ticket: u64) -> usize {
    places.partition_point(|place| place.ticket < ticket)
}

impl Waiters {
    /// Waits: the task is woken by the next `wake` of this kind.
    pub(crate) fn wait(&self, key: &Key, kind: u8, waker: &Waker) {
        let waker = Some(waker.clone());
        let new = key.0.get() == 0;
        if new {
            self.last.set(self.last.get() + 1);
            key.0.set(self.last.get());
        }
        let ticket = key.0.get();
        let mut places = self.places.borrow_mut();
        let old = if new {
            places.push(Place { ticket, kind, waker });
            None
        } else {
            let at = before(&places, ticket);
            places.get_mut(at).and_then(|place| ::core::mem::replace(&mut place.waker, waker))
        };
        drop(places);
        drop(old);
    }

    /// Gives a place up.
    pub(crate) fn leave(&self, key: &Key) {
        let ticket = key.0.take();
        let mut places = self.places.borrow_mut();
        let at = before(&places, ticket);
        let left = places.get(at).is_some_and(|place| place.ticket == ticket).then(|| places.remove(at));
        drop(places);
        drop(left);
    }

    /// Wakes all of these kinds that wait now.
    pub(crate) fn wake(&self, kinds: u8) {
        Rest { waiters: self, kinds, next: 0, last: self.last.get() }.wake();
    }

    /// Whether anybody waits for one of these kinds.
    pub(crate) fn waits(&self, kinds: u8) -> bool {
        self.places.borrow().iter().any(|place| place.kind & kinds != 0 && place.waker.is_some())
    }
}

/// Those who are still to be woken, also if a waker panics and panics unwind.
struct Rest<'a> {
    waiters: &'a Waiters,
    kinds: u8,
    next: u64,
    last: u64,
}

impl Rest<'_> {
    fn wake(&mut self) {
        while let Some(waker) = self.pop() {
            waker.wake();
        }
    }

    fn pop(&mut self) -> Option<Waker> {
        let mut places = self.waiters.places.borrow_mut();
        let first = before(&places, self.next);
        for place in places.iter_mut().skip(first) {
            if place.ticket > self.last {
                break;
            }
            if place.kind & self.kinds != 0 && place.waker.is_some() {
                self.next = place.ticket + 1;
                return place.waker.take();
            }
        }
        None
    }
}

impl Drop for Rest<'_> {
    fn drop(&mut self) {
        self.wake();
    }
}

/// Polls until `ready` has an answer, waiting in `waiters` in between; leaves the list when done or dropped.
pub(crate) struct WaitFor<'a, F> {
    waiters: &'a Waiters,
    kind: u8,
    key: Key,
    ready: F,
}

impl<'a, F> WaitFor<'a, F> {
    pub(crate) fn new(waiters: &'a Waiters, kind: u8, ready: F) -> Self {
        Self { waiters, kind, key: Key::default(), ready }
    }
}

impl<T, F: FnMut() -> Poll<T> + Unpin> Future for WaitFor<'_, F> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let mut answer = (self.ready)();
        if answer.is_pending() {
            self.waiters.wait(&self.key, self.kind, cx.waker());
            // Again, now that it counts as waiting: it may have to start what will wake it.
            answer = (self.ready)();
        }
        if answer.is_ready() {
            self.waiters.leave(&self.key);
        }
        answer
    }
}

impl<F> Drop for WaitFor<'_, F> {
    fn drop(&mut self) {
        self.waiters.leave(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};
    use std::task::Wake;

    struct Bell {
        name: usize,
        rung: Arc<Mutex<Vec<usize>>>,
    }

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.rung.lock().map(|mut rung| rung.push(self.name)).ok();
        }
    }

    fn bells(number: usize) -> (Arc<Mutex<Vec<usize>>>, Vec<Waker>) {
        let rung = Arc::new(Mutex::new(Vec::new()));
        let bell = |name| Arc::new(Bell { name, rung: Arc::clone(&rung) });
        let wakers = (0..number).map(|name| Waker::from(bell(name))).collect();
        (rung, wakers)
    }

    fn rung(order: &Mutex<Vec<usize>>) -> Vec<usize> {
        order.lock().map(|mut rung| std::mem::take(&mut *rung)).unwrap_or_default()
    }

    #[test]
    fn who_came_first_is_woken_first_also_after_others_have_left() {
        let (order, wakers) = bells(4);
        let (waiters, keys) = (Waiters::default(), [(); 4].map(|()| Key::default()));
        for at in 0..3 {
            waiters.wait(&keys[at], ROOM, &wakers[at]);
        }
        waiters.leave(&keys[0]);
        waiters.wait(&keys[3], ROOM, &wakers[3]);
        // Waiting again keeps the place.
        waiters.wait(&keys[1], ROOM, &wakers[1]);
        waiters.wake(ROOM | ENDS);
        assert_eq!(rung(&order), [1, 2, 3]);
        waiters.wake(ROOM | ENDS);
        assert_eq!(rung(&order), Vec::<usize>::new());
    }

    struct Cracked;

    impl Wake for Cracked {
        fn wake(self: Arc<Self>) {
            std::panic::resume_unwind(Box::new("on purpose"));
        }
    }

    #[test]
    fn a_waker_that_panics_keeps_nobody_else_asleep() {
        let (order, wakers) = bells(2);
        let (waiters, keys) = (Waiters::default(), [(); 3].map(|()| Key::default()));
        for (key, waker) in keys.iter().zip([&wakers[0], &Waker::from(Arc::new(Cracked)), &wakers[1]]) {
            waiters.wait(key, ENDS, waker);
        }
        let woken = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| waiters.wake(ROOM | ENDS)));
        assert!(woken.is_err());
        assert_eq!(rung(&order), [0, 1]);
    }

    #[test]
    fn only_who_waits_counts_and_who_has_left_leaves_nothing() {
        let (_, wakers) = bells(1);
        let waiters = Waiters::default();
        for _ in 0..10_000 {
            let key = Key::default();
            waiters.wait(&key, ROOM, &wakers[0]);
            assert!(waiters.waits(ROOM));
            waiters.wake(ROOM | ENDS);
            assert!(!waiters.waits(ROOM));
            waiters.leave(&key);
        }
        assert_eq!(waiters.places.borrow().len(), 0);
    }

    #[test]
    fn a_wait_that_is_dropped_leaves_its_place() {
        let (_, wakers) = bells(1);
        let waiters = Waiters::default();
        {
            let mut wait = WaitFor::new(&waiters, OPENS, || Poll::<()>::Pending);
            assert!(Pin::new(&mut wait).poll(&mut Context::from_waker(&wakers[0])).is_pending());
            assert_eq!(waiters.places.borrow().len(), 1);
        }
        assert_eq!(waiters.places.borrow().len(), 0);
    }
}
