//! Waiting for the close on any thread.

use super::channel::Shared;
use crate::CloseEvent;
use crate::socket::{CloseCause, CloseInfo, ReadyState};
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use futures_channel::mpsc::UnboundedReceiver;
use futures_channel::oneshot;
use futures_core::{FusedFuture, Stream};
use std::sync::Arc;

/// Resolves with how a connection closed; immediately if it is closed already. Returned by
/// [`RemoteWebSocket::closed`](crate::RemoteWebSocket::closed) and [`RemoteWebSocket::close`](crate::RemoteWebSocket::close).
///
/// It is `Send`, so any task on any thread can wait. It does not keep the connection open. It resolves also if the
/// [`RemoteDriver`](crate::RemoteDriver) is dropped: the connection is closed then, and this is how it closed.
///
/// # Cancel safety
///
/// Cancel safe. The result is stored, so any later `closed()` resolves immediately.
///
/// # Drop
///
/// Dropping it does not affect the connection.
pub struct RemoteClosedFuture {
    shared: Arc<Shared>,
    /// Resolves once the result is stored.
    stored: Option<oneshot::Receiver<()>>,
    done: bool,
}

impl RemoteClosedFuture {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self { shared: Arc::clone(shared), stored: None, done: false }
    }
}

impl Future for RemoteClosedFuture {
    type Output = CloseInfo;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<CloseInfo> {
        let this = &mut *self;
        if this.shared.close_info().is_none() {
            let stored = this.stored.get_or_insert_with(|| {
                let (sender, receiver) = oneshot::channel();
                // Fails if the result was stored meanwhile, which drops the sender: the receiver is ready then.
                drop(this.shared.waiters.unbounded_send(sender));
                receiver
            });
            if Pin::new(stored).poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
        let Some(info) = this.shared.close_info() else { return Poll::Pending };
        this.done = true;
        this.stored = None;
        Poll::Ready(info.clone())
    }
}

impl FusedFuture for RemoteClosedFuture {
    fn is_terminated(&self) -> bool {
        self.done
    }
}

/// Returns another future for the same close.
impl Clone for RemoteClosedFuture {
    fn clone(&self) -> Self {
        Self::new(&self.shared)
    }
}

impl fmt::Debug for RemoteClosedFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteClosedFuture").field("close_info", &self.shared.close_info()).finish()
    }
}

/// Who waits for the close. Dropping it wakes all of them.
pub(crate) struct Waiters {
    shared: Arc<Shared>,
    arriving: UnboundedReceiver<oneshot::Sender<()>>,
    waiting: WaitingFutures,
}

impl Waiters {
    pub(crate) fn new(shared: Arc<Shared>, arriving: UnboundedReceiver<oneshot::Sender<()>>) -> Self {
        Self { shared, arriving, waiting: WaitingFutures::default() }
    }

    /// Takes those that have arrived.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) {
        while let Poll::Ready(Some(waiter)) = Pin::new(&mut self.arriving).poll_next(cx) {
            self.waiting.push(waiter);
        }
    }

    /// Stores the result and wakes everyone.
    pub(crate) fn publish(self, info: CloseInfo, all_flushed: bool) {
        self.shared.set_closed(info, all_flushed);
    }

    #[cfg(all(test, not(target_family = "wasm")))]
    pub(crate) fn len(&self) -> usize {
        self.waiting.0.len()
    }
}

impl Drop for Waiters {
    fn drop(&mut self) {
        if self.shared.close_info().is_none() {
            // The thread of the socket ends, so its close cannot be observed.
            let was_open = self.shared.state() >= ReadyState::Open;
            let info = CloseInfo::new(CloseEvent::abnormal(), CloseCause::Local, was_open, false, None);
            self.shared.set_closed(info, false);
        }
    }
}

/// The futures that wait for one event. Dropping it cancels all of them, which wakes their tasks.
#[derive(Default)]
pub(crate) struct WaitingFutures(Vec<oneshot::Sender<()>>);

const MIN_PURGE: usize = 16;

impl WaitingFutures {
    /// Adds one, and forgets those that were dropped: waiting in a `select!` leaves one behind each time. They are looked for
    /// when the vector would grow, so that any number takes linear time.
    pub(crate) fn push(&mut self, waiting: oneshot::Sender<()>) {
        if self.0.len() == self.0.capacity() {
            self.0.retain(|waiting| !waiting.is_canceled());
            self.0.reserve_exact(MIN_PURGE.max(self.0.len()));
        }
        self.0.push(waiting);
    }

    /// Completes all of them.
    pub(crate) fn complete(&mut self) {
        for waiting in core::mem::take(&mut self.0) {
            // Fails if the future was dropped.
            let _sent = waiting.send(());
        }
    }
}
