//! One raw socket with its listeners, timers and waiters: reports to the machine, carries out what it says.

pub(crate) mod effects;
#[cfg(feature = "js-queue")]
mod js_queue;
pub(crate) mod machine;
pub(crate) mod recv_queue;
mod send_buffer;
pub(crate) mod source;
pub(crate) mod waiters;

use super::message::payload::Payload;
use crate::js::listener::{Listener, hook_of};
use crate::js::timer::Timer;
use crate::socket::close_info::{CloseInfo, ReadyState};
use crate::{CloseEvent, CloseFrame};
#[cfg(feature = "js-queue")]
use ::core::cell::OnceCell;
use ::core::cell::{Cell, RefCell, RefMut};
use ::core::panic::RefUnwindSafe;
use ::core::task::Waker;
use effects::Effects;
#[cfg(feature = "js-queue")]
use js_queue::Queue;
use machine::{Config, Gate, Machine};
use send_buffer::Outbox;
use std::rc::Rc;
use waiters::{FLUSHED, ROOM, Waiters};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen]
extern "C" {
    /// The browser's socket, called in ways that take less code than one method for each number of arguments.
    type Raw;
    #[wasm_bindgen(method, catch)]
    fn close(this: &Raw, code: Option<u16>, reason: Option<&str>) -> Result<(), JsValue>;
    #[wasm_bindgen(method, getter, js_name = binaryType)]
    fn binary_type(this: &Raw) -> JsValue;
    #[wasm_bindgen(method, setter, js_name = binaryType)]
    fn set_binary_type(this: &Raw, value: &JsValue);
}

/// Shared by the handles of one socket and by the futures that wait for its end.
///
/// Listeners and timers hold it weakly, so it lives no longer than handles and futures do; whatever is still
/// registered goes with it.
pub(crate) struct Core {
    pub(crate) raw: web_sys::WebSocket,
    /// What it was before we took the socket over.
    binary_type: JsValue,
    machine: RefCell<Machine<Payload>>,
    /// For `message`, and in the order of [`EVENTS`].
    listeners: [Cell<Option<Listener>>; 4],
    deadline: Cell<Option<Timer>>,
    grace: Cell<Option<Timer>>,
    /// For the next look at the send buffer.
    look: Cell<Option<Timer>>,
    pub(crate) outbox: Outbox,
    pub(crate) waiters: Waiters,
    pub(super) reader: Cell<Reader>,
    /// In the place of the listener for `message`, unless what is received is counted.
    #[cfg(feature = "js-queue")]
    pub(super) queue: OnceCell<Queue>,
    /// How many handles there are.
    pub(crate) handles: Cell<usize>,
}

/// Nobody else's code runs between two steps that belong together, so a panic leaves nothing half done. With this,
/// a `Closure` may own handles where panics unwind.
impl RefUnwindSafe for Core {}

/// Who is told that there is something to take.
#[derive(Default)]
pub(super) enum Reader {
    #[default]
    Nobody,
    Task(Waker),
    Callback(Rc<Callback>),
}

type Callback = dyn Fn(&Rc<Core>);

pub(crate) type Happened = fn(&Rc<Core>, &JsValue);

/// After `message`, which is read in one of two ways.
const EVENTS: [(&str, Happened); 3] = [
    ("open", |core, _| {
        let effects = core.machine().opened();
        core.apply(effects);
    }),
    ("error", |core, _| {
        let effects = core.machine().errored();
        core.apply(effects);
    }),
    ("close", |core, event| {
        let (event, ready) = (CloseEvent::read(event), core.ready_state());
        let effects = core.machine().close_event(event, ready);
        core.apply(effects);
    }),
];

impl Core {
    /// Takes over a socket in this state, with so many bytes that whoever had it before has left unsent. To miss nothing,
    /// this has to happen in the turn in which the socket was made.
    pub(crate) fn new(
        raw: web_sys::WebSocket,
        buffered: u32,
        state: ReadyState,
        config: Config,
        received: Happened,
        send_buffer: u32,
    ) -> Rc<Self> {
        let binary_type = raw.unchecked_ref::<Raw>().binary_type();
        raw.unchecked_ref::<Raw>().set_binary_type(&JsValue::from_str("arraybuffer"));
        #[cfg(feature = "js-queue")]
        let counts = config.recv_limit.is_some();
        let (machine, deadline) = Machine::new(config, state);
        let core = Rc::new(Self {
            raw,
            binary_type,
            machine: RefCell::new(machine),
            listeners: Default::default(),
            deadline: Cell::default(),
            grace: Cell::default(),
            look: Cell::default(),
            outbox: Outbox::new(send_buffer, buffered),
            waiters: Waiters::default(),
            reader: Cell::default(),
            #[cfg(feature = "js-queue")]
            queue: OnceCell::new(),
            handles: Cell::default(),
        });
        let events = [("message", received)].into_iter().chain(EVENTS);
        for (listener, (event, happened)) in core.listeners.iter().zip(events) {
            #[cfg(feature = "js-queue")]
            if event == "message" && !counts {
                let _first = core.queue.set(Queue::new(&core));
                continue;
            }
            listener.set(Some(Listener::new(&core.raw, event, hook_of(&core, happened))));
        }
        if deadline.is_some() {
            core.set_deadline(deadline);
        }
        core
    }

    /// The one place that borrows it, never across anything but the machine's own code.
    #[inline(never)]
    pub(super) fn machine(&self) -> RefMut<'_, Machine<Payload>> {
        self.machine.borrow_mut()
    }

    /// A `message` event.
    pub(crate) fn received(self: &Rc<Self>, event: &JsValue) {
        self.outbox.refresh(&self.raw);
        // Before anything is borrowed: a page can have put a getter of its own there.
        let message = Payload::Js(data(event));
        let effects = self.machine().message(message);
        self.apply(effects);
    }

    /// The same where a limit has the bytes counted.
    pub(crate) fn received_within(self: &Rc<Self>, event: &JsValue) {
        self.outbox.refresh(&self.raw);
        let (message, bytes) = Payload::measured(data(event));
        let ready = self.ready_state();
        let effects = self.machine().message_within(message, bytes, ready);
        self.apply(effects);
    }

    /// The raw socket's own state.
    pub(crate) fn ready_state(&self) -> ReadyState {
        self.raw.ready_state().into()
    }

    /// Our state: an end that we declared counts, whatever the raw socket still does.
    pub(crate) fn state(&self) -> ReadyState {
        match self.closed() {
            Some(_) => ReadyState::Closed,
            None => self.ready_state(),
        }
    }

    /// Nothing is borrowed while any of this runs: each line may come back into this socket.
    pub(super) fn apply(self: &Rc<Self>, effects: Effects) {
        for (at, listener) in self.listeners.iter().enumerate() {
            if effects.dropped() >> at & 1 != 0 {
                listener.take();
            }
        }
        #[cfg(feature = "js-queue")]
        self.stop_queue(effects.any(Effects::DROP_MESSAGE));
        if effects.any(Effects::STOP_DEADLINE.and(Effects::START_DEADLINE)) {
            let after = self.machine().close_timeout();
            self.set_deadline(effects.any(Effects::START_DEADLINE).then_some(after));
        }
        if effects.any(Effects::STOP_GRACE) {
            self.grace.take();
            self.look.take();
        }
        if effects.any(Effects::START_GRACE) {
            self.set_timer(&self.grace, Some(crate::observed::closed::GRACE), |core, _| {
                let ready = core.ready_state();
                let effects = core.machine().grace(ready);
                core.apply(effects);
            });
        }
        if effects.any(Effects::CLOSE) {
            // The last moment at which the browser tells how much is left to send.
            self.outbox.buffered(&self.raw);
            let frame = self.machine().frame();
            let (code, reason) = (frame.code().map(u16::from), frame.reason());
            // A frame is valid by construction, so no engine throws. If a host does all the same, the deadline ends it.
            let _thrown = self.raw.unchecked_ref::<Raw>().close(code, code.map(|_| reason));
        }
        let rest = WakeRest { core: self, kinds: effects.wakes() };
        if effects.any(Effects::WAKE_RECV) {
            self.wake_reader();
        }
        drop(rest);
    }

    fn set_deadline(self: &Rc<Self>, after: Option<u32>) {
        self.set_timer(&self.deadline, after, |core, _| {
            let ready = core.ready_state();
            let effects = core.machine().deadline(ready);
            core.apply(effects);
        });
    }

    fn set_timer(self: &Rc<Self>, timer: &Cell<Option<Timer>>, after: Option<u32>, rang: Happened) {
        let new = after.map(|after| Timer::new(after, hook_of(self, rang)));
        // A page can have put anything in the place of `setTimeout`, and that may have brought about the end.
        let ended = self.machine().closed().is_some();
        timer.replace(new.filter(|_| !ended));
    }

    pub(super) fn wake_reader(self: &Rc<Self>) {
        // A task asks to be woken each time, a callback stays.
        match self.reader.take() {
            Reader::Nobody => {}
            Reader::Task(waker) => waker.wake(),
            Reader::Callback(callback) => {
                self.reader.set(Reader::Callback(Rc::clone(&callback)));
                callback(self);
            }
        }
    }

    /// Has this called whenever there may be something to take, now already.
    pub(crate) fn read_by(self: &Rc<Self>, callback: impl Fn(&Rc<Core>) + 'static) {
        self.reader.set(Reader::Callback(Rc::new(callback)));
        self.wake_reader();
    }

    pub(crate) fn read_by_nobody(&self) {
        self.reader.take();
    }

    pub(crate) fn closed(&self) -> Option<CloseInfo> {
        self.machine().closed().cloned()
    }

    pub(crate) fn was_open(&self) -> bool {
        self.machine().was_open()
    }

    pub(crate) fn is_over(&self) -> bool {
        self.machine().inbox.is_over()
    }

    pub(crate) fn is_abandoned(&self) -> bool {
        self.machine().inbox.is_abandoned()
    }

    pub(crate) fn is_released(&self) -> bool {
        self.machine().is_released()
    }

    pub(crate) fn gate(&self) -> Gate {
        self.machine().gate()
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

    /// The last handle goes.
    pub(crate) fn let_go(self: &Rc<Self>) {
        let ready = self.ready_state();
        let effects = self.machine().let_go(ready);
        self.apply(effects);
    }

    /// The raw socket as it was, but for what has happened to it.
    pub(crate) fn give_back(self: &Rc<Self>) -> web_sys::WebSocket {
        let effects = self.machine().give_back();
        self.apply(effects);
        self.raw.unchecked_ref::<Raw>().set_binary_type(&self.binary_type);
        self.raw.clone()
    }

    /// Nobody reads any more.
    pub(crate) fn abandon(self: &Rc<Self>) {
        self.read_by_nobody();
        let effects = self.machine().abandon();
        self.apply(effects);
    }

    /// Sends no more, and closes when all is handed to the network.
    pub(crate) fn drain(self: &Rc<Self>) {
        let (buffered, ready) = (self.outbox.buffered(&self.raw), self.ready_state());
        let effects = self.machine().drain(buffered, ready);
        self.apply(effects);
        if !self.machine().is_draining() || self.ready_state() != ReadyState::Open {
            return self.watch_outbox();
        }
        // In the place of one that may run for others: it looks after them as well.
        self.set_timer(&self.look, Some(self.outbox.pause()), |core, _| {
            core.look();
            if core.machine().is_draining() { core.drain() } else { core.watch_outbox() }
        });
    }

    /// Looks at the send buffer again after a while, as long as somebody waits for it to shrink.
    pub(crate) fn watch_outbox(self: &Rc<Self>) {
        // Afterwards there is nothing to see, and the end wakes whoever waits.
        if self.ready_state() != ReadyState::Open {
            return;
        }
        if !self.waiters.waits(ROOM | FLUSHED) {
            return self.outbox.rest();
        }
        let running = self.look.take();
        if running.is_some() {
            return self.look.set(running);
        }
        self.set_timer(&self.look, Some(self.outbox.pause()), |core, _| {
            core.look();
            core.watch_outbox();
        });
    }

    /// Looks at the send buffer, and wakes who can go on.
    fn look(&self) {
        self.look.take();
        self.waiters.wake(self.outbox.look(&self.raw));
    }
}

fn data(event: &JsValue) -> JsValue {
    event.unchecked_ref::<web_sys::MessageEvent>().data()
}

/// Wakes all but the reader when it is dropped: the reader can be a closure, and where panics unwind one that panics on
/// the end must leave nobody waiting for it.
struct WakeRest<'a> {
    core: &'a Core,
    kinds: u8,
}

impl Drop for WakeRest<'_> {
    fn drop(&mut self) {
        if self.kinds & FLUSHED != 0 {
            self.core.outbox.forget_flushes();
        }
        if self.kinds != 0 {
            self.core.waiters.wake(self.kinds);
        }
    }
}
