//! What `/tell` orders of a connection to `/obey`, while both go on.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use tokio::sync::{mpsc, oneshot};

use crate::{
    conn::Finish,
    query::{Problem, Query},
    script::{HOW, payload},
};

#[derive(Debug)]
pub(crate) enum Order {
    Say(String),
    /// With this payload.
    Close(Vec<u8>),
    End(Finish),
}

impl Order {
    pub(crate) fn parse(query: &Query) -> Result<Self, Problem> {
        for (one, other) in [("say", "close"), ("say", "empty"), ("say", "raw"), ("say", "end")] {
            query.exclusive(one, other)?;
        }
        if let Some(payload) = payload(query, "close")? {
            query.exclusive("end", "close")?;
            return Ok(Self::Close(payload));
        }
        let end = query.choice("end", HOW)?.map(Self::End);
        let say = query.get("say").map(|text| Self::Say(text.to_owned()));
        end.or(say).ok_or_else(|| "One of \"say\", \"close\", \"empty\", \"raw\" and \"end\" is needed.".to_owned())
    }
}

/// An order, and whom to tell that it was carried out.
pub(crate) type Given = (Order, oneshot::Sender<()>);

/// Who obeys, by the connection's id.
#[derive(Debug, Default)]
pub(crate) struct Orders {
    obeying: Mutex<HashMap<String, mpsc::UnboundedSender<Given>>>,
}

impl Orders {
    /// The orders to come for this id.
    pub(crate) fn obey(&self, id: &str) -> mpsc::UnboundedReceiver<Given> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut obeying = self.obeying.lock().unwrap_or_else(PoisonError::into_inner);
        obeying.retain(|_, sender| !sender.is_closed());
        obeying.insert(id.to_owned(), sender);
        receiver
    }

    /// Gives an order and waits until it was carried out; whether anybody did so.
    pub(crate) async fn give(&self, id: &str, order: Order) -> bool {
        let (done, carried_out) = oneshot::channel();
        let sender = self.obeying.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned();
        sender.is_some_and(|sender| sender.send((order, done)).is_ok()) && carried_out.await.is_ok()
    }
}
