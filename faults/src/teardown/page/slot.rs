//! A task that can be dropped at any moment, also by itself, and whose waker may act first.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use onclose::WebSocketSender;
use wasm_bindgen_futures::spawn_local;

/// What the next waker does inside of the wake, before it wakes its task.
type Action = Box<dyn FnOnce()>;

thread_local! {
    static ARMED: RefCell<Option<Action>> = const { RefCell::new(None) };
}

/// Sets the action of the next waker, or removes it.
pub(super) fn arm(action: Option<Action>) {
    let old = ARMED.replace(action);
    drop(old);
}

struct Hooked(Waker);

impl Wake for Hooked {
    fn wake(self: Arc<Self>) {
        let action = ARMED.take();
        if let Some(action) = action {
            action();
        }
        self.0.wake_by_ref();
    }
}

/// A part of a scene: a task, and possibly a handle.
#[derive(Clone)]
pub(super) struct Slot(Rc<Inner>);

struct Inner {
    name: &'static str,
    handle: RefCell<Option<WebSocketSender>>,
    task: RefCell<Option<Pin<Box<dyn Future<Output = ()>>>>>,
    dropped: Cell<bool>,
    done: Cell<bool>,
}

impl Slot {
    pub(super) fn new(
        name: &'static str,
        handle: Option<WebSocketSender>,
        task: impl Future<Output = ()> + 'static,
    ) -> Self {
        let inner = Rc::new(Inner {
            name,
            handle: RefCell::new(handle),
            task: RefCell::new(Some(Box::pin(task))),
            dropped: Cell::new(false),
            done: Cell::new(false),
        });
        let weak = Rc::downgrade(&inner);
        spawn_local(poll_fn(move |cx| match weak.upgrade() {
            Some(inner) => inner.poll(cx),
            None => Poll::Ready(()),
        }));
        Self(inner)
    }

    pub(super) fn name(&self) -> &'static str {
        self.0.name
    }

    /// Drops the handle and the task.
    pub(super) fn leave(&self) {
        self.0.dropped.set(true);
        let handle = self.0.handle.take();
        drop(handle);
        let task = self.0.task.take();
        drop(task);
    }

    pub(super) fn waits(&self) -> bool {
        !self.0.dropped.get() && !self.0.done.get()
    }

    pub(super) fn with_handle<T>(&self, what: impl FnOnce(&WebSocketSender) -> T) -> Option<T> {
        // Taken out while it is used: the call may drop this slot.
        let handle = self.0.handle.take()?;
        let answer = what(&handle);
        if !self.0.dropped.get() {
            self.0.handle.replace(Some(handle));
        }
        Some(answer)
    }
}

impl Inner {
    fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(mut task) = self.task.take() else { return Poll::Ready(()) };
        let waker = Waker::from(Arc::new(Hooked(cx.waker().clone())));
        let polled = task.as_mut().poll(&mut Context::from_waker(&waker));
        match polled {
            Poll::Pending if !self.dropped.get() => {
                self.task.replace(Some(task));
                Poll::Pending
            }
            polled => {
                self.done.set(polled.is_ready());
                Poll::Ready(())
            }
        }
    }
}
