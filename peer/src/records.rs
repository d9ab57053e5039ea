//! The peer's records, for the process that runs it.

use std::{sync::Arc, time::Duration};

use tokio::time::timeout;

use crate::{
    orders::{Order, Orders},
    record::{Saw, Store},
};

/// A handle to what a [`Peer`](crate::Peer) saw of each connection, and to the connections that take orders.
///
/// The routes `/saw`, `/count` and `/tell` answer the same over HTTP, for pages and other processes.
#[derive(Clone, Debug)]
pub struct Records {
    pub(crate) store: Arc<Store>,
    pub(crate) orders: Arc<Orders>,
}

impl Records {
    pub(crate) fn new() -> Self {
        Self { store: Store::new(), orders: Arc::default() }
    }

    /// Returns the record of the latest connection with this id, or `None` if there was none.
    ///
    /// Waits until there is one and its TCP connection has ended, but no longer than `wait`; then returns what is known.
    pub async fn saw(&self, id: &str, wait: Duration) -> Option<Saw> {
        if !wait.is_zero() {
            // Either way the answer is what is known then.
            let _ = timeout(wait, self.store.ended(id)).await;
        }
        self.store.get(id)
    }

    /// Returns the number of upgraded connections whose TCP is open and whose id begins with `prefix`.
    pub fn count(&self, prefix: &str) -> usize {
        self.store.count(prefix)
    }

    /// Gives an order to the connection to `/obey`, `/chat` or `/rpc` with this id, and waits until it was carried out.
    ///
    /// Returns `false` if there is no such connection, or if it ended before it carried the order out.
    pub async fn tell(&self, id: &str, order: Order) -> bool {
        self.orders.give(id, order).await
    }

    /// Gives an order to every connection to `/chat` in this room, as a server that restarts does, and waits until it was
    /// carried out; returns by how many.
    pub async fn tell_room(&self, room: &str, order: Order) -> usize {
        self.orders.give_room(room, &order).await
    }
}
