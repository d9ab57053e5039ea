//! `on_close`: a closure that runs when a socket closes.

use crate::CloseEvent;
use crate::js::listener::{Listener, hook};
use core::cell::RefCell;
use core::fmt;
use core::panic::RefUnwindSafe;
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

/// Runs a closure with each `close` event of a socket, until the returned guard is dropped.
///
/// The socket stays someone else's: nothing on it changes, its `onclose` attribute and its other listeners see what
/// they would have seen, and it is neither kept open nor closed by this.
///
/// A browser fires `close` once in a socket's life. If it has already fired, the closure never runs; use
/// [`closed`](crate::closed()) to learn that.
///
/// ```no_run
/// # fn f(socket: &web_sys::WebSocket) {
/// let listener = onclose::on_close(socket, |event| show(&format!("closed with {}", event.code)));
/// // ... and when it is no longer of interest:
/// drop(listener);
/// # fn show(_: &str) {}
/// # }
/// ```
///
/// # Callbacks
///
/// The closure may drop its own guard, register others, close the socket or open a new one. If it dispatches another
/// `close` event on the socket, it is called with that one once it has returned. If it panics where panics unwind, it is
/// not called again.
///
/// # Panics
///
/// Never.
pub fn on_close<F>(socket: &web_sys::WebSocket, callback: F) -> CloseListener
where
    F: FnMut(CloseEvent) + 'static,
{
    let slot = Rc::new(Slot::default());
    let weak = Rc::downgrade(&slot);
    let idle = RefCell::new(Some(callback));
    let hook = hook(move |event| {
        let Some(slot) = weak.upgrade() else { return };
        let event = CloseEvent::read(event);
        slot.events.borrow_mut().push_back(event);
        // Taken while it runs, so an event inside an event finds none and waits. One that panics is not put back.
        let Some(mut callback) = idle.take() else { return };
        // What is called may drop the guard, and then it is not called again.
        let fired = Fired(Rc::downgrade(&slot));
        drop(slot);
        while let Some(event) = fired.0.upgrade().and_then(|slot| slot.events.borrow_mut().pop_front()) {
            callback(event);
        }
        idle.replace(Some(callback));
    });
    *slot.listener.borrow_mut() = Some(Listener::new(socket, "close", hook));
    CloseListener { slot }
}

/// Keeps a closure registered for a socket's `close` event; made by [`on_close`].
///
/// # Drop
///
/// Dropping it unsubscribes: the closure is freed and does not run again. It may be dropped from inside the closure.
///
/// There are two ways to let it go without that: [`detach`](Self::detach), which frees the closure once the event has
/// been delivered, and keeping the guard in a structure that lives as long as the socket. There is deliberately no
/// `forget`, because it would never free the closure.
#[must_use = "dropping a CloseListener unsubscribes it; keep it, or call `detach`"]
pub struct CloseListener {
    slot: Rc<Slot>,
}

#[derive(Default)]
struct Slot {
    listener: RefCell<Option<Listener>>,
    /// Not yet delivered.
    events: RefCell<VecDeque<CloseEvent>>,
    /// Set by `detach`: the slot owns itself until the event has been delivered.
    detached: RefCell<Option<Rc<Slot>>>,
}

/// No caller's code runs while any of it is borrowed.
impl RefUnwindSafe for Slot {}

/// Frees what was detached when the event has been delivered, also to a closure that panicked where panics unwind.
struct Fired(Weak<Slot>);

impl Drop for Fired {
    fn drop(&mut self) {
        let Some(slot) = self.0.upgrade() else { return };
        // Taken out in a statement of its own: freeing the closure frees what it captured, which may be anything.
        let detached = slot.detached.borrow_mut().take();
        drop(detached);
    }
}

impl CloseListener {
    /// Lets the closure live until the `close` event has been delivered, and frees it then.
    ///
    /// For sockets whose end somebody else brings about: nothing has to be kept, and nothing is leaked. If the event
    /// never comes (it came before, or the socket is never closed), the closure lives as long as the page.
    ///
    /// # Panics
    ///
    /// Never.
    pub fn detach(self) {
        let own = Rc::clone(&self.slot);
        let old = self.slot.detached.borrow_mut().replace(own);
        drop(old);
    }
}

impl fmt::Debug for CloseListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CloseListener")
    }
}
