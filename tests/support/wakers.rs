//! Wakers and counters that tests observe.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Wake, Waker};

/// A waker that counts how often it is woken, and may run something synchronously inside the wake.
///
/// Wakers must be `Send`, and what they run here is not, so the state is kept by id in the thread's own table.
pub struct CountingWaker {
    id: usize,
}

type Action = Box<dyn FnMut()>;

#[derive(Default)]
struct WakerState {
    wake_count: usize,
    action: Option<Action>,
}

thread_local! {
    static STATES: RefCell<HashMap<usize, WakerState>> = RefCell::default();
    static LAST_ID: Cell<usize> = const { Cell::new(0) };
}

impl CountingWaker {
    pub fn new() -> (Arc<Self>, Waker) {
        Self::from_action(None)
    }

    /// Runs `action` synchronously whenever it is woken.
    pub fn with_action(action: impl FnMut() + 'static) -> (Arc<Self>, Waker) {
        Self::from_action(Some(Box::new(action)))
    }

    fn from_action(action: Option<Action>) -> (Arc<Self>, Waker) {
        let id = LAST_ID.get() + 1;
        LAST_ID.set(id);
        STATES.with_borrow_mut(|states| states.insert(id, WakerState { wake_count: 0, action }));
        let counter = Arc::new(Self { id });
        (Arc::clone(&counter), Waker::from(counter))
    }

    pub fn wake_count(&self) -> usize {
        STATES.with_borrow(|states| states[&self.id].wake_count)
    }

    /// Returns `true` if all wakers made from it were dropped.
    pub fn is_released(self: &Arc<Self>) -> bool {
        Arc::strong_count(self) == 1
    }
}

impl Wake for CountingWaker {
    fn wake(self: Arc<Self>) {
        let action = STATES.with_borrow_mut(|states| {
            let state = states.get_mut(&self.id)?;
            state.wake_count += 1;
            state.action.take()
        });
        if let Some(mut action) = action {
            action();
            STATES.with_borrow_mut(|states| {
                if let Some(state) = states.get_mut(&self.id) {
                    state.action = Some(action);
                }
            });
        }
    }
}

impl Drop for CountingWaker {
    fn drop(&mut self) {
        // The action is dropped after the borrow ends: it may own a socket, whose drop wakes others.
        let state = STATES.with_borrow_mut(|states| states.remove(&self.id));
        drop(state);
    }
}

/// A counter of which a closure can own a part.
#[derive(Clone, Default)]
pub struct Counter(Rc<Cell<usize>>);

impl Counter {
    pub fn increment(&self) {
        self.0.set(self.0.get() + 1);
    }

    pub fn get(&self) -> usize {
        self.0.get()
    }

    /// Returns how many closures and variables own this counter.
    pub fn owners(&self) -> usize {
        Rc::strong_count(&self.0)
    }
}
