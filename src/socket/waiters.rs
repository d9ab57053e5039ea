//! Tasks that wait for the same thing.

use ::core::cell::{Cell, RefCell};
use ::core::future::Future;
use ::core::pin::Pin;
use ::core::task::{Context, Poll, Waker};

/// Any number of waiting tasks, woken in the order in which they came.
///
/// A waker's `clone`, `wake` and `drop` are the caller's code and may come back here, so none of them runs while the
/// list is borrowed.
#[derive(Default)]
pub(crate) struct Waiters {
    /// By ticket, ascending. Without a waker: has a place, but does not wait now.
    places: RefCell<Vec<(u64, Option<Waker>)>>,
    next: Cell<u64>,
}

/// A place in a list of waiters; an empty one takes a place when it first waits.
#[derive(Debug, Default)]
pub(crate) struct Key(Cell<Option<u64>>);

impl Waiters {
    /// Waits: the task is woken by the next `wake_all`.
    pub(crate) fn wait(&self, key: &Key, waker: &Waker) {
        let waker = Some(waker.clone());
        let ticket = key.0.get().unwrap_or_else(|| {
            let ticket = self.next.get();
            self.next.set(ticket + 1);
            key.0.set(Some(ticket));
            ticket
        });
        let old = {
            let mut places = self.places.borrow_mut();
            match places.binary_search_by_key(&ticket, |(ticket, _)| *ticket) {
                Ok(at) => places.get_mut(at).and_then(|(_, place)| ::core::mem::replace(place, waker)),
                Err(at) => {
                    places.insert(at, (ticket, waker));
                    None
                }
            }
        };
        drop(old);
    }

    /// Gives a place up.
    pub(crate) fn leave(&self, key: &Key) {
        let Some(ticket) = key.0.take() else { return };
        let old = {
            let mut places = self.places.borrow_mut();
            let at = places.binary_search_by_key(&ticket, |(ticket, _)| *ticket);
            at.map(|at| places.remove(at))
        };
        drop(old);
    }

    pub(crate) fn wake_all(&self) {
        let wakers: Vec<Waker> = self.places.borrow_mut().iter_mut().filter_map(|(_, waker)| waker.take()).collect();
        Rest(wakers.into_iter()).wake();
    }

    pub(crate) fn is_empty(&self) -> bool {
        !self.places.borrow().iter().any(|(_, waker)| waker.is_some())
    }
}

/// Wakers that are still to be woken, also if one of them panics and panics unwind.
struct Rest(std::vec::IntoIter<Waker>);

impl Rest {
    fn wake(&mut self) {
        self.0.by_ref().for_each(Waker::wake);
    }
}

impl Drop for Rest {
    fn drop(&mut self) {
        self.wake();
    }
}

/// Polls until `ready` has an answer, waiting in `waiters` in between; leaves the list when done or dropped.
pub(crate) struct WaitFor<'a, F> {
    pub(crate) waiters: &'a Waiters,
    pub(crate) key: Key,
    pub(crate) ready: F,
}

impl<'a, F> WaitFor<'a, F> {
    pub(crate) fn new(waiters: &'a Waiters, ready: F) -> Self {
        Self { waiters, key: Key::default(), ready }
    }
}

impl<T, F: FnMut() -> Poll<T> + Unpin> Future for WaitFor<'_, F> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let mut answer = (self.ready)();
        if answer.is_pending() {
            self.waiters.wait(&self.key, cx.waker());
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
            waiters.wait(&keys[at], &wakers[at]);
        }
        waiters.leave(&keys[0]);
        waiters.wait(&keys[3], &wakers[3]);
        // Waiting again keeps the place.
        waiters.wait(&keys[1], &wakers[1]);
        waiters.wake_all();
        assert_eq!(rung(&order), [1, 2, 3]);
        waiters.wake_all();
        assert_eq!(rung(&order), []);
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
            waiters.wait(key, waker);
        }
        let woken = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| waiters.wake_all()));
        assert!(woken.is_err());
        assert_eq!(rung(&order), [0, 1]);
    }

    #[test]
    fn only_who_waits_counts_and_who_has_left_leaves_nothing() {
        let (_, wakers) = bells(1);
        let waiters = Waiters::default();
        for _ in 0..10_000 {
            let key = Key::default();
            waiters.wait(&key, &wakers[0]);
            assert!(!waiters.is_empty());
            waiters.wake_all();
            assert!(waiters.is_empty());
            waiters.leave(&key);
        }
        assert_eq!(waiters.places.borrow().len(), 0);
    }

    #[test]
    fn a_wait_that_is_dropped_leaves_its_place() {
        let (_, wakers) = bells(1);
        let waiters = Waiters::default();
        {
            let mut wait = WaitFor::new(&waiters, || Poll::<()>::Pending);
            assert!(Pin::new(&mut wait).poll(&mut Context::from_waker(&wakers[0])).is_pending());
            assert_eq!(waiters.places.borrow().len(), 1);
        }
        assert_eq!(waiters.places.borrow().len(), 0);
    }
}
