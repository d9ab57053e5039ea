//! Tasks that are polled only when they were woken, and what became of each message.

use super::fake::Fake;
use crate::remote::actor::Actor;
use crate::remote::channel::{Shared, channel};
use crate::remote::{RemoteSender, RemoteWebSocket};
use crate::socket::{Message, ReadyState};
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Waker};
use futures_util::{SinkExt, StreamExt};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Wake;

pub(super) fn message(id: usize) -> Message {
    Message::from(format!("{id:>40}"))
}

pub(super) fn id(message: &Message) -> usize {
    message.as_text().and_then(|text| text.trim().parse().ok()).unwrap_or(usize::MAX)
}

pub(super) struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// A task that is polled only after it was woken.
pub(super) struct Task {
    pub(super) future: Option<Pin<Box<dyn Future<Output = ()>>>>,
    pub(super) woken: Arc<Flag>,
}

impl Task {
    pub(super) fn new(future: impl Future<Output = ()> + 'static) -> Self {
        Self { future: Some(Box::pin(future)), woken: Arc::new(Flag(AtomicBool::new(true))) }
    }

    pub(super) fn run(&mut self) -> bool {
        let Some(future) = &mut self.future else { return false };
        if !self.woken.0.swap(false, Ordering::SeqCst) {
            return false;
        }
        let waker = Waker::from(Arc::clone(&self.woken));
        if future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
            self.future = None;
        }
        true
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    DriverDropped,
    Unreadable,
    End,
}

/// What became of messages, by their numbers.
#[derive(Default)]
pub(super) struct Log {
    /// In the order in which they were given to a handle.
    pub(super) begun: Vec<usize>,
    pub(super) confirmed: BTreeSet<usize>,
    pub(super) returned: BTreeMap<usize, usize>,
    /// Accepted by sinks.
    pub(super) accepted: BTreeSet<usize>,
    pub(super) received: usize,
    /// How the stream ended.
    pub(super) ended: Vec<Ended>,
    pub(super) closed: usize,
}

impl Log {
    pub(super) fn give_back(&mut self, number: usize) {
        *self.returned.entry(number).or_default() += 1;
    }
}

pub(super) struct World {
    pub(super) browser: Fake,
    pub(super) shared: Arc<Shared>,
    pub(super) driver: Option<Task>,
    pub(super) handle: Option<RemoteWebSocket>,
    pub(super) sender: Option<RemoteSender>,
    pub(super) tasks: Vec<Task>,
    /// The message of each task that sends one.
    pub(super) sends: Vec<Option<usize>>,
    pub(super) log: Rc<RefCell<Log>>,
    pub(super) cancelled: BTreeSet<usize>,
    pub(super) next: usize,
}

pub(super) const WINDOW: usize = 400;

impl World {
    pub(super) fn new() -> Self {
        let browser = Fake::default();
        let (handles, end) = channel("ws://host/".to_owned(), ReadyState::Open, WINDOW);
        let shared = Arc::clone(&handles.shared);
        let mut actor = Actor::new(browser.clone(), end);
        let driver = Task::new(core::future::poll_fn(move |cx| actor.poll(cx).map(drop)));
        let handle = RemoteWebSocket::new(handles);
        let sender = Some(handle.sender());
        let mut world = Self {
            browser,
            shared,
            driver: Some(driver),
            handle: Some(handle),
            sender,
            tasks: Vec::new(),
            sends: Vec::new(),
            log: Rc::default(),
            cancelled: BTreeSet::new(),
            next: 0,
        };
        if let Some(closed) = world.handle.as_ref().map(RemoteWebSocket::closed) {
            let log = Rc::clone(&world.log);
            world.spawn(None, async move {
                closed.await;
                log.borrow_mut().closed += 1;
            });
        }
        world
    }

    /// Spawns a task and polls it once.
    pub(super) fn spawn(&mut self, sends: Option<usize>, future: impl Future<Output = ()> + 'static) {
        let mut task = Task::new(future);
        task.run();
        self.tasks.push(task);
        self.sends.push(sends);
    }

    pub(super) fn number(&mut self) -> usize {
        self.next += 1;
        self.next
    }

    pub(super) fn send(&mut self) {
        let Some(sender) = self.sender.clone() else { return };
        let (number, log) = (self.number(), Rc::clone(&self.log));
        self.log.borrow_mut().begun.push(number);
        self.spawn(Some(number), async move {
            match sender.send(message(number)).await {
                Ok(()) => drop(log.borrow_mut().confirmed.insert(number)),
                Err(error) => {
                    let returned = error.into_message().expect("the message");
                    log.borrow_mut().give_back(id(&returned));
                }
            }
        });
    }

    /// Feeds messages to a sink of their own, then flushes until every message is accounted for.
    pub(super) fn feed(&mut self, count: usize) {
        let Some(mut sink) = self.sender.clone() else { return };
        let numbers: Vec<_> = (0..count).map(|_| self.number()).collect();
        let log = Rc::clone(&self.log);
        self.spawn(None, async move {
            for &number in &numbers {
                match sink.feed(message(number)).await {
                    Ok(()) => {
                        let mut log = log.borrow_mut();
                        log.begun.push(number);
                        log.accepted.insert(number);
                    }
                    Err(error) => {
                        log.borrow_mut().begun.push(number);
                        log.borrow_mut().give_back(id(error.message().expect("the message")));
                    }
                }
            }
            let mut failed = false;
            while let Err(error) = sink.flush().await {
                failed = true;
                log.borrow_mut().give_back(id(error.message().expect("the message")));
                if number_is_even(error.message()) {
                    let unsent = sink.unsent();
                    unsent.iter().for_each(|message| log.borrow_mut().give_back(id(message)));
                }
            }
            assert!(failed || sink.unsent().is_empty());
            let mut log = log.borrow_mut();
            let sent: Vec<_> = numbers.iter().filter(|number| !log.returned.contains_key(number)).copied().collect();
            log.confirmed.extend(sent);
        });
    }

    pub(super) fn read(&mut self) {
        let Some(mut handle) = self.handle.take() else { return };
        let log = Rc::clone(&self.log);
        self.spawn(None, async move {
            while let Some(received) = handle.next().await {
                match received {
                    Ok(_) => log.borrow_mut().received += 1,
                    Err(error) if error.is_driver_dropped() => log.borrow_mut().ended.push(Ended::DriverDropped),
                    Err(_) => log.borrow_mut().ended.push(Ended::Unreadable),
                }
            }
            log.borrow_mut().ended.push(Ended::End);
        });
    }

    pub(super) fn cancel(&mut self, at: usize) {
        let at = at % self.tasks.len();
        if let (Some(number), true) = (self.sends[at], self.tasks[at].future.is_some()) {
            self.tasks[at].future = None;
            self.cancelled.insert(number);
        }
    }

    pub(super) fn run_driver(&mut self) -> bool {
        self.driver.as_mut().is_some_and(Task::run)
    }

    pub(super) fn run(&mut self) {
        while self.run_driver() || self.tasks.iter_mut().any(Task::run) {}
    }

    pub(super) fn check_order(&self) {
        let log = self.log.borrow();
        let place = |number: &usize| log.begun.iter().position(|begun| begun == number);
        let places: Vec<_> = self.browser.0.borrow().sent.iter().map(|number| place(number).expect("given")).collect();
        assert!(places.is_sorted(), "sent in another order: {places:?}");
    }

    /// Every message was sent or came back, and only once; every task has ended.
    pub(super) fn check_end(&mut self) {
        self.run();
        self.browser.closes();
        self.run();
        let pending = self.tasks.iter().filter(|task| task.future.is_some()).count();
        assert_eq!(pending, 0, "tasks that nothing wakes");
        self.check_order();
        let log = self.log.borrow();
        let sent: BTreeSet<_> = self.browser.0.borrow().sent.iter().copied().collect();
        assert_eq!(sent.len(), self.browser.0.borrow().sent.len(), "sent twice");
        for number in 1..=self.next {
            let (was_sent, returned) = (sent.contains(&number), log.returned.get(&number).copied().unwrap_or(0));
            if self.cancelled.contains(&number) {
                assert_eq!(returned, 0);
                continue;
            }
            assert_eq!(usize::from(was_sent) + returned, 1, "message {number}: sent {was_sent}, returned {returned}");
            assert_eq!(log.confirmed.contains(&number), was_sent, "message {number}");
        }
        assert_eq!(log.closed, 1);
    }
}

pub(super) fn number_is_even(message: Option<&Message>) -> bool {
    message.is_some_and(|message| id(message) % 2 == 0)
}
