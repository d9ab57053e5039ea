//! The page in the browser.

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

/// The key of the selected language in `localStorage`.
const LANGUAGE_KEY: &str = "onclose-language";

thread_local! {
    /// Owns the page's listeners and its connection until the page is unloaded.
    static APP: RefCell<Option<Rc<App>>> = const { RefCell::new(None) };
}

#[wasm_bindgen(start)]
async fn start() -> Result<(), JsValue> {
    let window = web_sys::window().ok_or("there is no window")?;
    let lang = language(&window);
    i18n::load(&window, lang).await?;
    let app = App::start(&window, lang)?;
    APP.with(|owner| owner.replace(Some(app)));
    Ok(())
}

/// Returns the language of the address (`?lang=pt-BR`), or the one that was selected before, or the browser's.
fn language(window: &Window) -> Lang {
    let query = window.location().search().and_then(|query| UrlSearchParams::new_with_str(&query));
    let requested = query.ok().and_then(|query| query.get("lang"));
    let stored =
        window.local_storage().ok().flatten().and_then(|storage| storage.get_item(LANGUAGE_KEY).ok().flatten());
    let browser = window.navigator().languages();
    Lang::pick(requested.into_iter().chain(stored).chain(browser.iter().filter_map(|tag| tag.as_string())))
}

/// Stores the selected language for the next visit, if the browser allows it.
fn store_language(window: &Window, lang: Lang) {
    if let Ok(Some(storage)) = window.local_storage() {
        let _ = storage.set_item(LANGUAGE_KEY, lang.tag());
    }
}
