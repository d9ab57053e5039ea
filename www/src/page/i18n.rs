//! The page's words in the language that was chosen. What is shown keeps its key, so that it can be said again in
//! another language.

use super::view::{set, set_data};
use crate::lang::{Lang, fill};
use js_sys::Reflect;
use std::cell::RefCell;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, Element, Response, Window};

thread_local! {
    static WORDS: RefCell<JsValue> = const { RefCell::new(JsValue::UNDEFINED) };
}

/// Between a name and its value, and between two of them: characters that nobody types.
const NAME: char = '\u{1f}';
const NEXT: char = '\u{1e}';

/// What is put into a sentence.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    /// The same in every language.
    Text(&'a str),
    /// The key of other words.
    Word(&'a str),
}

pub(crate) type Args<'a> = &'a [(&'a str, Value<'a>)];

/// Fetches a language's words; from then on they are used.
pub(crate) async fn load(window: &Window, lang: Lang) -> Result<(), JsValue> {
    let file = format!("lang/{}.json", lang.tag());
    let response: Response = JsFuture::from(window.fetch_with_str(&file)).await?.dyn_into()?;
    if !response.ok() {
        return Err(js_sys::Error::new(&format!("{file} could not be loaded")).into());
    }
    let words = JsFuture::from(response.json()?).await?;
    WORDS.with(|own| own.replace(words));
    Ok(())
}

pub(crate) fn get(key: &str) -> String {
    let word = WORDS.with_borrow(|words| Reflect::get(words, &key.into()).ok());
    word.and_then(|word| word.as_string()).unwrap_or_else(|| {
        missing(key);
        key.to_owned()
    })
}

/// A page without words for something is a fault that its tests must find.
fn missing(key: &str) {
    if let Some(root) = web_sys::window().and_then(|window| window.document()).and_then(|page| page.document_element())
    {
        set_data(&root, "fault", &format!("there are no words for {key}"));
    }
}

/// Says something in an element.
pub(crate) fn put(element: &Element, key: &str, args: Args<'_>) {
    put_in(element, "", key, args);
}

/// Says something in the attribute of an element that screen readers read.
pub(crate) fn put_label(element: &Element, key: &str, args: Args<'_>) {
    put_in(element, "-label", key, args);
}

fn put_in(element: &Element, place: &str, key: &str, args: Args<'_>) {
    set_data(element, &["t", place].concat(), key);
    if !args.is_empty() || element.has_attribute("data-args") {
        set_data(element, "args", &written(args));
    }
    say(element, place);
}

/// What is the same in every language.
pub(crate) fn put_plain(element: &Element, text: &str) {
    let _ = element.remove_attribute("data-t");
    element.set_text_content(Some(text));
}

fn written(args: Args<'_>) -> String {
    let one = |(name, value): &(&str, Value<'_>)| match value {
        Value::Text(text) => format!("{name}{NAME}={text}"),
        Value::Word(key) => format!("{name}{NAME}@{key}"),
    };
    args.iter().map(one).collect::<Vec<_>>().join(&NEXT.to_string())
}

/// Says again, in the words of now, what an element is to say.
fn say(element: &Element, place: &str) {
    let Some(key) = element.get_attribute(&["data-t", place].concat()) else { return };
    let args = element.get_attribute("data-args").unwrap_or_default();
    let value = |name: &str| {
        let own = args.split(NEXT).find_map(|arg| arg.strip_prefix(name)?.strip_prefix(NAME))?;
        Some(own.strip_prefix('@').map_or_else(|| own.get(1..).unwrap_or_default().to_owned(), get))
    };
    let text = fill(&get(&key), value);
    match place {
        "-label" => set(element, "aria-label", &text),
        "-title" => set(element, "title", &text),
        _ => element.set_text_content(Some(&text)),
    }
}

/// Says everything on the page again.
pub(crate) fn say_all(document: &Document) {
    for place in ["", "-label", "-title"] {
        let all = document.query_selector_all(&["[data-t", place, "]"].concat()).ok();
        for node in all.iter().flat_map(|all| (0..all.length()).filter_map(|index| all.get(index))) {
            say(node.unchecked_ref(), place);
        }
    }
}
