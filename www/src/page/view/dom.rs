//! Helpers for the DOM.
//!
//! What can fail only if index.html does not fit this code throws an exception, which the page shows. To return an error
//! from each of a hundred elements instead would be a large part of the wasm's size.

use gloo_events::{EventListener, EventListenerOptions};
use wasm_bindgen::{JsCast, UnwrapThrowExt, throw_str};
use web_sys::{Document, Element, Event, EventTarget, HtmlInputElement};

/// Returns the element of index.html with this id.
pub(crate) fn by_id<T: JsCast>(document: &Document, id: &str) -> T {
    element(document, id).unchecked_into()
}

#[inline(never)]
fn element(document: &Document, id: &str) -> Element {
    document.get_element_by_id(id).unwrap_or_else(|| throw_str(&["the page has no #", id].concat()))
}

/// Appends a new element to another, and returns it.
#[inline(never)]
pub(crate) fn append(parent: &Element, tag: &str, class: &str, text: &str) -> Element {
    let document = parent.owner_document().expect_throw("the element has no document");
    let element = document.create_element(tag).expect_throw("invalid tag name");
    if !class.is_empty() {
        element.set_class_name(class);
    }
    if !text.is_empty() {
        element.set_text_content(Some(text));
    }
    parent.append_child(&element).expect_throw("the element cannot have children");
    element
}

#[inline(never)]
pub(crate) fn set(element: &Element, name: &str, value: &str) {
    // Only an invalid attribute name throws, and all names are constants of this page.
    let _ = element.set_attribute(name, value);
}

/// Sets a `data-` attribute, which stylesheets and tests select by.
#[inline(never)]
pub(crate) fn set_data(element: &Element, name: &str, value: &str) {
    set(element, &["data-", name].concat(), value);
}

/// Adds a listener, which is removed when the result is dropped.
pub(crate) fn on(target: &EventTarget, event: &'static str, run: impl Fn(&Event) + 'static) -> EventListener {
    // Not passive, as gloo-events' default is: `submit` listeners call `preventDefault`.
    EventListener::new_with_options(target, event, EventListenerOptions::enable_prevent_default(), run)
}

pub(crate) fn is_radio(target: &EventTarget) -> bool {
    target.dyn_ref::<HtmlInputElement>().is_some_and(|input| input.type_() == "radio")
}

/// Scrolls to an element if it is below the visible part of the page, as on a narrow screen.
pub(crate) fn scroll_to(element: &Element) {
    let height =
        element.owner_document().and_then(|document| document.document_element()).map(|root| root.client_height());
    let is_below = height.is_some_and(|height| element.get_bounding_client_rect().top() > f64::from(height) * 0.75);
    if is_below {
        element.scroll_into_view();
    }
}
