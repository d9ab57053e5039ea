//! Orders for a connection to `/obey`, `/chat` or `/rpc`, given while it is open: by `/tell`, or by
//! [`Records::tell`](crate::Records::tell) and [`Records::tell_room`](crate::Records::tell_room).

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{mpsc, oneshot};

use crate::{
    ends::{HOW, Teardown, close_payload, payload},
    query::{Problem, Query},
};

/// What a connection to `/obey`, `/chat` or `/rpc` is to do next.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Order {
    /// Send this text.
    Say(String),
    /// Send a Close frame with this payload, which is not checked.
    Close(Vec<u8>),
    /// End TCP by FIN.
    Fin,
    /// End TCP by RST.
    Reset,
}

impl Order {
    /// Returns the order to send a Close frame with this code and reason, valid or not.
    pub fn close(code: u16, reason: &str) -> Self {
        Self::Close(close_payload(code, reason))
    }

    pub(crate) fn parse(query: &Query) -> Result<Self, Problem> {
        for (one, other) in [("say", "close"), ("say", "empty"), ("say", "raw"), ("say", "end")] {
            query.exclusive(one, other)?;
        }
        if let Some(payload) = payload(query, "close")? {
            query.exclusive("end", "close")?;
            return Ok(Self::Close(payload));
        }
        match query.choice("end", HOW)? {
            Some(Teardown::Reset) => return Ok(Self::Reset),
            Some(_) => return Ok(Self::Fin),
            None => {}
        }
        let say = query.get("say").map(|text| Self::Say(text.to_owned()));
        say.ok_or_else(|| "One of \"say\", \"close\", \"empty\", \"raw\" and \"end\" is needed.".to_owned())
    }
}

/// An order, and the channel that confirms that it was carried out.
pub(crate) type Given = (Order, oneshot::Sender<()>);

/// The queue of a connection that takes orders.
type Taker = mpsc::UnboundedSender<Given>;

/// The connections that take orders.
#[derive(Debug, Default)]
pub(crate) struct Orders {
    takers: Mutex<Takers>,
}

#[derive(Debug, Default)]
struct Takers {
    by_id: HashMap<String, Taker>,
    by_room: HashMap<String, Vec<Taker>>,
}

impl Orders {
    /// Registers a connection and returns its queue of orders; a later connection with the same id takes its place.
    pub(crate) fn take(&self, id: &str, room: Option<&str>) -> mpsc::UnboundedReceiver<Given> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut takers = self.lock();
        takers.by_id.retain(|_, taker| !taker.is_closed());
        takers.by_room.retain(|_, members| {
            members.retain(|member| !member.is_closed());
            !members.is_empty()
        });
        if let Some(room) = room {
            takers.by_room.entry(room.to_owned()).or_default().push(sender.clone());
        }
        takers.by_id.insert(id.to_owned(), sender);
        receiver
    }

    /// Gives an order and waits until it was carried out; returns `false` if no connection takes it.
    pub(crate) async fn give(&self, id: &str, order: Order) -> bool {
        let taker = self.lock().by_id.get(id).cloned();
        match taker {
            Some(taker) => carry_out(&taker, order).await,
            None => false,
        }
    }

    /// Gives an order to every connection in a room, and waits until it was carried out; returns by how many.
    pub(crate) async fn give_room(&self, room: &str, order: &Order) -> usize {
        let members = self.lock().by_room.get(room).cloned().unwrap_or_default();
        let mut count = 0;
        for member in &members {
            count += usize::from(carry_out(member, order.clone()).await);
        }
        count
    }

    /// Has every connection in a room send this text, without waiting for it; all of them send texts in the same order.
    pub(crate) fn say(&self, room: &str, text: &str) {
        let takers = self.lock();
        for member in takers.by_room.get(room).into_iter().flatten() {
            // Fails if the connection has ended.
            let _ = member.send((Order::Say(text.to_owned()), oneshot::channel().0));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Takers> {
        self.takers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn carry_out(taker: &Taker, order: Order) -> bool {
    let (done, mut carried_out) = oneshot::channel();
    if taker.send((order, done)).is_err() {
        return false;
    }
    tokio::select! {
        result = &mut carried_out => result.is_ok(),
        // An order that is sent while the connection drops its queue can remain there, with its `done`, as long as the
        // queue has a sender.
        () = taker.closed() => carried_out.try_recv().is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn an_order_that_remains_in_the_queue_of_an_ended_connection_is_answered() {
        let orders = Arc::new(Orders::default());
        let mut queue = orders.take("id", None);
        let giving = tokio::spawn({
            let orders = Arc::clone(&orders);
            async move { orders.give("id", Order::Fin).await }
        });
        tokio::task::yield_now().await;
        queue.close();
        let carried_out = timeout(Duration::from_secs(10), giving).await.expect("it is answered").unwrap();
        assert!(!carried_out);
    }

    #[tokio::test]
    async fn an_order_that_was_carried_out_is_confirmed_even_if_the_connection_has_ended() {
        let orders = Arc::new(Orders::default());
        let mut queue = orders.take("id", None);
        let connection = async {
            let (_, done) = queue.recv().await.expect("an order");
            done.send(()).expect("it is awaited");
            drop(queue);
        };
        let (carried_out, ()) = tokio::join!(orders.give("id", Order::Fin), connection);
        assert!(carried_out);
    }
}
