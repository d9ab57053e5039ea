//! The browser's `CloseEvent` as a Rust value, and back.

use crate::CloseCode;
use crate::js::exception::{HAS_HOST, JsException, or_undefined};
use core::fmt;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen]
extern "C" {
    /// Any value delivered as a `close` event: a property may be missing, of another type, or its getter may throw.
    ///
    /// The getters return `Option<JsValue>` because with `catch` a bare `JsValue` would leak an entry in wasm-bindgen's
    /// table of values when the getter throws.
    type EventLike;
    #[wasm_bindgen(method, getter, catch)]
    fn code(this: &EventLike) -> Result<Option<JsValue>, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn reason(this: &EventLike) -> Result<Option<JsValue>, JsValue>;
    #[wasm_bindgen(method, getter, catch, js_name = wasClean)]
    fn was_clean(this: &EventLike) -> Result<Option<JsValue>, JsValue>;
}

/// An owned copy of a browser's [`CloseEvent`](https://websockets.spec.whatwg.org/#the-closeevent-interface).
///
/// Code, reason and `was_clean` are independent of one another: browsers report 1006 with a clean close, and 1011 with an
/// unclean one. Do not infer one from another.
///
/// ```
/// use onclose::{CloseCode, CloseEvent};
///
/// let event = CloseEvent::new(1001, "deploying", true);
/// assert_eq!(event.code(), CloseCode::GOING_AWAY);
/// assert_eq!(event.to_string(), "1001 Going Away, \"deploying\", clean");
/// ```
///
/// There is no counterpart of the deprecated `initCloseEvent`: [`to_js`](Self::to_js) uses the constructor.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CloseEvent {
    code: CloseCode,
    reason: String,
    was_clean: bool,
}

impl CloseEvent {
    /// Creates an event with these fields.
    pub fn new(code: impl Into<CloseCode>, reason: impl Into<String>, was_clean: bool) -> Self {
        Self { code: code.into(), reason: reason.into(), was_clean }
    }

    /// Returns what stands for the absence of a Close frame: 1006, no reason, not clean.
    pub(crate) fn abnormal() -> Self {
        Self::new(CloseCode::ABNORMAL, "", false)
    }

    /// Reads any object as a `close` event; see [`CloseEventParts::from_event`].
    pub(crate) fn read(event: &JsValue) -> Self {
        CloseEventParts::from_event(event).to_event()
    }

    /// Returns the close code: the peer's, or one that stands for its absence (1005, 1006).
    #[must_use]
    pub const fn code(&self) -> CloseCode {
        self.code
    }

    /// Returns the reason that the peer gave, or an empty string.
    ///
    /// It is meant for logs and programs, not for end users
    /// ([RFC 6455, section 7.1.6](https://www.rfc-editor.org/rfc/rfc6455#section-7.1.6)).
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Returns whether the browser considers the closing handshake completed.
    #[must_use]
    pub const fn was_clean(&self) -> bool {
        self.was_clean
    }

    /// Creates a JavaScript `CloseEvent` of type `close` with these fields.
    ///
    /// # Errors
    ///
    /// [`CloseEventError`] where the host has no `CloseEvent` class, as old versions of Node, and on native targets.
    pub fn to_js(&self) -> Result<web_sys::CloseEvent, CloseEventError> {
        if !HAS_HOST {
            return Err(CloseEventError(JsException::new("NotSupportedError", "there is no JavaScript host")));
        }
        let init = web_sys::CloseEventInit::new();
        init.set_code(self.code.as_u16());
        init.set_reason(&self.reason);
        init.set_was_clean(self.was_clean);
        web_sys::CloseEvent::new_with_event_init_dict("close", &init).map_err(CloseEventError::from_exception)
    }

    /// Dispatches this event at a target, for tests. Listeners run before this returns.
    ///
    /// On a raw socket this closes nothing: its `readyState` does not change, and the event's `isTrusted` is false. A
    /// [`WebSocket`](crate::WebSocket) that wraps the socket does take the event for its close and closes the connection.
    /// The crate itself never dispatches an event.
    ///
    #[doc = concat!("```no_run\n", include_str!("../docs/samples/dispatch.rs"), "```")]
    ///
    /// # Errors
    ///
    /// As [`to_js`](Self::to_js).
    pub fn dispatch(&self, target: &web_sys::EventTarget) -> Result<(), CloseEventError> {
        let event = self.to_js()?;
        target.dispatch_event(&event).map(drop).map_err(CloseEventError::from_exception)
    }
}

/// The fields of an event, with the reason still a JavaScript string: it is copied into wasm memory only when asked for.
///
/// They are read once, because a page's own event object may return something else the next time.
pub(crate) struct CloseEventParts {
    code: CloseCode,
    reason: JsValue,
    was_clean: bool,
}

impl CloseEventParts {
    /// Reads any object as a `close` event.
    ///
    /// Scripts and hosts other than browsers dispatch `close` events of other classes and with missing fields. A
    /// missing code becomes 1005 or 1006, depending on `wasClean`.
    pub(crate) fn from_event(event: &JsValue) -> Self {
        let event = event.unchecked_ref::<EventLike>();
        let was_clean = or_undefined(event.was_clean()).is_truthy();
        let code = or_undefined(event.code()).as_f64().map(|code| code as u16);
        let missing = if was_clean { CloseCode::NO_STATUS } else { CloseCode::ABNORMAL };
        Self { code: code.map_or(missing, CloseCode::new), reason: or_undefined(event.reason()), was_clean }
    }

    pub(crate) fn to_event(&self) -> CloseEvent {
        let Self { code, was_clean, .. } = *self;
        CloseEvent { code, reason: self.reason.as_string().unwrap_or_default(), was_clean }
    }
}

/// Copies the browser's event.
impl From<&web_sys::CloseEvent> for CloseEvent {
    fn from(event: &web_sys::CloseEvent) -> Self {
        Self::read(event.unchecked_ref())
    }
}

/// Formats for logs: code and name, reason, clean or not.
impl fmt::Display for CloseEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if !self.reason.is_empty() {
            write!(f, ", {:?}", self.reason)?;
        }
        f.write_str(if self.was_clean { ", clean" } else { ", not clean" })
    }
}

/// Returned when a JavaScript event could not be created from a [`CloseEvent`] or dispatched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseEventError(JsException);

impl CloseEventError {
    fn from_exception(exception: JsValue) -> Self {
        Self(exception.into())
    }

    pub(crate) fn name(&self) -> &str {
        &self.0.name
    }
}

impl fmt::Display for CloseEventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed to create or dispatch CloseEvent: {}", self.0)
    }
}

impl core::error::Error for CloseEventError {}
