//! The page around the pure parts.

mod app;
mod connection;
mod i18n;
mod labels;
mod load;
mod peer;
mod raw_socket;
mod view;

use crate::lang::Lang;
use app::App;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{UrlSearchParams, Window};

/// Where the language that somebody chose is kept.
const KEPT: &str = "onclose-language";

thread_local! {
    /// Owns the page's listeners, and its connection, for as long as the page lives.
    static APP: RefCell<Option<Rc<App>>> = const { RefCell::new(None) };
}

#[wasm_bindgen(start)]
async fn start() -> Result<(), JsValue> {
    let window = web_sys::window().ok_or("this page needs a window")?;
    let lang = wanted(&window);
    i18n::load(&window, lang).await?;
    let app = App::start(&window, lang)?;
    APP.with(|own| own.replace(Some(app)));
    Ok(())
}

/// The language of the address (`?lang=pt-BR`), else the one that was chosen before, else the browser's.
fn wanted(window: &Window) -> Lang {
    let query = window.location().search().and_then(|query| UrlSearchParams::new_with_str(&query));
    let asked = query.ok().and_then(|query| query.get("lang"));
    let kept = window.local_storage().ok().flatten().and_then(|storage| storage.get_item(KEPT).ok().flatten());
    let browser = window.navigator().languages();
    Lang::pick(asked.into_iter().chain(kept).chain(browser.iter().filter_map(|tag| tag.as_string())))
}

/// Keeps the language for the next visit, where the browser lets us.
fn keep(window: &Window, lang: Lang) {
    if let Ok(Some(storage)) = window.local_storage() {
        let _ = storage.set_item(KEPT, lang.tag());
    }
}
