//! Handles, callbacks, iframes and workers dropped in every order, with what must hold after each.

use serde::{Deserialize, Serialize};

use crate::job::job;

#[cfg(not(target_family = "wasm"))]
pub(crate) mod driver;
#[cfg(not(target_family = "wasm"))]
mod orders;
#[cfg(target_family = "wasm")]
mod page;

/// The scene, and what happens in it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Order {
    start: Start,
    shape: Shape,
    /// The senders send all the time, instead of waiting for the close.
    busy: bool,
    /// Each step is seen by the other side before the next one.
    paced: bool,
    steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Start {
    Connecting,
    Open,
    /// Open, and the raw socket belongs to an iframe.
    Framed,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Shape {
    Whole,
    Split,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Step {
    /// Drops the receiver, or the socket if it was not split.
    DropReceiver,
    /// Drops the sender that the receiver was split from.
    DropHalf,
    DropSender,
    DropClone,
    /// Drops a future of the close.
    DropClosed,
    Close,
    ServerCloses,
    ServerResets,
    ServerEnds,
    Message,
    /// Waits until every short timeout has passed.
    Time,
    /// The callback of the `close` event drops everything.
    CallbackDrops,
    CallbackCloses,
    /// The next waker drops everything, inside of the wake.
    WakerDrops,
    WakerCloses,
    FrameRemoved,
}

/// Plays orders, one after the other.
#[derive(Debug, Deserialize, Serialize)]
struct PlayOrders {
    /// The peer's address with the scheme `http`, and how the ids of the connections begin.
    url: String,
    prefix: String,
    orders: Vec<Order>,
}
job!(PlayOrders, "play_orders" -> Played);

#[derive(Debug, Deserialize, Serialize)]
struct Played {
    /// What was wrong with each order.
    faults: Vec<Option<String>>,
    /// The cause of the close, of each order that passed.
    causes: Vec<String>,
    /// How long each took.
    millis: Vec<f64>,
}

/// Plays one order and leaves everything as it then is; returns the id of the connection. Started by `raw.endContext`.
#[cfg(target_family = "wasm")]
#[derive(Debug, Deserialize, Serialize)]
struct BeginOrder {
    url: String,
    prefix: String,
    order: Order,
}
#[cfg(target_family = "wasm")]
job!(BeginOrder, "begin_order" -> String);
