//! One connection with all its handles and tasks, and the steps of an order.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use onclose::{CloseFrame, CloseInfo, CloseListener, ClosedFuture, Message, RecvError, WebSocketSender};
use wasm_bindgen_futures::spawn_local;
use web_sys::WebSocket;

use super::slot::{self, Slot};
use super::traces::{self, ask, pause, until};
use crate::teardown::{Order, Shape, Start, Step};

mod after;

const ASKED: CloseFrame = CloseFrame::from_static(4000, "asked");
const LEFT: CloseFrame = CloseFrame::from_static(4100, "left");
/// How long a condition may take to hold, on a busy machine.
const PATIENCE_MS: u32 = 15_000;
/// A timeout that passes, and the time in which it does.
const SOON: Duration = Duration::from_millis(40);
const PAST_MS: u32 = 70;
/// A timeout that does not pass.
const LATE: Duration = Duration::from_secs(60);

thread_local! {
    /// The scenes of `begin_order`, which remain.
    static STAYING: RefCell<Vec<Scene>> = const { RefCell::new(Vec::new()) };
}

pub(super) struct Scene {
    order: Order,
    url: String,
    id: String,
    /// The peer does not answer Close, so that a timeout passes.
    quiet: bool,
    stage: Rc<Stage>,
    /// A task that awaits the close of the raw socket.
    observer: Option<Slot>,
}

/// What callbacks and wakers act on.
struct Stage {
    raw: WebSocket,
    slots: RefCell<Vec<Slot>>,
    guards: RefCell<Vec<CloseListener>>,
    on_close: RefCell<Option<Box<dyn FnOnce()>>>,
    ends: RefCell<Vec<CloseInfo>>,
    messages: Cell<u32>,
    /// Orders to the peer that it has not confirmed.
    ordering: Cell<u32>,
    violations: RefCell<Vec<String>>,
}

impl Stage {
    fn add(
        self: &Rc<Self>,
        name: &'static str,
        handle: Option<WebSocketSender>,
        task: impl Future<Output = ()> + 'static,
    ) {
        let slot = Slot::new(name, handle, task);
        self.slots.borrow_mut().push(slot);
    }

    fn slots(&self) -> Vec<Slot> {
        self.slots.borrow().clone()
    }

    fn leave(&self, name: &str) {
        self.slots().iter().filter(|slot| slot.name() == name).for_each(Slot::leave);
    }

    /// Drops every handle, but not the futures of the close.
    fn leave_all(&self, first: usize) {
        let mut slots = self.slots();
        slots.retain(|slot| !matches!(slot.name(), "closed" | "closing"));
        let first = first % slots.len().max(1);
        slots.rotate_left(first);
        slots.iter().for_each(Slot::leave);
        let guards = self.guards.take();
        drop(guards);
    }

    /// Closes by the first handle that is left; returns whether there is one.
    fn close(self: &Rc<Self>) -> bool {
        let Some(closed) = self.slots().iter().find_map(|slot| slot.with_handle(|handle| handle.close(ASKED))) else {
            return false;
        };
        self.add("closing", None, Rc::clone(self).log_close(closed));
        true
    }

    async fn log_close(self: Rc<Self>, closed: ClosedFuture) {
        let closed = closed.await;
        self.ends.borrow_mut().push(closed);
    }

    fn violation(&self, what: impl Into<String>) {
        self.violations.borrow_mut().push(what.into());
    }

    async fn read(self: Rc<Self>, mut recv: impl AsyncFnMut() -> Option<Result<Message, RecvError>>) {
        let mut errors = 0;
        while let Some(received) = recv().await {
            match received {
                Ok(_) if errors > 0 => self.violation("a message followed an error"),
                Ok(_) => self.messages.set(self.messages.get() + 1),
                Err(_) => errors += 1,
            }
        }
        if errors > 1 {
            self.violation(format!("the stream had {errors} errors"));
        }
        if recv().await.is_some() {
            self.violation("the stream continued after its end");
        }
    }

    /// Awaits the open and the close, and holds the connection meanwhile.
    async fn wait(self: Rc<Self>, sender: WebSocketSender) {
        let opened = sender.opened().await;
        let closed = sender.closed().await;
        if opened.is_ok() != closed.was_open() {
            self.violation("the open and the close contradict each other");
        }
        self.ends.borrow_mut().push(closed);
    }
}

/// Sends until it fails, waiting for capacity.
async fn send_on(sender: WebSocketSender) {
    while sender.send("more").await.is_ok() {}
}

/// The same, and flushes after each message.
async fn flush_on(sender: WebSocketSender) {
    while sender.send("more").await.is_ok() && sender.flush().await.is_ok() {}
}

impl Scene {
    pub(super) async fn set(url: &str, prefix: &str, order: &Order) -> Result<Self, String> {
        slot::arm(None);
        let has = |step| order.steps.contains(&step);
        let (timed, connecting) = (has(Step::Time), order.start == Start::Connecting);
        let id = format!("{prefix}{:x}", (js_sys::Math::random() * 2f64.powi(52)) as u64);
        let quiet = if timed { "&quiet" } else { "" };
        let delay = if connecting { if timed { "&accept_delay=300" } else { "&accept_delay=30" } } else { "" };
        let address = format!("{}/obey?id={id}{quiet}{delay}", url.replacen("http", "ws", 1));
        let raw = match order.start {
            Start::Framed => traces::framed(&address),
            _ => WebSocket::new(&address),
        };
        let raw = raw.map_err(|error| format!("The socket was not created: {error:?}"))?;

        let stage = Rc::new(Stage {
            raw: raw.clone(),
            slots: RefCell::default(),
            guards: RefCell::default(),
            on_close: RefCell::default(),
            ends: RefCell::default(),
            messages: Cell::default(),
            ordering: Cell::default(),
            violations: RefCell::default(),
        });
        // Registered before the crate's listeners, so it runs before them.
        let weak = Rc::downgrade(&stage);
        let guard = onclose::on_close(&raw, move |_| {
            let action = weak.upgrade().and_then(|stage| stage.on_close.take());
            if let Some(action) = action {
                action();
            }
        });
        stage.guards.borrow_mut().push(guard);

        let socket = onclose::WebSocket::builder(&address)
            .connect_timeout(if timed && connecting { SOON } else { LATE })
            .close_timeout(if timed || has(Step::FrameRemoved) { SOON } else { LATE })
            .send_high_water_mark(if order.busy { 1 } else { 1 << 20 })
            .default_close_frame(LEFT)
            .from_raw(raw.clone());
        let (sender, clone) = (socket.sender(), socket.sender());
        stage.add("closed", None, Rc::clone(&stage).log_close(socket.closed()));
        match order.busy {
            true => {
                stage.add("sender", Some(sender.clone()), send_on(sender));
                stage.add("clone", Some(clone.clone()), flush_on(clone));
            }
            false => {
                stage.add("sender", Some(sender.clone()), Rc::clone(&stage).wait(sender));
                stage.add("clone", Some(clone.clone()), Rc::clone(&stage).wait(clone));
            }
        }
        let mut observer = None;
        match order.shape {
            Shape::Whole => {
                // The removal of an iframe fires no event, so an observer would wait indefinitely.
                if order.start != Start::Framed {
                    let closed = onclose::closed(&raw);
                    observer = Some(Slot::new("observer", None, async { drop(closed.await) }));
                }
                let mut socket = socket;
                stage.add("receiver", None, Rc::clone(&stage).read(async move || socket.recv().await));
            }
            Shape::Split => {
                let (half, mut receiver) = socket.split();
                stage.add("half", Some(half.clone()), Rc::clone(&stage).wait(half));
                stage.add("receiver", None, Rc::clone(&stage).read(async move || receiver.recv().await));
            }
        }
        if !connecting && !until(PATIENCE_MS, || raw.ready_state() == WebSocket::OPEN).await {
            return Err("It did not open.".to_owned());
        }
        let (order, url, quiet) = (order.clone(), url.to_owned(), timed);
        Ok(Self { order, url, id, quiet, stage, observer })
    }

    /// Leaves everything as it is until the page or worker ends; returns the id of the connection.
    pub(super) fn stay(self) -> String {
        let id = self.id.clone();
        STAYING.with_borrow_mut(|staying| staying.push(self));
        id
    }

    pub(super) async fn play(&mut self, steps: &[Step]) -> Result<(), String> {
        for step in steps {
            self.step(*step).await?;
            if self.order.paced {
                pause(0).await;
            }
        }
        Ok(())
    }

    async fn step(&mut self, step: Step) -> Result<(), String> {
        let stage = &self.stage;
        let again = Rc::downgrade(stage);
        match step {
            Step::DropReceiver => stage.leave("receiver"),
            Step::DropHalf => stage.leave("half"),
            Step::DropSender => stage.leave("sender"),
            Step::DropClone => stage.leave("clone"),
            Step::DropClosed => stage.leave("closed"),
            Step::Close => drop(stage.close()),
            Step::ServerCloses => self.order_peer("close=4001&reason=go").await?,
            Step::ServerResets => self.order_peer("end=rst").await?,
            Step::ServerEnds => self.order_peer("end=fin").await?,
            Step::Message => self.order_peer("say=hello").await?,
            Step::Time => pause(PAST_MS).await,
            Step::CallbackDrops => {
                let action = move || {
                    if let Some(stage) = again.upgrade() {
                        stage.leave_all(1);
                    }
                };
                stage.on_close.replace(Some(Box::new(action)));
            }
            Step::CallbackCloses => {
                let guard = onclose::on_close(&stage.raw, move |_| {
                    if let Some(stage) = again.upgrade() {
                        stage.close();
                    }
                });
                stage.guards.borrow_mut().push(guard);
            }
            Step::WakerDrops => slot::arm(Some(Box::new(move || {
                if let Some(stage) = again.upgrade() {
                    stage.leave_all(2);
                }
            }))),
            Step::WakerCloses => slot::arm(Some(Box::new(move || {
                if let Some(stage) = again.upgrade() {
                    stage.close();
                }
            }))),
            Step::FrameRemoved => traces::unframe(),
        }
        Ok(())
    }

    /// Gives the peer an order. If the steps are paced, waits for its effect; otherwise that may come between later steps.
    async fn order_peer(&self, order: &str) -> Result<(), String> {
        let url = format!("{}/tell?id={}&{order}", self.url, self.id);
        let stage = Rc::clone(&self.stage);
        stage.ordering.set(stage.ordering.get() + 1);
        if !self.order.paced {
            spawn_local(async move {
                if let Err(error) = ask(&url).await {
                    stage.violation(error);
                }
                stage.ordering.set(stage.ordering.get() - 1);
            });
            return Ok(());
        }
        let before = stage.messages.get();
        let answer = ask(&url).await?;
        stage.ordering.set(stage.ordering.get() - 1);
        // The connection no longer takes orders, or does not yet.
        if answer.get("error").is_some() || stage.raw.ready_state() != WebSocket::OPEN {
            return Ok(());
        }
        let reads = || stage.slots().iter().any(|slot| slot.name() == "receiver" && slot.waits());
        let says = order.starts_with("say");
        let seen = until(PATIENCE_MS, || match stage.raw.ready_state() {
            WebSocket::OPEN => says && (stage.messages.get() > before || !reads()),
            _ => true,
        });
        if seen.await { Ok(()) } else { Err(format!("\"{order}\" had no effect.")) }
    }
}
