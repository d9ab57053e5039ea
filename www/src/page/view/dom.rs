//! The little of the DOM that the page needs. What can fail only if the page is not this page is an exception, which
//! the page shows: a way back from each of a hundred elements would be a good part of its size.

use gloo_events::{EventListener, EventListenerOptions};
use wasm_bindgen::{JsCast, UnwrapThrowExt, throw_str};
use web_sys::{Document, Element, Event, EventTarget, HtmlInputElement};

/// The element of index.html with this id.
pub(crate) fn by_id<T: JsCast>(document: &Document, id: &str) -> T {
    element(document, id).unchecked_into()
}

#[inline(never)]
fn element(document: &Document, id: &str) -> Element {
    document.get_element_by_id(id).unwrap_or_else(|| throw_str(&["the page has no #", id].concat()))
}

/// Appends a new element to another.
#[inline(never)]
pub(crate) fn append(parent: &Element, tag: &str, class: &str, text: &str) -> Element {
    let document = parent.owner_document().expect_throw("an element outside of a document");
    let element = document.create_element(tag).expect_throw("a tag that browsers do not know");
    if !class.is_empty() {
        element.set_class_name(class);
    }
    if !text.is_empty() {
        element.set_text_content(Some(text));
    }
    parent.append_child(&element).expect_throw("an element that takes no others");
    element
}

#[inline(never)]
pub(crate) fn set(element: &Element, name: &str, value: &str) {
    // Only a bad name could fail, and they are all ours.
    let _ = element.set_attribute(name, value);
}

/// Sets a `data-` attribute: what stylesheets and tests go by.
#[inline(never)]
pub(crate) fn set_data(element: &Element, name: &str, value: &str) {
    set(element, &["data-", name].concat(), value);
}

/// Listens until the result is dropped.
pub(crate) fn on(target: &EventTarget, event: &'static str, run: impl Fn(&Event) + 'static) -> EventListener {
    // A form is kept from being sent by `preventDefault`, which a passive listener may not call.
    EventListener::new_with_options(target, event, EventListenerOptions::enable_prevent_default(), run)
}

pub(crate) fn is_radio(target: &EventTarget) -> bool {
    target.dyn_ref::<HtmlInputElement>().is_some_and(|input| input.type_() == "radio")
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
