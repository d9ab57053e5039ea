//! The page's texts in the selected language.
//!
//! An element that shows a text keeps the text's key in `data-t`, so that the text can be translated when the user selects
//! another language: `data-t` for the content, `data-t-label` for `aria-label`, `data-t-title` for `title`. The values of
//! its placeholders are in `data-args`.

use super::view::{set, set_data};
use crate::lang::{Lang, fill};
use js_sys::Reflect;
use std::cell::RefCell;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, Element, Response, Window};

thread_local! {
    static TEXTS: RefCell<JsValue> = const { RefCell::new(JsValue::UNDEFINED) };
}

/// The separators in `data-args`: control characters, which no name or value contains.
const AFTER_NAME: char = '\u{1f}';
const BETWEEN_ARGS: char = '\u{1e}';

/// The value of a placeholder.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    /// A text that is the same in every language.
    Text(&'a str),
    /// The key of another text.
    Key(&'a str),
}

/// The names and values of a text's placeholders.
pub(crate) type Args<'a> = &'a [(&'a str, Value<'a>)];

/// Fetches the texts of a language. Texts that are set from then on are in that language.
pub(crate) async fn load(window: &Window, lang: Lang) -> Result<(), JsValue> {
    let file = format!("lang/{}.json", lang.tag());
    let response: Response = JsFuture::from(window.fetch_with_str(&file)).await?.dyn_into()?;
    if !response.ok() {
        return Err(js_sys::Error::new(&format!("{file} could not be loaded")).into());
    }
    let texts = JsFuture::from(response.json()?).await?;
    TEXTS.with(|current| current.replace(texts));
    Ok(())
}

/// Returns the text of a key, without replacing placeholders.
pub(crate) fn text(key: &str) -> String {
    let text = TEXTS.with_borrow(|texts| Reflect::get(texts, &key.into()).ok());
    text.and_then(|text| text.as_string()).unwrap_or_else(|| {
        report_missing(key);
        key.to_owned()
    })
}

/// Marks the page as failed, so that its tests find a text or a placeholder's value that does not exist.
fn report_missing(what: &str) {
    if let Some(root) = web_sys::window().and_then(|window| window.document()).and_then(|page| page.document_element())
    {
        set_data(&root, "fault", &["there is no text for ", what].concat());
    }
}

/// Sets the content of an element.
pub(crate) fn set_text(element: &Element, key: &str, args: Args<'_>) {
    set_translated(element, "", key, args);
}

/// Sets the `aria-label` of an element.
pub(crate) fn set_label(element: &Element, key: &str, args: Args<'_>) {
    set_translated(element, "-label", key, args);
}

/// Sets the content of an element to a text that is the same in every language.
pub(crate) fn set_untranslated(element: &Element, text: &str) {
    let _ = element.remove_attribute("data-t");
    element.set_text_content(Some(text));
}

fn set_translated(element: &Element, suffix: &str, key: &str, args: Args<'_>) {
    set_data(element, &["t", suffix].concat(), key);
    if !args.is_empty() || element.has_attribute("data-args") {
        set_data(element, "args", &encoded(args));
    }
    translate(element, suffix);
}

fn encoded(args: Args<'_>) -> String {
    let one = |(name, value): &(&str, Value<'_>)| match value {
        Value::Text(text) => format!("{name}{AFTER_NAME}={text}"),
        Value::Key(key) => format!("{name}{AFTER_NAME}@{key}"),
    };
    args.iter().map(one).collect::<Vec<_>>().join(&BETWEEN_ARGS.to_string())
}

/// Sets the content or attribute of an element by its key, in the current language.
fn translate(element: &Element, suffix: &str) {
    let Some(key) = element.get_attribute(&["data-t", suffix].concat()) else { return };
    let args = element.get_attribute("data-args").unwrap_or_default();
    let value = |name: &str| {
        let arg = args.split(BETWEEN_ARGS).find_map(|arg| arg.strip_prefix(name)?.strip_prefix(AFTER_NAME));
        if arg.is_none() {
            report_missing(name);
        }
        let arg = arg?;
        Some(arg.strip_prefix('@').map_or_else(|| arg.get(1..).unwrap_or_default().to_owned(), text))
    };
    let text = fill(&text(&key), value);
    match suffix {
        "-label" => set(element, "aria-label", &text),
        "-title" => set(element, "title", &text),
        _ => element.set_text_content(Some(&text)),
    }
}

/// Translates every element of the page that has a key.
pub(crate) fn translate_all(document: &Document) {
    for suffix in ["", "-label", "-title"] {
        let all = document.query_selector_all(&["[data-t", suffix, "]"].concat()).ok();
        for node in all.iter().flat_map(|all| (0..all.length()).filter_map(|index| all.get(index))) {
            translate(node.unchecked_ref(), suffix);
        }
    }
}
