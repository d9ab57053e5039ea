//! A JSON-RPC client: requests, a subscription, and the close code in place of an answer that will not come.
//!
//! [`transport`] is what jsonrpsee needs to run over onclose; the rest is for the page.

// Elsewhere than in wasm, jsonrpsee demands `Send` of a transport.
#![cfg(target_family = "wasm")]

mod transport;

use std::rc::Rc;

use futures_util::stream::{AbortHandle, Abortable, StreamExt as _};
use js_sys::{Function, Promise};
use jsonrpsee_core::client::{Client, ClientBuilder, ClientT as _, Error, Subscription, SubscriptionClientT as _};
use onclose::WebSocket;
use serde_json::Value;
use wasm_bindgen::prelude::{JsError, JsValue, wasm_bindgen};
use wasm_bindgen_futures::{future_to_promise, spawn_local};

/// A client for the page's JavaScript.
#[wasm_bindgen]
pub struct Rpc(Rc<Client>);

/// Connects; at the end calls `on_close` with how the connection closed.
#[wasm_bindgen]
pub async fn connect(url: String, on_close: Function) -> Result<Rpc, JsError> {
    let socket = WebSocket::connect(&url).await?;
    let closed = socket.closed();
    spawn_local(async move {
        let _ = on_close.call1(&JsValue::NULL, &closed.await.to_string().into());
    });
    let (sender, receiver) = transport::split(socket);
    Ok(Rpc(Rc::new(ClientBuilder::new().build_with_wasm(sender, receiver))))
}

#[wasm_bindgen]
impl Rpc {
    /// Calls a method with a list of parameters as JSON; the promise has the result as JSON.
    pub fn call(&self, method: String, params: String) -> Promise {
        // Not an `async fn`: that would borrow the `Rpc` until the answer, and `leave` would throw.
        let client = Rc::clone(&self.0);
        future_to_promise(async move {
            let params: Vec<Value> = serde_json::from_str(&params).map_err(JsError::from)?;
            let result: Value = client.request(&method, params).await.map_err(explain)?;
            Ok(result.to_string().into())
        })
    }

    /// Subscribes to ticks; calls `on_tick` with each, and `on_end` after the last. The promise has a [`Ticks`].
    pub fn subscribe(&self, on_tick: Function, on_end: Function) -> Promise {
        let client = Rc::clone(&self.0);
        future_to_promise(async move {
            let subscribing = client.subscribe("subscribe_ticks", Vec::<Value>::new(), "unsubscribe_ticks");
            let subscription = subscribing.await.map_err(explain)?;
            let (handle, registration) = AbortHandle::new_pair();
            spawn_local(async move {
                let mut subscription: Subscription<Value> = subscription;
                let mut ticks = Abortable::new(&mut subscription, registration);
                while let Some(Ok(tick)) = ticks.next().await {
                    let _ = on_tick.call1(&JsValue::NULL, &tick.to_string().into());
                }
                // Dropping it unsubscribes only if there is room in the client's queue.
                let _ = subscription.unsubscribe().await;
                let _ = on_end.call0(&JsValue::NULL);
            });
            Ok(Ticks(handle).into())
        })
    }

    /// Drops the client, which closes the connection once requests in flight are answered.
    pub fn leave(self) {}
}

/// A subscription for the page's JavaScript.
#[wasm_bindgen]
pub struct Ticks(AbortHandle);

#[wasm_bindgen]
impl Ticks {
    pub fn unsubscribe(&self) {
        self.0.abort();
    }
}

/// Returns what the user reads: how the connection closed, or the server's own words, if that is why there is no result.
fn explain(error: Error) -> JsError {
    match (transport::close_info(&error), &error) {
        (Some(info), _) => JsError::new(&info.to_string()),
        (None, Error::Call(answer)) => JsError::new(answer.message()),
        (None, _) => JsError::from(error),
    }
}
