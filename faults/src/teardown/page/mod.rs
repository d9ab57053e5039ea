//! Plays orders over the crate.

mod scene;
mod slot;
mod traces;

use wasm_bindgen::prelude::*;

use super::{BeginOrder, PlayOrders, Played};
use crate::job;
use scene::Scene;

#[wasm_bindgen]
pub async fn play_orders(args: String) -> Result<String, JsError> {
    job::run(&args, async |PlayOrders { url, prefix, orders }| -> Result<Played, String> {
        let mut played = Played { faults: Vec::new(), causes: Vec::new(), millis: Vec::new() };
        for order in orders {
            let begun = js_sys::Date::now();
            let result = async {
                let mut scene = Scene::set(&url, &prefix, &order).await?;
                scene.play(&order.steps).await?;
                scene.end().await
            };
            let result = result.await;
            played.millis.push(js_sys::Date::now() - begun);
            played.causes.extend(result.as_ref().ok().cloned());
            played.faults.push(result.err());
        }
        Ok(played)
    })
    .await
}

#[wasm_bindgen]
pub async fn begin_order(args: String) -> Result<String, JsError> {
    job::run(&args, async |BeginOrder { url, prefix, order }| -> Result<String, String> {
        let mut scene = Scene::set(&url, &prefix, &order).await?;
        scene.play(&order.steps).await?;
        Ok(scene.stay())
    })
    .await
}
