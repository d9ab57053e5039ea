//! Where the peer is, and what it saw.

use crate::support::*;
use wasm_bindgen::JsValue;

/// Known when the test is compiled: a browser has no environment.
const PEER: Option<&str> = option_env!("ONCLOSE_PEER");

/// One connection to the peer, known to it by an id of its own.
pub(crate) struct At {
    pub(crate) url: String,
    pub(crate) id: String,
}

/// A route of the peer, such as `/close?code=4001`.
pub(crate) fn at(route: &str) -> At {
    let id = format!("{:x}", (js_sys::Math::random() * 2f64.powi(52)) as u64);
    let and = if route.contains('?') { '&' } else { '?' };
    At { url: format!("{}{route}{and}id={id}", PEER.unwrap_or("ws://peer.invalid")), id }
}

/// What the peer saw of a connection.
pub(crate) struct Saw(JsValue);

impl At {
    /// Waits until the connection has ended as the peer sees it.
    pub(crate) async fn saw(&self) -> Saw {
        let saw = self.saw_within(15_000).await;
        assert_ne!(saw.end(), "open", "the connection was left open");
        saw
    }

    /// Waits until the peer has read the handshake.
    pub(crate) async fn has_begun(&self) {
        let http = PEER.unwrap_or_default().replacen("ws", "http", 1);
        for _ in 0..1_000 {
            if fetch_text(&format!("{http}/saw?id={}", self.id)).await.contains(&self.id) {
                return;
            }
            sleep(10).await;
        }
        panic!("the peer never heard of it");
    }

    /// Waits until nothing is left of a connection that was given up while it was being made.
    ///
    /// A browser may have given up before it connected at all; then the peer has nothing to tell.
    pub(crate) async fn has_no_orphan(&self) {
        let http = PEER.unwrap_or_default().replacen("ws", "http", 1);
        let answer = fetch_text(&format!("{http}/saw?id={}&wait=5000", self.id)).await;
        assert!(!answer.contains("\"end\":\"open\""), "an orphan: {answer}");
    }

    /// What the peer saw, when the connection has ended or the time is up.
    pub(crate) async fn saw_within(&self, millis: u32) -> Saw {
        let http = PEER.unwrap_or_default().replacen("ws", "http", 1);
        Saw(fetch_json(&format!("{http}/saw?id={}&wait={millis}", self.id)).await)
    }
}

impl Saw {
    pub(crate) fn end(&self) -> String {
        get(&self.0, "end").as_string().unwrap()
    }

    pub(crate) fn messages(&self) -> f64 {
        get(&self.0, "messages").as_f64().unwrap()
    }

    pub(crate) fn last(&self) -> Option<String> {
        get(&self.0, "last").as_string()
    }

    /// The subprotocols that were offered.
    pub(crate) fn protocols(&self) -> Vec<String> {
        let list = js_sys::Array::from(&get(&self.0, "protocols"));
        list.iter().map(|protocol| protocol.as_string().unwrap()).collect()
    }

    pub(crate) fn upgraded(&self) -> bool {
        get(&self.0, "upgraded").is_truthy()
    }

    /// Code and reason of our Close frame: `None` if there was no frame, 1005 if it had no code.
    pub(crate) fn close(&self) -> Option<(u16, String)> {
        let close = get(&self.0, "close");
        if close.is_null() {
            return None;
        }
        let code = get(&close, "code").as_f64().map_or(1005, |code| code as u16);
        Some((code, get(&close, "reason").as_string().unwrap()))
    }
}
