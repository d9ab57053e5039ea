//! Every order of tearing down: handles that go, ends of either side, messages, time, and callbacks that interfere.

mod scene;
mod slot;
mod traces;

use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use crate::job;
use scene::Scene;

/// How a scene is set, and what then happens in it.
#[derive(Clone, Debug, Deserialize)]
struct Order {
    start: Start,
    shape: Shape,
    /// The senders send all the time, instead of waiting for the end.
    busy: bool,
    /// Each step is given the time to be seen by the other side.
    paced: bool,
    steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Start {
    Connecting,
    Open,
    /// Open, and the raw socket is an iframe's.
    Framed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Shape {
    Whole,
    Split,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Step {
    /// The receiver, or with a whole socket that.
    DropReceiver,
    /// The sender that the receiver was split from.
    DropHalf,
    DropSender,
    DropClone,
    /// A future of the end.
    DropClosed,
    Close,
    ServerCloses,
    ServerResets,
    ServerEnds,
    Message,
    /// Enough for every deadline to pass.
    Time,
    /// The `close` event's callback drops everything.
    CallbackDrops,
    CallbackCloses,
    /// The next waker drops everything, inside of the wake.
    WakerDrops,
    WakerCloses,
    FrameRemoved,
}

#[derive(Deserialize)]
struct Orders {
    /// The peer's address, `http:`.
    url: String,
    orders: Vec<Order>,
}

#[derive(Serialize)]
struct Played {
    /// What was wrong with each order.
    faults: Vec<Option<String>>,
    /// How each that went well ended.
    ends: Vec<String>,
    /// How long each took.
    millis: Vec<f64>,
}

/// Plays these orders one after the other.
#[wasm_bindgen]
pub async fn play_orders(args: String) -> Result<String, JsError> {
    job::run(&args, async |Orders { url, orders }: Orders| -> Result<Played, String> {
        let mut played = Played { faults: Vec::new(), ends: Vec::new(), millis: Vec::new() };
        for order in orders {
            let begun = js_sys::Date::now();
            let result = async {
                let mut scene = Scene::set(&url, &order).await?;
                scene.play(&order.steps).await?;
                scene.end().await
            };
            let result = result.await;
            played.millis.push(js_sys::Date::now() - begun);
            played.ends.extend(result.as_ref().ok().cloned());
            played.faults.push(result.err());
        }
        Ok(played)
    })
    .await
}

#[derive(Deserialize)]
struct One {
    url: String,
    order: Order,
}

/// Plays one order and leaves everything as it then is, for the page or worker to be ended; the id of
/// its connection.
#[wasm_bindgen]
pub async fn begin_order(args: String) -> Result<String, JsError> {
    job::run(&args, async |One { url, order }: One| -> Result<String, String> {
        let mut scene = Scene::set(&url, &order).await?;
        scene.play(&order.steps).await?;
        Ok(scene.stay())
    })
    .await
}
