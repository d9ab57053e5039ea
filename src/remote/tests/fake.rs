//! A connection that is simulated.

use super::world::id;
use crate::remote::actor::{Connection, Sent};
use crate::remote::channel::Received;
use crate::remote::closed::Waiters;
use crate::socket::{CloseCause, CloseInfo, Message, RecvError};
use crate::{CloseEvent, CloseFrame};
use core::task::{Context, Poll, Waker};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

/// What the simulated socket and the tests see of each other.
#[derive(Default)]
pub(super) struct Browser {
    pub(super) connecting: bool,
    /// The places given out, and the place of the last message that was polled.
    pub(super) places: u64,
    pub(super) place: u64,
    /// How many messages have room.
    pub(super) room: usize,
    pub(super) sent: Vec<usize>,
    pub(super) arrived: VecDeque<Received>,
    pub(super) closing: bool,
    pub(super) closed: Option<CloseInfo>,
    /// Left by a driver that was dropped.
    pub(super) left: Option<Waiters>,
    pub(super) receiver_dropped: bool,
    pub(super) waker: Option<Waker>,
    /// What was read before.
    pub(super) read: usize,
}

#[derive(Clone, Default)]
pub(super) struct Fake(pub(super) Rc<RefCell<Browser>>);

impl Fake {
    pub(super) fn wake(&self) {
        let waker = self.0.borrow_mut().waker.take();
        waker.into_iter().for_each(Waker::wake);
    }

    pub(super) fn drain(&self, room: usize) {
        self.0.borrow_mut().room += room;
        self.wake();
    }

    pub(super) fn opens(&self) {
        self.0.borrow_mut().connecting = false;
        self.wake();
    }

    /// A message cannot be read, so the connection is closed.
    pub(super) fn receive_unreadable(&self) {
        self.0.borrow_mut().arrived.push_back(Err(RecvError::unreadable()));
        self.0.borrow_mut().closing = true;
        self.wake();
    }

    pub(super) fn receive(&self, size: usize) {
        self.0.borrow_mut().arrived.push_back(Ok(Message::Binary(vec![0; size])));
        self.wake();
    }

    /// The browser's `close` event.
    pub(super) fn closes(&self) {
        let info = CloseInfo::new(CloseEvent::new(1000, "", true), CloseCause::Local, true, false, None);
        self.0.borrow_mut().closed = Some(info.clone());
        self.0.borrow_mut().connecting = false;
        let left = self.0.borrow_mut().left.take();
        if let Some(waiters) = left {
            waiters.publish(info, true);
        }
        self.wake();
    }

    pub(super) fn register(&self, cx: &Context<'_>) {
        self.0.borrow_mut().waker = Some(cx.waker().clone());
    }
}

impl Connection for Fake {
    fn reserve_place(&mut self) -> u64 {
        self.0.borrow_mut().places += 1;
        self.0.borrow().places
    }

    fn poll_send(&mut self, place: u64, message: &Message, cx: &mut Context<'_>) -> Poll<Sent> {
        self.register(cx);
        let mut browser = self.0.borrow_mut();
        assert!(browser.place <= place, "an earlier message was polled later");
        browser.place = place;
        let is_ended = browser.closing || browser.closed.is_some();
        if !is_ended && (browser.connecting || browser.room == 0) {
            return Poll::Pending;
        }
        drop(browser);
        Poll::Ready(self.send(message))
    }

    fn stop_waiting(&mut self) {}

    fn is_connecting(&self) -> bool {
        self.0.borrow().connecting && !self.0.borrow().closing
    }

    fn send(&mut self, message: &Message) -> Sent {
        let mut browser = self.0.borrow_mut();
        if browser.connecting || browser.closing || browser.closed.is_some() {
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
