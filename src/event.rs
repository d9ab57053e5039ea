//! The browser's `close` event, as a Rust value and back.

use crate::CloseCode;
use crate::js::exception::{HAS_HOST, Thrown, or_undefined};
use core::fmt;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen]
extern "C" {
    /// Whatever came as a `close` event: a field may be missing, of any type, or throw. `Option`,
    /// as a value that is none when a getter throws would stay in the table of values.
    type Event;
    #[wasm_bindgen(method, getter, catch)]
    fn code(this: &Event) -> Result<Option<JsValue>, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn reason(this: &Event) -> Result<Option<JsValue>, JsValue>;
    #[wasm_bindgen(method, getter, catch, js_name = wasClean)]
    fn was_clean(this: &Event) -> Result<Option<JsValue>, JsValue>;
}

/// What a browser's `close` event says: an owned copy of it.
///
/// The three fields are independent. Real engines report 1006 with a clean end, 1011 with an unclean one, and a
/// `close` with or without an `error` before it; nothing should be derived from one about another.
///
/// ```
/// use onclose::{CloseCode, CloseEvent};
///
/// let event = CloseEvent::new(1001, "deploying", true);
/// assert_eq!(event.code, CloseCode::GOING_AWAY);
/// assert_eq!(event.to_string(), "1001 Going Away, \"deploying\", clean");
/// ```
///
/// There is no counterpart of the deprecated `initCloseEvent`: [`to_js`](Self::to_js) uses the constructor.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CloseEvent {
    /// The code: the peer's, or one that stands for its absence (1005, 1006).
    pub code: CloseCode,
    /// The reason the peer gave; empty if it gave none. Written by the peer, for programs and logs rather than for people.
    pub reason: String,
    /// Whether the closing handshake was completed before the connection ended, as the engine sees it.
    pub was_clean: bool,
}

impl CloseEvent {
    /// An event with these fields.
    ///
    /// # Panics
    ///
    /// Never.
    pub fn new(code: impl Into<CloseCode>, reason: impl Into<String>, was_clean: bool) -> Self {
        Self { code: code.into(), reason: reason.into(), was_clean }
    }

    /// What is reported when no Close frame was seen: 1006, no reason, not clean.
    pub(crate) fn abnormal() -> Self {
        Self::new(CloseCode::ABNORMAL, "", false)
    }

    /// Reads any object as a `close` event.
    ///
    /// Scripts and hosts other than browsers fire `close` events of other classes and with fields missing; a missing
    /// code becomes 1005 or 1006, by what `wasClean` says.
    pub(crate) fn read(event: &JsValue) -> Self {
        Told::of(event).event()
    }

    /// A real `CloseEvent` with these fields, named `close`.
    ///
    /// # Errors
    ///
    /// Where the host has no `CloseEvent` class, such as old versions of Node, and outside of wasm.
    ///
    /// # Panics
    ///
    /// Never.
    pub fn to_js(&self) -> Result<web_sys::CloseEvent, CloseEventError> {
        if !HAS_HOST {
            return Err(CloseEventError(Thrown::new("NotSupportedError", "there is no JavaScript host here")));
        }
        let init = web_sys::CloseEventInit::new();
        init.set_code(self.code.as_u16());
        init.set_reason(&self.reason);
        init.set_was_clean(self.was_clean);
        web_sys::CloseEvent::new_with_event_init_dict("close", &init).map_err(|thrown| CloseEventError(thrown.into()))
    }

    /// Fires this event at a target, for tests: listeners run before it returns.
    ///
    /// On a `WebSocket` this does not close anything: its `readyState` stays, and `isTrusted` of the event is false.
    /// The crate itself never does this to a socket.
    ///
    /// ```no_run
    /// # fn f(socket: &web_sys::WebSocket) -> Result<(), onclose::CloseEventError> {
    /// use onclose::CloseEvent;
    ///
    /// let listener = onclose::on_close(socket, |event| assert_eq!(event.code, 4001));
    /// CloseEvent::new(4001, "kicked", true).dispatch(socket)?;
    /// # drop(listener); Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`to_js`](Self::to_js).
    ///
    /// # Panics
    ///
    /// Never.
    pub fn dispatch(&self, target: &web_sys::EventTarget) -> Result<(), CloseEventError> {
        let event = self.to_js()?;
        target.dispatch_event(&event).map(drop).map_err(|thrown| CloseEventError(thrown.into()))
    }
}

/// What an event told; the text is still JavaScript's. A page's own event may tell something else the next time.
pub(crate) struct Told {
    code: CloseCode,
    reason: JsValue,
    was_clean: bool,
}

impl Told {
    pub(crate) fn of(event: &JsValue) -> Self {
        // By name, so that no name has to be made into a string of JavaScript's first.
        let event = event.unchecked_ref::<Event>();
        let was_clean = or_undefined(event.was_clean()).is_truthy();
        let code = or_undefined(event.code()).as_f64().map(|code| code as u16);
        let missing = if was_clean { CloseCode::NO_STATUS } else { CloseCode::ABNORMAL };
        Self { code: code.map_or(missing, CloseCode::new), reason: or_undefined(event.reason()), was_clean }
    }

    pub(crate) fn event(&self) -> CloseEvent {
        let Self { code, was_clean, .. } = *self;
        CloseEvent { code, reason: self.reason.as_string().unwrap_or_default(), was_clean }
    }
}

/// A copy of the browser's event.
impl From<&web_sys::CloseEvent> for CloseEvent {
    fn from(event: &web_sys::CloseEvent) -> Self {
        Self::read(event.unchecked_ref())
    }
}

/// For logs: code and name, reason, clean or not.
impl fmt::Display for CloseEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if !self.reason.is_empty() {
            write!(f, ", {:?}", self.reason)?;
        }
        f.write_str(if self.was_clean { ", clean" } else { ", not clean" })
    }
}

/// Why a real event could not be made from a [`CloseEvent`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseEventError(Thrown);

impl fmt::Display for CloseEventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a CloseEvent could not be made or fired ({})", self.0)
    }
}

impl core::error::Error for CloseEventError {}
