//! `on_close` and `on_close_event`: callbacks for the `close` events of an existing socket.

use crate::CloseEvent;
use crate::js::listener::{Listener, js_closure};
use core::cell::RefCell;
use core::fmt;
use core::panic::RefUnwindSafe;
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use wasm_bindgen::{JsCast, JsValue};

/// Calls a closure with each `close` event of an existing socket, until the returned guard is dropped.
///
/// The socket is not modified: its `onclose` attribute and other listeners keep working, and it is neither kept open nor
/// closed.
///
/// A browser fires `close` once per socket. If it has already fired, the closure never runs; use
/// [`closed`](crate::closed()) to detect that.
///
/// See the [crate documentation](crate#observing-an-existing-socket) for an example.
///
/// # Callbacks
///
/// The closure may drop its own guard, register other listeners, close the socket or open a new one. A `close` event
/// that it dispatches on the same socket is delivered to it after it has returned. If it panics with
/// `panic = "unwind"`, it is not called again.
pub fn on_close<F>(socket: &web_sys::WebSocket, callback: F) -> CloseListener
where
    F: FnMut(CloseEvent) + 'static,
{
    listen(socket, CloseEvent::read, callback)
}

/// Calls a closure with the browser's own `close` event of an existing socket, until the returned guard is dropped.
///
/// Like [`on_close`], for code that hands the event on to JavaScript or to users who expect it. `CloseEvent::from(event)`
/// copies it. If the event has already fired, the closure never runs: [`closed`](crate::closed()) detects that.
///
#[doc = concat!("```no_run\n", include_str!("../../docs/samples/on_close_event.rs"), "```")]
///
/// # Callbacks
///
/// As those of [`on_close`]. An event that the closure dispatches on the same socket is delivered after it has returned, so
/// the event's dispatch is over by then. A script can dispatch any event whose type is `close`: getters of
/// [`web_sys::CloseEvent`] may throw then, while `CloseEvent::from` reads what there is.
pub fn on_close_event<F>(socket: &web_sys::WebSocket, mut callback: F) -> CloseListener
where
    F: FnMut(&web_sys::CloseEvent) + 'static,
{
    let own = |event: &JsValue| event.unchecked_ref::<web_sys::CloseEvent>().clone();
    listen(socket, own, move |event| callback(&event))
}

/// Registers a callback for what `read` makes of each event.
fn listen<E: 'static>(
    socket: &web_sys::WebSocket,
    read: impl Fn(&JsValue) -> E + 'static,
    callback: impl FnMut(E) + 'static,
) -> CloseListener {
    let slot = Rc::new(Slot::default());
    let weak = Rc::downgrade(&slot);
    // Events that have not been delivered yet.
    let events = RefCell::new(VecDeque::new());
    let idle = RefCell::new(Some(callback));
    let closure = js_closure(move |event| {
        let Some(slot) = weak.upgrade() else { return };
        let event = read(event);
        events.borrow_mut().push_back(event);
        // The callback is taken out while it runs, so that a re-entrant event only queues. It is not put back if it
        // panics.
        let Some(mut callback) = idle.take() else { return };
        // Only a `Weak` is held during the call: the callback may drop its guard, and must not be called again then.
        let guard = FreeDetachedOnDrop(Rc::downgrade(&slot));
        drop(slot);
        while let Some(event) = guard.0.upgrade().and_then(|_| events.borrow_mut().pop_front()) {
            callback(event);
        }
        idle.replace(Some(callback));
    });
    *slot.listener.borrow_mut() = Some(Listener::new(socket, "close", closure));
    CloseListener { slot }
}

/// A guard that keeps a closure registered for a socket's `close` event, created by [`on_close`] and
/// [`on_close_event`].
///
/// # Drop
///
/// Dropping it unsubscribes: the closure is freed and never runs again. It may be dropped from inside the closure.
///
/// To keep the callback registered without holding the guard, use [`detach`](Self::detach), which frees the closure after
/// the event, or store the guard next to the socket. There is deliberately no `forget`: it would leak the closure.
#[must_use = "dropping a CloseListener unsubscribes it; keep it, or call `detach`"]
pub struct CloseListener {
    slot: Rc<Slot>,
}

#[derive(Default)]
struct Slot {
    listener: RefCell<Option<Listener>>,
    /// Set by `detach`: the slot owns itself until the event has been delivered.
    detached: RefCell<Option<Rc<Slot>>>,
}

/// No user code runs while a field is borrowed, so a caught panic leaves no broken invariant behind.
impl RefUnwindSafe for Slot {}

/// Frees a detached slot after the event was delivered, also if the callback panicked with `panic = "unwind"`.
struct FreeDetachedOnDrop(Weak<Slot>);

impl Drop for FreeDetachedOnDrop {
    fn drop(&mut self) {
        let Some(slot) = self.0.upgrade() else { return };
        // The borrow ends before the slot is freed, because freeing the closure runs the destructors of its captures.
        let detached = slot.detached.borrow_mut().take();
        drop(detached);
    }
}

impl CloseListener {
    /// Keeps the closure registered until the `close` event has been delivered, then frees it.
    ///
    /// Use it where nothing can hold the guard. If the event never comes (it had fired before, or the socket is never
    /// closed), the closure lives as long as the page or worker.
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
