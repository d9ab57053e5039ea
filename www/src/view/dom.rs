//! The little of the DOM that the page needs.

use gloo_events::{EventListener, EventListenerOptions};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, Element, Event, EventTarget};

/// The element of index.html with this id.
pub(crate) fn by_id<T: JsCast>(document: &Document, id: &str) -> Result<T, JsValue> {
    let missing = || JsValue::from(js_sys::Error::new(&format!("the page has no #{id} of the kind that is needed")));
    document.get_element_by_id(id).ok_or_else(missing)?.dyn_into().map_err(|_| missing())
}

/// Appends a new element to another.
pub(crate) fn append(parent: &Element, tag: &str, class: &str, text: &str) -> Result<Element, JsValue> {
    let document = parent.owner_document().ok_or("an element outside of a document")?;
    let element = document.create_element(tag)?;
    if !class.is_empty() {
        element.set_class_name(class);
    }
    if !text.is_empty() {
        element.set_text_content(Some(text));
    }
    parent.append_child(&element)?;
    Ok(element)
}

/// Sets a `data-` attribute: what stylesheets and tests go by.
pub(crate) fn set_data(element: &Element, name: &str, value: &str) {
    // Only a bad name could fail, and they are all ours.
    let _ = element.set_attribute(&format!("data-{name}"), value);
}

/// Listens until the result is dropped.
pub(crate) fn on(target: &EventTarget, event: &'static str, run: impl Fn(&Event) + 'static) -> EventListener {
    // A form is kept from being sent by `preventDefault`, which a passive listener may not call.
    EventListener::new_with_options(target, event, EventListenerOptions::enable_prevent_default(), run)
}

/// Scrolls to an element if it is below what is seen, as it is on a narrow screen.
pub(crate) fn show(element: &Element) {
    let height =
        element.owner_document().and_then(|document| document.document_element()).map(|root| root.client_height());
    let is_below = height.is_some_and(|height| element.get_bounding_client_rect().top() > f64::from(height) * 0.75);
    if is_below {
        element.scroll_into_view();
    }
}
