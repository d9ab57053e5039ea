//! The handles and the driver with a connection that is simulated: any order of sends, polls, cancellations, closes and
//! drops, in which only woken tasks are polled.

mod world;

use super::RemoteWebSocket;
use super::actor::Actor;
use super::channel::{RECV_WINDOW, channel, cost};
use crate::CloseFrame;
use crate::socket::ReadyState;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use futures_util::SinkExt;
use proptest::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Wake;
use world::{Fake, WINDOW, World, message};

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
    // The stream must end, although no other task is polled.
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

/// A reader on another thread, with much more to read than the window: the driver pauses and continues many times.
#[test]
fn reader_on_another_thread_gets_everything_beyond_the_window() {
    const COUNT: usize = 20_000;
    let (handles, end) = channel("ws://host/".to_owned(), ReadyState::Open, WINDOW);
    let mut handle = RemoteWebSocket::new(handles);
    let browser = Fake::default();
    for _ in 0..COUNT {
        browser.receive(1 << 10);
    }
    browser.closes();
    let reader = std::thread::spawn(move || {
        block_on(async {
            let mut received = 0;
            while let Some(message) = handle.recv().await {
                received += usize::from(message.expect("a clean close").len() == 1 << 10);
            }
            received
        })
    });
    let mut actor = Actor::new(browser, end);
    block_on(core::future::poll_fn(|cx| actor.poll(cx)));
    assert_eq!(reader.join().expect("no panic"), COUNT);
}

/// Polls only after a wake, so that one that is lost fails the test.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(std::thread::Thread, AtomicBool);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.1.store(true, Ordering::SeqCst);
            self.0.unpark();
        }
    }
    let woken = Arc::new(Unpark(std::thread::current(), AtomicBool::new(true)));
    let waker = Waker::from(Arc::clone(&woken));
    let mut future = core::pin::pin!(future);
    loop {
        let waited = std::time::Instant::now();
        while !woken.1.swap(false, Ordering::SeqCst) {
            std::thread::park_timeout(std::time::Duration::from_secs(1));
            assert!(waited.elapsed().as_secs() < 30, "nothing wakes it");
        }
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return value;
        }
    }
}
