//! The handles and the driver with a connection that is simulated: any order of sends, polls, cancellations, closes and
//! drops, in which only woken tasks are polled.

use super::actor::{Actor, Connection};
use super::channel::{RECV_WINDOW, Received, Shared, channel, cost};
use super::closed::Waiters;
use super::{RemoteSender, RemoteWebSocket};
use crate::socket::{CloseCause, CloseInfo, Message, ReadyState, SendErrorKind};
use crate::{CloseEvent, CloseFrame};
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use futures_util::{SinkExt, StreamExt};
use proptest::prelude::*;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Wake;

/// What the simulated socket and the tests see of each other.
#[derive(Default)]
struct Browser {
    /// How many messages have room.
    room: usize,
    sent: Vec<usize>,
    arrived: VecDeque<Received>,
    closing: bool,
    closed: Option<CloseInfo>,
    /// Left by a driver that was dropped.
    left: Option<Waiters>,
    receiver_dropped: bool,
    waker: Option<Waker>,
    /// What was read before.
    read: usize,
}

#[derive(Clone, Default)]
struct Fake(Rc<RefCell<Browser>>);

impl Fake {
    fn wake(&self) {
        let waker = self.0.borrow_mut().waker.take();
        waker.into_iter().for_each(Waker::wake);
    }

    fn drain(&self, room: usize) {
        self.0.borrow_mut().room += room;
        self.wake();
    }

    fn receive(&self, size: usize) {
        self.0.borrow_mut().arrived.push_back(Ok(Message::Binary(vec![0; size])));
        self.wake();
    }

    /// The browser's `close` event.
    fn closes(&self) {
        let info = CloseInfo::new(CloseEvent::new(1000, "", true), CloseCause::Local, true, false, None);
        self.0.borrow_mut().closed = Some(info.clone());
        let left = self.0.borrow_mut().left.take();
        if let Some(waiters) = left {
            waiters.publish(info, true);
        }
        self.wake();
    }

    fn register(&self, cx: &Context<'_>) {
        self.0.borrow_mut().waker = Some(cx.waker().clone());
    }
}

impl Connection for Fake {
    fn poll_writable(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.register(cx);
        let browser = self.0.borrow();
        if browser.room > 0 || browser.closing || browser.closed.is_some() { Poll::Ready(()) } else { Poll::Pending }
    }

    fn stop_waiting(&mut self) {}

    fn send(&mut self, message: &Message) -> Result<(), Option<SendErrorKind>> {
        let mut browser = self.0.borrow_mut();
        if browser.closing || browser.closed.is_some() {
            return Err(None);
        }
        browser.room = browser.room.saturating_sub(1);
        browser.sent.push(id(message));
        Ok(())
    }

    fn close(&mut self, _: Option<CloseFrame>) {
        self.0.borrow_mut().closing = true;
        self.wake();
    }

    fn finish(&mut self, _: CloseFrame) {
        self.0.borrow_mut().closing = true;
    }

    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Received>> {
        self.register(cx);
        let mut browser = self.0.borrow_mut();
        match browser.arrived.pop_front() {
            Some(received) => {
                browser.read += 1;
                Poll::Ready(Some(received))
            }
            None if browser.closed.is_some() => Poll::Ready(None),
            None => Poll::Pending,
        }
    }

    fn drop_receiver(&mut self) {
        self.0.borrow_mut().receiver_dropped = true;
    }

    fn poll_closed(&mut self, cx: &mut Context<'_>) -> Poll<(CloseInfo, bool)> {
        self.register(cx);
        match self.0.borrow().closed.clone() {
            Some(info) => Poll::Ready((info, true)),
            None => Poll::Pending,
        }
    }

    fn publish_when_closed(&mut self, waiters: Waiters) {
        let closed = self.0.borrow().closed.clone();
        match closed {
            Some(info) => waiters.publish(info, true),
            None => self.0.borrow_mut().left = Some(waiters),
        }
    }
}

fn message(id: usize) -> Message {
    Message::from(format!("{id:>40}"))
}

fn id(message: &Message) -> usize {
    message.as_text().and_then(|text| text.trim().parse().ok()).unwrap_or(usize::MAX)
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// A task that is polled only after it was woken.
struct Task {
    future: Option<Pin<Box<dyn Future<Output = ()>>>>,
    woken: Arc<Flag>,
}

impl Task {
    fn new(future: impl Future<Output = ()> + 'static) -> Self {
        Self { future: Some(Box::pin(future)), woken: Arc::new(Flag(AtomicBool::new(true))) }
    }

    fn run(&mut self) -> bool {
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

/// What became of messages, by their numbers.
#[derive(Default)]
struct Log {
    /// In the order in which they were given to a handle.
    begun: Vec<usize>,
    confirmed: BTreeSet<usize>,
    returned: BTreeMap<usize, usize>,
    /// Accepted by sinks.
    accepted: BTreeSet<usize>,
    received: usize,
    /// Errors of the stream, and its end.
    ended: Vec<bool>,
    closed: usize,
}

impl Log {
    fn give_back(&mut self, number: usize) {
        *self.returned.entry(number).or_default() += 1;
    }
}

struct World {
    browser: Fake,
    shared: Arc<Shared>,
    driver: Option<Task>,
    handle: Option<RemoteWebSocket>,
    sender: Option<RemoteSender>,
    tasks: Vec<Task>,
    /// The message of each task that sends one.
    sends: Vec<Option<usize>>,
    log: Rc<RefCell<Log>>,
    cancelled: BTreeSet<usize>,
    next: usize,
}

const WINDOW: usize = 400;

impl World {
    fn new() -> Self {
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
    fn spawn(&mut self, sends: Option<usize>, future: impl Future<Output = ()> + 'static) {
        let mut task = Task::new(future);
        task.run();
        self.tasks.push(task);
        self.sends.push(sends);
    }

    fn number(&mut self) -> usize {
        self.next += 1;
        self.next
    }

    fn send(&mut self) {
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
    fn feed(&mut self, count: usize) {
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

    fn read(&mut self) {
        let Some(mut handle) = self.handle.take() else { return };
        let log = Rc::clone(&self.log);
        self.spawn(None, async move {
            while let Some(received) = handle.next().await {
                match received {
                    Ok(_) => log.borrow_mut().received += 1,
                    Err(error) => log.borrow_mut().ended.push(error.is_driver_dropped()),
                }
            }
            log.borrow_mut().ended.push(false);
        });
    }

    fn cancel(&mut self, at: usize) {
        let at = at % self.tasks.len();
        if let (Some(number), true) = (self.sends[at], self.tasks[at].future.is_some()) {
            self.tasks[at].future = None;
            self.cancelled.insert(number);
        }
    }

    fn run_driver(&mut self) -> bool {
        self.driver.as_mut().is_some_and(Task::run)
    }

    fn run(&mut self) {
        while self.run_driver() || self.tasks.iter_mut().any(Task::run) {}
    }

    fn check_order(&self) {
        let log = self.log.borrow();
        let place = |number: &usize| log.begun.iter().position(|begun| begun == number);
        let places: Vec<_> = self.browser.0.borrow().sent.iter().map(|number| place(number).expect("given")).collect();
        assert!(places.is_sorted(), "sent in another order: {places:?}");
    }

    /// Every message was sent or came back, and only once; every task has ended.
    fn check_end(&mut self) {
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

fn number_is_even(message: Option<&Message>) -> bool {
    message.is_some_and(|message| id(message) % 2 == 0)
}

#[derive(Clone, Debug)]
enum Action {
    Send,
    Feed(usize),
    Cancel(usize),
    Drain(usize),
    Receive(usize),
    Read,
    RunDriver,
    RunTask(usize),
    Close,
    CloseSink,
    RemoteClose,
    DropDriver,
    DropHandles,
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        6 => Just(Action::Send),
        4 => (1usize..8).prop_map(Action::Feed),
        3 => any::<usize>().prop_map(Action::Cancel),
        3 => (1usize..4).prop_map(Action::Drain),
        2 => prop_oneof![0usize..100, Just(RECV_WINDOW / 2)].prop_map(Action::Receive),
        1 => Just(Action::Read),
        8 => Just(Action::RunDriver),
        8 => any::<usize>().prop_map(Action::RunTask),
        1 => Just(Action::Close),
        1 => Just(Action::CloseSink),
        1 => Just(Action::RemoteClose),
        1 => Just(Action::DropDriver),
        1 => Just(Action::DropHandles),
    ]
}

fn play(actions: &[Action]) {
    let mut world = World::new();
    for action in actions {
        match action {
            Action::Send => world.send(),
            Action::Feed(count) => world.feed(*count),
            Action::Cancel(at) => world.cancel(*at),
            Action::Drain(room) => world.browser.drain(*room),
            Action::Receive(size) => world.browser.receive(*size),
            Action::Read => world.read(),
            Action::RunDriver => drop(world.run_driver()),
            Action::RunTask(at) => {
                let at = at % world.tasks.len();
                world.tasks[at].run();
            }
            Action::Close => {
                if let Some(sender) = &world.sender {
                    drop(sender.close(CloseFrame::NORMAL));
                }
            }
            Action::CloseSink => {
                if let Some(mut sink) = world.sender.clone() {
                    // Its result is that of the socket; here it must end.
                    world.spawn(None, async move { drop(SinkExt::close(&mut sink).await) });
                }
            }
            Action::RemoteClose => world.browser.closes(),
            Action::DropDriver => drop(world.driver.take()),
            Action::DropHandles => drop((world.sender.take(), world.handle.take())),
        }
        world.check_order();
    }
    // The stream must end for whoever reads it; nobody else may be waited for.
    world.read();
    drop(world.sender.take());
    world.check_end();
    let ended = world.log.borrow().ended.clone();
    assert!(ended.len() <= 2, "{ended:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]
    #[test]
    fn every_message_is_sent_in_order_or_comes_back_whatever_is_dropped(actions in prop::collection::vec(action(), 0..60)) {
        play(&actions);
    }
}

#[test]
fn sinks_accept_no_more_than_the_window_and_one_message_for_each_handle() {
    let mut world = World::new();
    for _ in 0..5 {
        world.feed(50);
    }
    world.run();
    let bytes = cost(&message(1));
    let [queued, _] = world.shared.counted_bytes();
    assert!(queued >= WINDOW && queued <= WINDOW + 5 * bytes, "{queued} bytes are queued");
    for _ in 0..250 {
        world.browser.drain(1);
        world.run();
        let [queued, _] = world.shared.counted_bytes();
        assert!(queued <= WINDOW + 5 * bytes, "{queued} bytes are queued");
    }
    assert_eq!((world.browser.0.borrow().sent.len(), world.shared.counted_bytes()[0]), (250, 0));
}

#[test]
fn received_messages_wait_with_the_socket_beyond_the_window() {
    let mut world = World::new();
    const SIZE: usize = 1 << 10;
    for _ in 0..1_000 {
        world.browser.receive(SIZE);
    }
    world.run();
    let read = world.browser.0.borrow().read;
    assert_eq!(read, RECV_WINDOW.div_ceil(SIZE + 64));
    world.browser.closes();
    world.run();
    assert_eq!(world.browser.0.borrow().read, read, "the driver waits for the receiver");
    world.read();
    world.run();
    assert_eq!((world.log.borrow().received, world.shared.counted_bytes()[1]), (1_000, 0));
    assert!(world.driver.is_some_and(|driver| driver.future.is_none()), "the driver has completed");
    assert_eq!(world.log.borrow().ended, [false]);
}

#[test]
fn dropped_receiver_is_dropped_with_the_socket_as_well() {
    let mut world = World::new();
    for _ in 0..3 {
        world.browser.receive(RECV_WINDOW);
    }
    world.run();
    assert_eq!(world.browser.0.borrow().read, 1);
    drop(world.handle.take());
    world.run();
    assert!(world.browser.0.borrow().receiver_dropped, "it would keep what waits");
    world.browser.closes();
    world.run();
    assert!(world.driver.is_some_and(|driver| driver.future.is_none()), "the driver has completed");
}

#[test]
fn cancelled_sends_leave_nothing_in_the_queue() {
    let mut world = World::new();
    world.send();
    for _ in 0..10_000 {
        world.send();
        let last = world.tasks.len() - 1;
        world.cancel(last);
        world.run_driver();
        let (task, number) = (world.tasks.pop(), world.sends.pop());
        drop((task, number));
        assert!(world.shared.counted_bytes()[0] <= 2 * cost(&message(1)));
    }
}

#[test]
fn dropped_closed_futures_are_forgotten() {
    let (handles, mut end) = channel("ws://host/".to_owned(), ReadyState::Open, WINDOW);
    let handle = RemoteWebSocket::new(handles);
    let mut cx = Context::from_waker(Waker::noop());
    let mut kept: Vec<_> = (0..20).map(|_| handle.closed()).collect();
    assert!(kept.iter_mut().all(|closed| Pin::new(closed).poll(&mut cx).is_pending()));
    for _ in 0..10_000 {
        assert!(Pin::new(&mut handle.closed()).poll(&mut cx).is_pending());
        end.waiters.poll(&mut cx);
        assert!((20..=40).contains(&end.waiters.len()), "{} are kept", end.waiters.len());
    }
}

#[test]
fn early_drop_of_the_driver_is_reported_by_every_handle() {
    let mut world = World::new();
    world.send();
    world.feed(3);
    world.browser.receive(10);
    world.run();
    drop(world.driver.take());
    world.send();
    world.read();
    world.run();
    let log = world.log.borrow();
    assert_eq!(log.returned.len(), 5);
    assert_eq!((log.received, log.ended.as_slice()), (1, &[true, false][..]), "the message, one error, the end");
    assert_eq!(log.closed, 0, "the browser has not closed it yet");
    drop(log);
    let error = {
        let sender = world.sender.take().expect("a sender");
        let mut send = sender.send("late");
        match Pin::new(&mut send).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Err(error)) => error,
            other => panic!("{other:?}"),
        }
    };
    assert!(error.is_driver_dropped() && error.is_closed());
    world.browser.closes();
    world.run();
    assert_eq!(world.log.borrow().closed, 1);
}

#[test]
fn what_a_sink_has_accepted_is_sent_before_the_last_handle_closes_the_connection() {
    let mut world = World::new();
    world.feed(3);
    world.send();
    world.tasks.clear();
    world.sends.clear();
    drop((world.sender.take(), world.handle.take()));
    world.run();
    assert_eq!(world.browser.0.borrow().sent, [1, 2, 3]);
    assert!(world.browser.0.borrow().closing);
}

/// Real threads: a handle in each, the driver in another.
#[test]
fn handles_on_many_threads_lose_and_reorder_nothing() {
    use futures_util::future::{join_all, select};
    const THREADS: usize = 4;
    const EACH: usize = 2_000;
    let (handles, end) = channel("ws://host/".to_owned(), ReadyState::Open, WINDOW);
    let handle = RemoteWebSocket::new(handles);
    let closed = handle.closed();
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let mut sender = handle.sender();
            std::thread::spawn(move || {
                let numbers = (0..EACH).map(|index| thread * EACH + index);
                block_on(async {
                    for number in numbers {
                        match number % 3 {
                            0 => sender.send(message(number)).await.expect("open"),
                            1 => SinkExt::send(&mut sender, message(number)).await.expect("open"),
                            _ => sender.feed(message(number)).await.expect("open"),
                        }
                        // A send that is cancelled, or not.
                        drop(select(sender.send(message(usize::MAX)), core::future::ready(())).await);
                        drop(sender.closed());
                    }
                    sender.flush().await.expect("open");
                });
            })
        })
        .collect();
    let browser = Fake::default();
    let mut actor = Actor::new(browser.clone(), end);
    browser.0.borrow_mut().room = usize::MAX / 2;
    let readers = std::thread::spawn(move || block_on(join_all([closed.clone(), closed])));
    let closes = std::thread::spawn(move || {
        threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
        drop(handle);
    });
    block_on(core::future::poll_fn(|cx| {
        let polled = actor.poll(cx);
        if browser.0.borrow().closing && browser.0.borrow().closed.is_none() {
            browser.closes();
            return actor.poll(cx);
        }
        polled
    }));
    closes.join().expect("no panic");
    assert_eq!(readers.join().expect("no panic").len(), 2);
    let sent: Vec<_> = browser.0.borrow().sent.iter().copied().filter(|number| *number != usize::MAX).collect();
    assert_eq!(sent.len(), THREADS * EACH);
    for thread in 0..THREADS {
        let of_thread: Vec<_> = sent.iter().filter(|number| **number / EACH == thread).collect();
        assert!(of_thread.is_sorted(), "thread {thread}");
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(std::thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = core::pin::pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return value;
        }
        std::thread::park_timeout(std::time::Duration::from_secs(20));
    }
}
