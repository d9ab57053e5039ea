//! The browser layer: one raw socket with its listeners, timers and waiters. It reports events to the state machine and
//! carries out the effects.

pub(crate) mod effects;
pub(crate) mod machine;
pub(crate) mod receiving;
pub(crate) mod recv_queue;
pub(crate) mod send_buffer;
pub(crate) mod sending;
mod source;
pub(crate) mod wait_list;
pub(crate) mod waiters;

use crate::js::listener::{EventHandler, Listener, weak_js_closure};
use crate::js::timer::DecisionTimer;
use crate::socket::close_info::{CloseInfo, ReadyState};
use crate::socket::message::payload;
use crate::{CloseEvent, CloseFrame};
use ::core::cell::{Cell, RefCell, RefMut};
use ::core::panic::RefUnwindSafe;
use ::core::task::Waker;
use effects::Effects;
use machine::{Config, Machine};
use send_buffer::PollCause;
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
    /// web-sys has it as `u32`, which wraps at 4 GiB.
    #[wasm_bindgen(method, getter, js_name = bufferedAmount)]
    fn buffered_amount(this: &RawSocket) -> f64;
    #[wasm_bindgen(method, catch)]
    fn send(this: &RawSocket, data: &JsValue) -> Result<(), JsValue>;
}

/// Shared by the handles of one socket and by the futures that wait for its close.
///
/// Listeners and timers hold it weakly, so it lives no longer than handles and futures do, and frees what is still
/// registered.
pub(crate) struct Core {
    pub(crate) raw: web_sys::WebSocket,
    /// The `binaryType` that `release_raw` restores.
    binary_type: JsValue,
    machine: RefCell<Machine<JsValue>>,
    /// In the order of [`EVENTS`].
    listeners: [Cell<Option<Listener>>; 3],
    source: Source,
    timeout: DecisionTimer,
    send_buffer_timer: DecisionTimer,
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
        buffered: u64,
        state: ReadyState,
        config: Config,
        message_handler: EventHandler<Core>,
    ) -> Rc<Self> {
        let binary_type = raw.unchecked_ref::<RawSocket>().binary_type();
        raw.unchecked_ref::<RawSocket>().set_binary_type(&JsValue::from_str("arraybuffer"));
        let is_limited = config.recv_limit.is_some();
        let (machine, effects) = Machine::new(config, state, buffered);
        let core = Rc::new(Self {
            raw,
            binary_type,
            machine: RefCell::new(machine),
            listeners: Default::default(),
            source: Source::default(),
            timeout: DecisionTimer::default(),
            send_buffer_timer: DecisionTimer::default(),
            waiters: Waiters::default(),
            reader: Cell::default(),
            handles: Cell::default(),
        });
        core.source.listen(&core, message_handler, is_limited);
        for (listener, (event, handler)) in core.listeners.iter().zip(EVENTS) {
            listener.set(Some(Listener::new(&core.raw, event, weak_js_closure(&core, handler))));
        }
        core.apply(effects);
        core
    }

    /// The one place that borrows the machine, never across anything but the machine's own code.
    #[inline(never)]
    fn machine(&self) -> RefMut<'_, Machine<JsValue>> {
        self.machine.borrow_mut()
    }

    /// Handles a `message` event.
    pub(crate) fn message_event(self: &Rc<Self>, event: &JsValue) {
        self.poll_awaited_send_buffer();
        // `data` is read before the machine is borrowed: a page's own event can have a getter that re-enters.
        let data = data(event);
        let effects = self.machine().message_event(data);
        self.apply(effects);
    }

    /// Handles a `message` event where a receive limit counts the bytes.
    pub(crate) fn message_event_limited(self: &Rc<Self>, event: &JsValue) {
        self.poll_awaited_send_buffer();
        let data = data(event);
        let (bytes, ready) = (payload::size(&data), self.ready_state());
        let effects = self.machine().message_event_limited(data, bytes, ready);
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

    /// Returns `true` if the connection is closing or closed.
    pub(crate) fn is_closing(self: &Rc<Self>) -> bool {
        let ready = self.ready_state();
        let effects = self.machine().ready_state_observed(ready);
        self.apply(effects);
        self.machine().is_closing()
    }

    /// Returns the connection's state as far as it was observed: closing as soon as one endpoint is known to have started.
    pub(crate) fn observed_state(self: &Rc<Self>) -> ReadyState {
        match self.state() {
            state @ ReadyState::Closed => state,
            _ if self.is_closing() => ReadyState::Closing,
            state => state,
        }
    }

    /// Carries out effects. Nothing is borrowed meanwhile, because each line may re-enter this socket.
    fn apply(self: &Rc<Self>, effects: Effects) {
        for (at, listener) in self.listeners.iter().enumerate() {
            if effects.dropped_listeners() >> at & 1 != 0 {
                listener.take();
            }
        }
        self.source.stop(effects, || self.machine().recv_queue.is_accepting());
        if effects.any(Effects::STOP_TIMEOUT) {
            self.timeout.stop();
        }
        if effects.any(Effects::START_TIMEOUT) {
            let after_ms = self.machine().timeout_ms();
            self.timeout.start(after_ms, self, on_timeout);
        }
        if effects.any(Effects::STOP_POLL) {
            self.send_buffer_timer.stop();
        }
        if effects.any(Effects::CLOSE) {
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
        if effects.any(Effects::WAKE_NEXT_SENDER) {
            self.waiters.wake_to_send();
        }
    }

    /// Polls the send buffer if a task waits for it: a message arrives in a task of its own, also where timers are
    /// throttled.
    fn poll_awaited_send_buffer(self: &Rc<Self>) {
        if self.waiters.has_waiters(Interest::SEND) {
            self.poll_send_buffer(PollCause::Message);
        }
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

    pub(crate) fn close_with_default(self: &Rc<Self>) {
        let ready = self.ready_state();
        let effects = self.machine().close_with_default(ready);
        self.apply(effects);
    }

    /// Returns how many bytes were ever sent.
    pub(crate) fn sent(&self) -> u64 {
        self.machine().send_buffer.sent()
    }

    /// Returns the mark that was set, in bytes, whether or not a higher one is in force.
    #[cfg(any(feature = "futures-io", feature = "remote", feature = "tokio"))]
    pub(crate) fn high_water_mark(&self) -> u64 {
        self.machine().high_water_mark()
    }

    pub(crate) fn finish(self: &Rc<Self>, frame: CloseFrame) {
        let effects = self.machine().finish(frame);
        self.apply(effects);
        self.schedule_send_buffer_poll();
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

fn on_timeout(core: &Rc<Core>, _: &JsValue) {
    if core.timeout.is_final(core, on_timeout) {
        let ready = core.ready_state();
        let effects = core.machine().timeout_elapsed(ready);
        core.apply(effects);
    }
}

/// Returns `bufferedAmount`. It is reliable in every state: measured in three engines, what was not sent when a
/// connection closes stays in it.
pub(crate) fn raw_buffered_amount(raw: &web_sys::WebSocket) -> u64 {
    raw.unchecked_ref::<RawSocket>().buffered_amount() as u64
}

/// Sends any JavaScript value. web-sys has a method for each type.
fn raw_send(raw: &web_sys::WebSocket, data: &JsValue) -> Result<(), JsValue> {
    raw.unchecked_ref::<RawSocket>().send(data)
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
        if self.interest != Interest::NONE {
            self.core.waiters.wake(self.interest);
        }
    }
}
