//! Orders for a connection to `/obey`, given while it is open: by `/tell`, or by [`Records::tell`](crate::Records::tell).

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use tokio::sync::{mpsc, oneshot};

use crate::{
    ends::{HOW, Teardown, close_payload, payload},
    query::{Problem, Query},
};

/// What a connection to `/obey` is to do next.
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

/// The connections that take orders, by their id.
#[derive(Debug, Default)]
pub(crate) struct Orders {
    takers: Mutex<HashMap<String, mpsc::UnboundedSender<Given>>>,
}

impl Orders {
    /// Registers a connection and returns its queue of orders; a later connection with the same id takes its place.
    pub(crate) fn take(&self, id: &str) -> mpsc::UnboundedReceiver<Given> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut takers = self.takers.lock().unwrap_or_else(PoisonError::into_inner);
        takers.retain(|_, sender| !sender.is_closed());
        takers.insert(id.to_owned(), sender);
        receiver
    }

    /// Gives an order and waits until it was carried out; returns `false` if no connection takes it.
    pub(crate) async fn give(&self, id: &str, order: Order) -> bool {
        let (done, mut carried_out) = oneshot::channel();
        let Some(sender) = self.takers.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned() else {
            return false;
        };
        if sender.send((order, done)).is_err() {
            return false;
        }
        tokio::select! {
            result = &mut carried_out => result.is_ok(),
            // An order that is sent while the connection drops its queue can remain there, with its `done`, as long as the
            // queue has a sender.
            () = sender.closed() => carried_out.try_recv().is_ok(),
        }
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
        let mut queue = orders.take("id");
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
        let mut queue = orders.take("id");
        let connection = async {
            let (_, done) = queue.recv().await.expect("an order");
            done.send(()).expect("it is awaited");
            drop(queue);
        };
        let (carried_out, ()) = tokio::join!(orders.give("id", Order::Fin), connection);
        assert!(carried_out);
    }
}
