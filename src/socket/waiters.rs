//! Tasks that wait for the same thing.

use ::core::cell::{Cell, RefCell};
use ::core::future::Future;
use ::core::pin::Pin;
use ::core::task::{Context, Poll, Waker};

/// Any number of waiting tasks, each with a place of its own.
///
/// A waker's `clone`, `wake` and `drop` are the caller's code and may come back here, so none of them runs while the
/// list is borrowed.
#[derive(Default)]
pub(crate) struct Waiters {
    places: RefCell<Vec<Place>>,
}

enum Place {
    Free,
    /// Taken, but not waiting now.
    Idle,
    Waiting(Waker),
}

/// A place in a list of waiters; an empty one takes a place when it first waits.
#[derive(Debug, Default)]
pub(crate) struct Key(Cell<Option<usize>>);

impl Waiters {
    /// Waits: the task is woken by the next `wake_all`.
    pub(crate) fn wait(&self, key: &Key, waker: &Waker) {
        let place = Place::Waiting(waker.clone());
        let old = {
            let mut places = self.places.borrow_mut();
            let at = key.0.get().or_else(|| places.iter().position(|place| matches!(place, Place::Free)));
            let at = at.unwrap_or(places.len());
            key.0.set(Some(at));
            match places.get_mut(at) {
                Some(old) => Some(core::mem::replace(old, place)),
                None => {
                    places.push(place);
                    None
                }
            }
        };
        drop(old);
    }

    /// Gives a place up.
    pub(crate) fn leave(&self, key: &Key) {
        let Some(at) = key.0.take() else { return };
        let old = {
            let mut places = self.places.borrow_mut();
            let old = places.get_mut(at).map(|place| core::mem::replace(place, Place::Free));
            while let Some(Place::Free) = places.last() {
                places.pop();
            }
            old
        };
        drop(old);
    }

    pub(crate) fn wake_all(&self) {
        let wakers: Vec<Waker> = self
            .places
            .borrow_mut()
            .iter_mut()
            .filter(|place| matches!(place, Place::Waiting(_)))
            .filter_map(|place| match core::mem::replace(place, Place::Idle) {
                Place::Waiting(waker) => Some(waker),
                _ => None,
            })
            .collect();
        for waker in wakers {
            waker.wake();
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        !self.places.borrow().iter().any(|place| matches!(place, Place::Waiting(_)))
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
