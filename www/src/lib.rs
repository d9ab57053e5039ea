//! The page of `onclose`: choose how a connection ends, and see what the browser says and what the crate makes of it.
//!
//! [`connection`] is the part to read: everything that uses the crate. The rest is the page around it.

#![forbid(unsafe_code)]
// Without a browser there is no page; checked for the host, everything would count as dead code.
#![cfg(target_family = "wasm")]

mod app;
mod choices;
mod connection;
mod peer;
mod view;
mod words;

use app::App;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

thread_local! {
    /// Owns the page's listeners, and its connection, for as long as the page lives.
    static APP: RefCell<Option<Rc<App>>> = const { RefCell::new(None) };
}

#[wasm_bindgen(start)]
fn start() -> Result<(), JsValue> {
    let app = App::start()?;
    APP.with(|own| own.replace(Some(app)));
    Ok(())
}
