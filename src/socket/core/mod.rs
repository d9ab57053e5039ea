//! The browser layer: one raw socket with its listeners, timers and waiters. It reports events to the state machine and
//! carries out the effects.

pub(crate) mod effects;
pub(crate) mod machine;
pub(crate) mod receiving;
pub(crate) mod recv_queue;
mod send_buffer;
mod sending;
mod source;
pub(crate) mod waiters;

use crate::js::listener::{EventHandler, Listener, weak_js_closure};
use crate::js::timer::Timer;
use crate::socket::close_info::{CloseInfo, ReadyState};
use crate::socket::message::payload::Payload;
use crate::{CloseEvent, CloseFrame};
use ::core::cell::{Cell, RefCell, RefMut};
use ::core::panic::RefUnwindSafe;
use ::core::task::Waker;
use effects::Effects;
use machine::{CLOSE_EVENT_GRACE_MS, Config, Machine};
use send_buffer::SendBuffer;
use source::Source;
use std::rc::Rc;
use waiters::{Interest, Waiters};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen]
extern "C" {
    /// The raw socket, bound in a way that takes less code than web-sys, which has a method for each number of arguments.
    type RawSocket;
    #[wasm_bindgen(method, catch)]
    fn close(this: &RawSocket, code: Option<u16>, reason: Option<&str>) -> Result<(), JsValue>;
    #[wasm_bindgen(method, getter, js_name = binaryType)]
    fn binary_type(this: &RawSocket) -> JsValue;
    #[wasm_bindgen(method, setter, js_name = binaryType)]
    fn set_binary_type(this: &RawSocket, value: &JsValue);
}

/// Shared by the handles of one socket and by the futures that wait for its close.
///
/// Listeners and timers hold it weakly, so it lives no longer than handles and futures do, and frees what is still
/// registered.
pub(crate) struct Core {
    pub(crate) raw: web_sys::WebSocket,
    /// The `binaryType` that `release_raw` restores.
    binary_type: JsValue,
    machine: RefCell<Machine<Payload>>,
    /// In the order of [`EVENTS`].
    listeners: [Cell<Option<Listener>>; 3],
    source: Source,
    timeout: Cell<Option<Timer>>,
    grace_timer: Cell<Option<Timer>>,
    send_buffer_timer: Cell<Option<Timer>>,
    pub(crate) send_buffer: SendBuffer,
    pub(crate) waiters: Waiters,
    reader: Cell<Reader>,
    /// The number of handles.
    pub(crate) handles: Cell<usize>,
}

/// Invariants hold whenever user code runs, so observing a `Core` after a caught panic is safe. This lets a `Closure` own
/// handles with `panic = "unwind"`.
impl RefUnwindSafe for Core {}

/// Who is woken when there is something to take.
#[derive(Default)]
enum Reader {
    #[default]
    None,
    Task(Waker),
    Callback(Rc<Callback>),
}

type Callback = dyn Fn(&Rc<Core>);

/// The order of the bits in [`Effects::dropped_listeners`].
const EVENTS: [(&str, EventHandler<Core>); 3] = [
    ("open", |core, _| {
        let effects = core.machine().open_event();
        core.apply(effects);
    }),
    ("error", |core, _| {
        let effects = core.machine().error_event();
        core.apply(effects);
    }),
    ("close", |core, event| {
        let (event, ready) = (CloseEvent::read(event), core.ready_state());
        let effects = core.machine().close_event(event, ready);
        core.apply(effects);
    }),
];

impl Core {
    /// Wraps a socket in this state, with this many bytes in its buffer. To miss no event of a new socket, this must run
    /// in the task that created it.
    pub(crate) fn new(
        raw: web_sys::WebSocket,
        buffered: u32,
        state: ReadyState,
        config: Config,
        message_handler: EventHandler<Core>,
        high_water_mark: u32,
    ) -> Rc<Self> {
        let binary_type = raw.unchecked_ref::<RawSocket>().binary_type();
        raw.unchecked_ref::<RawSocket>().set_binary_type(&JsValue::from_str("arraybuffer"));
        let is_limited = config.recv_limit.is_some();
        let (machine, timeout_ms) = Machine::new(config, state);
        let core = Rc::new(Self {
            raw,
            binary_type,
            machine: RefCell::new(machine),
            listeners: Default::default(),
            source: Source::default(),
            timeout: Cell::default(),
            grace_timer: Cell::default(),
            send_buffer_timer: Cell::default(),
            send_buffer: SendBuffer::new(high_water_mark, buffered),
            waiters: Waiters::default(),
            reader: Cell::default(),
            handles: Cell::default(),
        });
        core.source.listen(&core, message_handler, is_limited);
        for (listener, (event, handler)) in core.listeners.iter().zip(EVENTS) {
            listener.set(Some(Listener::new(&core.raw, event, weak_js_closure(&core, handler))));
        }
        if timeout_ms.is_some() {
            core.set_timeout(timeout_ms);
        }
        core
    }

    /// The one place that borrows the machine, never across anything but the machine's own code.
    #[inline(never)]
    fn machine(&self) -> RefMut<'_, Machine<Payload>> {
        self.machine.borrow_mut()
    }

    /// Handles a `message` event.
    pub(crate) fn message_event(self: &Rc<Self>, event: &JsValue) {
        self.send_buffer.refresh(&self.raw);
        // `data` is read before the machine is borrowed: a page's own event can have a getter that re-enters.
        let message = Payload::Js(data(event));
        let effects = self.machine().message_event(message);
        self.apply(effects);
    }

    /// Handles a `message` event where a receive limit counts the bytes.
    pub(crate) fn message_event_limited(self: &Rc<Self>, event: &JsValue) {
        self.send_buffer.refresh(&self.raw);
        let (message, bytes) = Payload::measured(data(event));
        let ready = self.ready_state();
        let effects = self.machine().message_event_limited(message, bytes, ready);
        self.apply(effects);
    }

    /// Returns the raw socket's own state.
    pub(crate) fn ready_state(&self) -> ReadyState {
        ReadyState::from_raw(self.raw.ready_state())
    }

    /// Returns the connection's state: closed once it has a `CloseInfo`, even if the browser is still closing.
    pub(crate) fn state(&self) -> ReadyState {
        match self.close_info() {
            Some(_) => ReadyState::Closed,
            None => self.ready_state(),
        }
    }

    /// Carries out effects. Nothing is borrowed meanwhile, because each line may re-enter this socket.
    fn apply(self: &Rc<Self>, effects: Effects) {
        for (at, listener) in self.listeners.iter().enumerate() {
            if effects.dropped_listeners() >> at & 1 != 0 {
                listener.take();
            }
        }
        self.source.stop(effects.any(Effects::DROP_MESSAGE), || self.machine().recv_queue.is_accepting());
        if effects.any(Effects::STOP_TIMEOUT.and(Effects::START_TIMEOUT)) {
            let after_ms = self.machine().close_timeout_ms();
            self.set_timeout(effects.any(Effects::START_TIMEOUT).then_some(after_ms));
        }
        if effects.any(Effects::STOP_GRACE) {
            self.grace_timer.take();
            self.send_buffer_timer.take();
        }
        if effects.any(Effects::START_GRACE) {
            self.set_timer(&self.grace_timer, Some(CLOSE_EVENT_GRACE_MS), |core, _| {
                let ready = core.ready_state();
                let effects = core.machine().grace_elapsed(ready);
                core.apply(effects);
            });
        }
        if effects.any(Effects::CLOSE) {
            // `bufferedAmount` is read for the last time: it is unreliable after `close`.
            self.send_buffer.buffered(&self.raw);
            let frame = self.machine().frame();
            let (code, reason) = (frame.code().map(u16::from), frame.reason());
            // A frame is valid by construction, so no browser throws. If another host does, the timeout applies.
            let _exception = self.raw.unchecked_ref::<RawSocket>().close(code, code.map(|_| reason));
        }
        let others = WakeOnDrop { core: self, interest: effects.wakes() };
        if effects.any(Effects::WAKE_RECV) {
            self.wake_reader();
        }
        drop(others);
    }

    fn set_timeout(self: &Rc<Self>, after_ms: Option<u32>) {
        self.set_timer(&self.timeout, after_ms, |core, _| {
            let ready = core.ready_state();
            let effects = core.machine().timeout_elapsed(ready);
            core.apply(effects);
        });
    }

    fn set_timer(self: &Rc<Self>, timer: &Cell<Option<Timer>>, after_ms: Option<u32>, handler: EventHandler<Core>) {
        let new = after_ms.map(|after_ms| Timer::new(after_ms, weak_js_closure(self, handler)));
        // A monkey-patched `setTimeout` may have run code that closed the connection, which needs no timer then.
        let is_closed = self.machine().close_info().is_some();
        timer.replace(new.filter(|_| !is_closed));
    }

    pub(crate) fn close_info(&self) -> Option<CloseInfo> {
        self.machine().close_info().cloned()
    }

    pub(crate) fn was_open(&self) -> bool {
        self.machine().was_open()
    }

    pub(crate) fn is_detached(&self) -> bool {
        self.machine().is_detached()
    }

    pub(crate) fn close(self: &Rc<Self>, frame: CloseFrame) {
        let ready = self.ready_state();
        let effects = self.machine().close(frame, ready);
        self.apply(effects);
    }

    pub(crate) fn finish(self: &Rc<Self>, frame: CloseFrame) {
        let effects = self.machine().finish(frame);
        self.apply(effects);
    }

    pub(crate) fn last_handle_dropped(self: &Rc<Self>) {
        let ready = self.ready_state();
        let effects = self.machine().last_handle_dropped(ready);
        self.apply(effects);
    }

    /// Releases the raw socket, with the `binaryType` that it had.
    pub(crate) fn release_raw(self: &Rc<Self>) -> web_sys::WebSocket {
        let effects = self.machine().release_raw();
        self.apply(effects);
        self.raw.unchecked_ref::<RawSocket>().set_binary_type(&self.binary_type);
        self.raw.clone()
    }
}

fn data(event: &JsValue) -> JsValue {
    event.unchecked_ref::<web_sys::MessageEvent>().data()
}

/// Wakes everything but the reader when it is dropped: the reader can be a closure, and if it panics with
/// `panic = "unwind"`, no task may be left waiting.
struct WakeOnDrop<'a> {
    core: &'a Core,
    interest: Interest,
}

impl Drop for WakeOnDrop<'_> {
    fn drop(&mut self) {
        if self.interest.any(Interest::FLUSHED) {
            self.core.send_buffer.clear_flush_target();
        }
        if self.interest != Interest::NONE {
            self.core.waiters.wake(self.interest);
        }
    }
}
