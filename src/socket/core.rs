//! One raw socket with its listeners, timers and waiters: reports to the machine, carries out what it says.

use super::closed::{Closed, ReadyState};
use super::effects::{Change, Effects, Listening, Wake};
use super::inbox::Taken;
use super::machine::{Alarm, Config, Gate, Input, Machine};
use super::outbox::Outbox;
use super::payload::Payload;
use super::waiters::Waiters;
use super::{Message, RecvError};
use crate::listener::Listener;
use crate::timer::Timer;
use crate::{CloseEvent, CloseFrame};
use ::core::cell::RefCell;
use ::core::task::{Context, Poll, Waker};
use std::rc::{Rc, Weak};
use wasm_bindgen::{JsCast, JsValue};

/// Shared by the handles of one socket and by the futures that wait for its end.
///
/// Listeners and timers hold it weakly, so it lives no longer than handles and futures do; whatever is still
/// registered goes with it.
pub(crate) struct Core {
    pub(crate) raw: web_sys::WebSocket,
    /// What it was before we took the socket over.
    binary_type: web_sys::BinaryType,
    me: Weak<Core>,
    machine: RefCell<Machine<Payload>>,
    listeners: RefCell<Vec<(&'static str, Listener)>>,
    deadline: RefCell<Option<Timer>>,
    grace: RefCell<Option<Timer>>,
    pub(crate) outbox: Outbox,
    reader: RefCell<Reader>,
    pub(crate) openers: Waiters,
    pub(crate) enders: Waiters,
}

/// Who is told that there is something to take.
#[derive(Default)]
enum Reader {
    #[default]
    Nobody,
    Task(Waker),
    Callback(Rc<dyn Fn(&Core)>),
}

impl Core {
    /// Takes over a socket in this state. To miss nothing, this has to happen in the turn in which the socket was made.
    pub(crate) fn new(raw: web_sys::WebSocket, state: ReadyState, config: Config, send_buffer: usize) -> Rc<Self> {
        let binary_type = raw.binary_type();
        raw.set_binary_type(web_sys::BinaryType::Arraybuffer);
        let outbox = Outbox::new(send_buffer, raw.buffered_amount());
        let (machine, effects) = Machine::new(config, state);
        let core = Rc::new_cyclic(|me| Self {
            raw,
            binary_type,
            me: me.clone(),
            machine: RefCell::new(machine),
            listeners: RefCell::default(),
            deadline: RefCell::default(),
            grace: RefCell::default(),
            outbox,
            reader: RefCell::default(),
            openers: Waiters::default(),
            enders: Waiters::default(),
        });
        let listeners = vec![
            core.listen("open", |core, _| core.step(Input::Opened)),
            core.listen("message", Self::received),
            core.listen("error", |core, _| core.step(Input::Errored)),
            core.listen("close", |core, event| {
                core.step(Input::Closed(CloseEvent::read(event), core.ready_state()));
            }),
        ];
        *core.listeners.borrow_mut() = listeners;
        core.apply(effects);
        core
    }

    fn listen(&self, event: &'static str, happened: fn(&Self, &JsValue)) -> (&'static str, Listener) {
        let me = Weak::clone(&self.me);
        let listener = Listener::new(&self.raw, event, move |event| {
            if let Some(core) = me.upgrade() {
                happened(&core, event);
            }
        });
        (event, listener)
    }

    fn received(&self, event: &JsValue) {
        self.outbox.refresh(&self.raw);
        let data = event.unchecked_ref::<web_sys::MessageEvent>().data();
        let has_limit = self.machine.borrow().has_limit();
        let input = if has_limit {
            let (message, bytes) = Payload::measured(data);
            Input::Message(message, bytes, self.ready_state())
        } else {
            Input::Message(Payload::Js(data), 0, ReadyState::Open)
        };
        self.step(input);
    }

    /// The raw socket's own state.
    pub(crate) fn ready_state(&self) -> ReadyState {
        self.raw.ready_state().into()
    }

    /// Our state: an end that we declared counts, whatever the raw socket still does.
    pub(crate) fn state(&self) -> ReadyState {
        match self.machine.borrow().closed() {
            Some(_) => ReadyState::Closed,
            None => self.ready_state(),
        }
    }

    pub(crate) fn step(&self, input: Input<Payload>) {
        let effects = self.machine.borrow_mut().step(input);
        self.apply(effects);
    }

    /// Nothing is borrowed while any of this runs: each line may come back into this socket.
    fn apply(&self, effects: Effects) {
        let Effects { detach, deadline, grace, close, wake } = effects;
        if detach == Listening::DropAll {
            self.outbox.stop();
        }
        self.detach(detach);
        self.set_timer(&self.deadline, Alarm::Deadline, deadline);
        self.set_timer(&self.grace, Alarm::Grace, grace);
        if let Some(frame) = close {
            // The last moment at which the browser tells how much is left to send.
            self.outbox.buffered(&self.raw);
            self.close_raw(&frame);
        }
        self.wake(wake);
    }

    fn detach(&self, which: Listening) {
        let goes = |event: &str| match which {
            Listening::KeepAll => false,
            Listening::DropMessage => event == "message",
            Listening::KeepClose => event != "close",
            Listening::DropAll => true,
        };
        if which != Listening::KeepAll {
            let all = self.listeners.take();
            let (_freed, kept) = all.into_iter().partition(|(event, _)| goes(event));
            self.listeners.replace(kept);
        }
    }

    fn set_timer(&self, timer: &RefCell<Option<Timer>>, alarm: Alarm, change: Change) {
        let new = match change {
            Change::Keep => return,
            Change::Stop => None,
            Change::Start(after) => {
                let me = Weak::clone(&self.me);
                Some(Timer::new(after, move || {
                    if let Some(core) = me.upgrade() {
                        core.step(Input::Tick(alarm, core.ready_state()));
                    }
                }))
            }
        };
        let old = core::mem::replace(&mut *timer.borrow_mut(), new);
        drop(old);
    }

    fn close_raw(&self, frame: &CloseFrame) {
        let _thrown = match (frame.code(), frame.reason()) {
            (None, _) => self.raw.close(),
            (Some(code), "") => self.raw.close_with_code(code.as_u16()),
            (Some(code), reason) => self.raw.close_with_code_and_reason(code.as_u16(), reason),
        };
        // A frame is valid by construction, so no engine throws. If a host does all the same, the deadline ends it.
    }

    fn wake(&self, wake: Wake) {
        let rest = WakeRest { core: self, wake };
        if wake.recv {
            self.wake_reader();
        }
        drop(rest);
    }

    fn wake_reader(&self) {
        // A task asks to be woken each time, a callback stays.
        let reader = self.reader.take();
        match reader {
            Reader::Nobody => {}
            Reader::Task(waker) => waker.wake(),
            Reader::Callback(callback) => {
                self.reader.replace(Reader::Callback(Rc::clone(&callback)));
                callback(self);
            }
        }
    }

    /// Has this called whenever there may be something to take, now already.
    pub(crate) fn read_by(&self, callback: impl Fn(&Core) + 'static) {
        let old = self.reader.replace(Reader::Callback(Rc::new(callback)));
        drop(old);
        self.wake_reader();
    }

    pub(crate) fn read_by_nobody(&self) {
        let old = self.reader.take();
        drop(old);
    }

    pub(crate) fn closed(&self) -> Option<Closed> {
        self.machine.borrow().closed().cloned()
    }

    pub(crate) fn was_open(&self) -> bool {
        self.machine.borrow().was_open()
    }

    pub(crate) fn is_over(&self) -> bool {
        self.machine.borrow().inbox.is_over()
    }

    pub(crate) fn is_released(&self) -> bool {
        self.machine.borrow().is_released()
    }

    pub(crate) fn gate(&self) -> Gate {
        self.machine.borrow().gate()
    }

    pub(crate) fn close(&self, frame: CloseFrame) {
        self.step(Input::UserClosed(frame, self.ready_state()));
    }

    /// The last handle goes, or the raw socket is given back.
    pub(crate) fn release(&self, close: bool) {
        self.step(Input::Released { close, ready: self.ready_state() });
    }

    /// The raw socket as it was, but for what has happened to it.
    pub(crate) fn give_back(&self) -> web_sys::WebSocket {
        self.release(false);
        if let web_sys::BinaryType::Blob = self.binary_type {
            self.raw.set_binary_type(self.binary_type);
        }
        self.raw.clone()
    }

    /// Nobody reads any more.
    pub(crate) fn abandon(&self) {
        self.read_by_nobody();
        self.step(Input::Abandoned);
    }

    /// Sends no more, and closes when all is handed to the network.
    pub(crate) fn drain(&self) {
        let buffered = self.outbox.buffered(&self.raw);
        self.step(Input::Drained { buffered, ready: self.ready_state() });
        self.watch_outbox();
    }

    /// Looks at the send buffer again after a while, as long as somebody waits for it to shrink.
    pub(crate) fn watch_outbox(&self) {
        // Afterwards there is nothing to see, and the end wakes whoever waits.
        if self.ready_state() != ReadyState::Open {
            return;
        }
        let draining = self.machine.borrow().is_draining();
        let me = Weak::clone(&self.me);
        self.outbox.watch(draining, move || {
            if let Some(core) = me.upgrade() {
                core.outbox.look(&core.raw);
                if core.machine.borrow().is_draining() {
                    core.drain();
                } else {
                    core.watch_outbox();
                }
            }
        });
    }

    /// The next message, error or end, if there is one now.
    pub(crate) fn take(&self) -> Poll<Option<Result<Message, RecvError>>> {
        self.take_as(Payload::read)
    }

    /// The same, and who asked is woken when there may be one.
    pub(crate) fn poll_take(&self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, RecvError>>> {
        self.poll_take_as(cx, Payload::read)
    }

    pub(crate) fn poll_take_as<T>(
        &self,
        cx: &mut Context<'_>,
        read: fn(Payload) -> Option<T>,
    ) -> Poll<Option<Result<T, RecvError>>> {
        let taken = self.take_as(read);
        if taken.is_ready() {
            return taken;
        }
        let old = self.reader.replace(Reader::Task(cx.waker().clone()));
        drop(old);
        // Again, as a waker is the caller's code and may have brought something about.
        self.take_as(read)
    }

    fn take_as<T>(&self, read: fn(Payload) -> Option<T>) -> Poll<Option<Result<T, RecvError>>> {
        let taken = self.machine.borrow_mut().take();
        Poll::Ready(match taken {
            Taken::Message(message) => Some(read(message).ok_or_else(|| {
                self.step(Input::Unreadable(self.ready_state()));
                RecvError::unreadable()
            })),
            Taken::Fault(fault) => Some(Err(RecvError::from(fault))),
            Taken::Lost => self.closed().map(|closed| Err(RecvError::lost(closed))),
            Taken::End => None,
            Taken::Wait => return Poll::Pending,
        })
    }
}

/// Wakes all but the reader when it is dropped: the reader can be a closure, and where panics unwind one that panics on
/// the end must leave nobody waiting for it.
struct WakeRest<'a> {
    core: &'a Core,
    wake: Wake,
}

impl Drop for WakeRest<'_> {
    fn drop(&mut self) {
        if self.wake.open {
            self.core.openers.wake_all();
        }
        if self.wake.send {
            self.core.outbox.wake_all();
        }
        if self.wake.closed {
            self.core.enders.wake_all();
        }
    }
}
