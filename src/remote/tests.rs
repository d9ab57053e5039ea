//! The handles and the driver with a connection that is simulated: any order of sends, polls, cancellations, closes and
//! drops, in which only woken tasks are polled.

mod fake;
mod threads;
mod world;

use super::RemoteWebSocket;
use super::actor::Actor;
use super::channel::{RECV_WINDOW, channel, cost};
use crate::CloseFrame;
use crate::socket::ReadyState;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use fake::Fake;
use futures_util::SinkExt;
use proptest::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Wake;
use world::{Ended, WINDOW, World, message};

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
    Open,
    ReceiveUnreadable,
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
        1 => Just(Action::Open),
        1 => Just(Action::ReceiveUnreadable),
        1 => Just(Action::DropDriver),
        1 => Just(Action::DropHandles),
    ]
}

fn play(connecting: bool, actions: &[Action]) {
    let mut world = World::new();
    world.browser.0.borrow_mut().connecting = connecting;
    let mut handle_dropped = false;
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
            Action::Open => world.browser.opens(),
            Action::ReceiveUnreadable => world.browser.receive_unreadable(),
            Action::DropDriver => drop(world.driver.take()),
            Action::DropHandles => {
                handle_dropped |= world.handle.is_some();
                drop((world.sender.take(), world.handle.take()));
            }
        }
        world.check_order();
    }
    // The stream must end, although no other task is polled.
    world.read();
    let was_read = world.handle.is_none() && !handle_dropped;
    drop(world.sender.take());
    world.check_end();
    let ended = world.log.borrow().ended.clone();
    let is_right = match ended.as_slice() {
        // The receiver was dropped before it was read.
        [] => !was_read,
        [Ended::End] | [Ended::DriverDropped | Ended::Unreadable, Ended::End] => true,
        _ => false,
    };
    assert!(is_right, "{ended:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]
    #[test]
    fn every_message_is_sent_in_order_or_comes_back_whatever_is_dropped(
        connecting in any::<bool>(),
        actions in prop::collection::vec(action(), 0..60),
    ) {
        play(connecting, &actions);
    }
}

#[test]
fn sinks_accept_no_more_than_the_window_whatever_the_number_of_handles() {
    let mut world = World::new();
    for _ in 0..5 {
        world.feed(50);
    }
    world.run();
    let bytes = cost(&message(1));
    let [queued, _] = world.shared.counted_bytes();
    assert!(queued >= WINDOW && queued < WINDOW + bytes, "{queued} bytes are queued");
    for _ in 0..250 {
        world.browser.drain(1);
        world.run();
        let [queued, _] = world.shared.counted_bytes();
        assert!(queued < WINDOW + bytes, "{queued} bytes are queued");
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
    assert_eq!(world.log.borrow().ended, [Ended::End]);
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
    assert_eq!(
        (log.received, log.ended.as_slice()),
        (1, &[Ended::DriverDropped, Ended::End][..]),
        "the message, one error, the end"
    );
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

#[test]
fn new_handle_for_each_message_waits_for_capacity_as_well() {
    let mut world = World::new();
    for _ in 0..1_000 {
        let mut sink = world.sender.clone().expect("a sender");
        let mut feed = Box::pin(async move { sink.feed(message(1)).await });
        drop(feed.as_mut().poll(&mut Context::from_waker(Waker::noop())));
    }
    let [queued, _] = world.shared.counted_bytes();
    assert!(queued < WINDOW + cost(&message(1)), "{queued} bytes are queued");
    // Sinks that have waited and were dropped do not keep the others from being woken.
    world.feed(50);
    world.browser.drain(1_000);
    world.run();
    assert!(world.tasks.iter().filter(|task| task.future.is_some()).count() <= 1, "only `closed` waits");
}

#[test]
fn what_a_sink_has_accepted_while_connecting_is_sent_before_its_close() {
    for drops_the_handles in [false, true] {
        let mut world = World::new();
        world.browser.0.borrow_mut().connecting = true;
        let mut sink = world.sender.clone().expect("a sender");
        world.spawn(None, async move {
            sink.feed(message(1)).await.expect("there is capacity");
            if !drops_the_handles {
                SinkExt::close(&mut sink).await.expect("it was sent");
            }
        });
        if drops_the_handles {
            drop((world.sender.take(), world.handle.take()));
        }
        world.run();
        assert!(!world.browser.0.borrow().closing, "it is put off");
        world.browser.opens();
        world.run();
        assert_eq!((world.browser.0.borrow().sent.as_slice(), world.browser.0.borrow().closing), (&[1][..], true));
        world.browser.closes();
        world.run();
    }
}

#[test]
fn close_with_a_frame_ends_a_connection_attempt_and_returns_what_was_accepted() {
    let mut world = World::new();
    world.browser.0.borrow_mut().connecting = true;
    let mut sink = world.sender.clone().expect("a sender");
    drop(Box::pin(sink.feed(message(1))).as_mut().poll(&mut Context::from_waker(Waker::noop())));
    drop(sink.close(CloseFrame::NORMAL));
    world.run();
    assert!(world.browser.0.borrow().closing);
    assert_eq!(sink.unsent(), [message(1)]);
}
