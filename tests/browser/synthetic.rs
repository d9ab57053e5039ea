//! Messages that are dispatched on a socket instead of received, and sockets whose state the test sets.

use crate::support::*;
use onclose::{CloseEvent, CloseFrame, WebSocket};
use wasm_bindgen::{JsCast, JsValue};

/// The default close frame of [`socket`].
pub(crate) const DEFAULT_FRAME: CloseFrame = CloseFrame::from_static(4003, "default");

/// Creates a connecting client.
pub(crate) fn socket() -> WebSocket {
    WebSocket::builder(UNREACHABLE_URL).default_close_frame(DEFAULT_FRAME).open().unwrap()
}

pub(crate) fn deliver(ws: &WebSocket, data: &JsValue) {
    deliver_to(ws.as_raw(), data);
}

/// Dispatches a `message` event.
pub(crate) fn deliver_to(raw: &web_sys::WebSocket, data: &JsValue) {
    let init = web_sys::MessageEventInit::new();
    init.set_data(data);
    let event = web_sys::MessageEvent::new_with_event_init_dict("message", &init).unwrap();
    raw.dispatch_event(&event).unwrap();
}

pub(crate) fn bytes(bytes: &[u8]) -> JsValue {
    js_sys::Uint8Array::from(bytes).buffer().into()
}

/// Simulates the connection of a raw socket: the test sets the ready state and the send buffer, until this is dropped, which
/// closes the real socket.
///
/// What leaves a real send buffer, and when, is decided by another process: in WebKit's workers even within one task.
pub(crate) struct Simulation {
    raw: web_sys::WebSocket,
}

impl Simulation {
    /// Starts in this ready state. `send` fills the buffer, which only [`set_buffered`](Self::set_buffered) empties.
    pub(crate) fn start(raw: &web_sys::WebSocket, state: u16) -> Self {
        run_script(
            "const simulated = socket.simulated = { readyState: 0, bufferedAmount: 0, code: null, sent: [] };
             for (const key of ['readyState', 'bufferedAmount'])
                 Object.defineProperty(socket, key, { get: () => simulated[key], configurable: true });
             socket.send = (data) => {
                 const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
                 simulated.bufferedAmount += bytes.byteLength ?? bytes.size;
                 simulated.sent.push(typeof data === 'string' ? data : String(bytes.byteLength ?? bytes.size));
             };
             socket.close = (code) => {
                 simulated.readyState = 2;
                 simulated.code = code;
             };",
            raw,
        );
        let simulation = Self { raw: raw.clone() };
        simulation.set_ready_state(state);
        simulation
    }

    /// Opens the socket.
    pub(crate) fn open(raw: &web_sys::WebSocket) -> Self {
        let simulation = Self::start(raw, web_sys::WebSocket::OPEN);
        dispatch(raw, "new Event('open')");
        simulation
    }

    /// Sets the number of bytes that have not left the buffer.
    pub(crate) fn set_buffered(&self, bytes: u64) {
        run_script(&format!("socket.simulated.bufferedAmount = {bytes}"), &self.raw);
    }

    pub(crate) fn set_ready_state(&self, state: u16) {
        run_script(&format!("socket.simulated.readyState = {state}"), &self.raw);
    }

    /// Returns the texts that were sent, and the sizes of the other messages, in their order.
    pub(crate) fn sent(&self) -> Vec<String> {
        let sent: js_sys::Array = get(&get(&self.raw, "simulated"), "sent").unchecked_into();
        sent.iter().map(|message| message.as_string().unwrap()).collect()
    }

    /// Returns the code that the socket was closed with.
    pub(crate) fn closed_with(&self) -> Option<u16> {
        get(&get(&self.raw, "simulated"), "code").as_f64().map(|code| code as u16)
    }

    /// Ends the connection with the `close` event of a browser that received this code.
    pub(crate) fn answer_close(&self, code: u16) {
        self.set_ready_state(3);
        CloseEvent::new(code, "", true).dispatch(&self.raw).unwrap();
    }
}

impl Drop for Simulation {
    fn drop(&mut self) {
        run_script(
            "for (const key of ['readyState', 'bufferedAmount', 'send', 'close']) delete socket[key];
             socket.close();",
            &self.raw,
        );
    }
}

/// Sockets that are created while this is alive, and the listeners on them.
pub(crate) struct CreatedSockets {
    sockets: js_sys::Array,
    _patch: PatchedGlobal,
}

impl CreatedSockets {
    pub(crate) fn watch() -> Self {
        let sockets = js_sys::Array::new();
        let patch = run_script(
            &format!(
                "const original = WebSocket, count = (socket) => {{ {COUNT_LISTENERS} }};
                 return function (...args) {{
                     const socket = new original(...args);
                     count(socket);
                     it.push(socket);
                     return socket;
                 }};"
            ),
            &sockets,
        );
        Self { sockets, _patch: PatchedGlobal::set("WebSocket", &patch) }
    }

    pub(crate) fn get(&self) -> Vec<web_sys::WebSocket> {
        self.sockets.iter().map(JsCast::unchecked_into).collect()
    }
}

/// Has the listeners that are added from now on counted, for [`listeners`].
pub(crate) fn count_listeners(raw: &web_sys::WebSocket) {
    run_script(COUNT_LISTENERS, raw);
}

/// Returns the events for which counted listeners are registered.
pub(crate) fn listeners(raw: &web_sys::WebSocket) -> String {
    run_script("return socket.registered.toSorted().join(' ')", raw).as_string().unwrap()
}

const COUNT_LISTENERS: &str = "
    const registered = socket.registered = [];
    const { addEventListener, removeEventListener } = socket;
    socket.addEventListener = function (type, ...rest) {
        registered.push(type);
        return addEventListener.call(this, type, ...rest);
    };
    socket.removeEventListener = function (type, ...rest) {
        registered.splice(registered.indexOf(type), 1);
        return removeEventListener.call(this, type, ...rest);
    };";
