//! Finding the test server (the crate `onclose-peer`).

use super::connection;
use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Response, UrlSearchParams, Window};

/// What is known about the test server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    Searching,
    Found(String),
    /// An address is configured, but no server accepts connections there.
    Unreachable(String),
    /// No address is configured, as on a static host.
    Unknown,
}

impl Peer {
    pub(crate) fn address(&self) -> Option<&str> {
        match self {
            Self::Found(address) | Self::Unreachable(address) => Some(address),
            Self::Searching | Self::Unknown => None,
        }
    }
}

/// Returns the test server's TLS ports as a JavaScript object, by the name of their fault; `undefined` on failure.
pub(crate) async fn tls_ports(window: &Window, peer: &str) -> JsValue {
    let Some(host) = peer.strip_prefix("ws://") else { return JsValue::UNDEFINED };
    fetch_json(window, &format!("http://{host}/tls")).await.unwrap_or(JsValue::UNDEFINED)
}

/// Returns the port of this name, from the result of [`tls_ports`].
pub(crate) fn tls_port(ports: &JsValue, name: &str) -> Option<u16> {
    let port = Reflect::get(ports, &name.into()).ok()?.as_f64()?;
    Some(port as u16)
}

/// Finds the test server by the page's query (`?peer=ws://…`) or by `peer.json` of the page's host, and connects to it.
pub(crate) async fn find(window: &Window) -> Peer {
    let address = match from_query(window) {
        Some(address) => Some(address),
        None => from_host(window).await.ok().flatten(),
    };
    let Some(address) = address else { return Peer::Unknown };
    let address = address.trim_end_matches('/').to_owned();
    match connection::is_reachable(&format!("{address}/echo")).await {
        true => Peer::Found(address),
        false => Peer::Unreachable(address),
    }
}

fn from_query(window: &Window) -> Option<String> {
    let query = window.location().search().ok()?;
    let address = UrlSearchParams::new_with_str(&query).ok()?.get("peer")?;
    Some(address).filter(|address| !address.is_empty())
}

async fn from_host(window: &Window) -> Result<Option<String>, JsValue> {
    let answer = fetch_json(window, "peer.json").await?;
    Ok(Reflect::get(&answer, &"peer".into())?.as_string())
}

async fn fetch_json(window: &Window, url: &str) -> Result<JsValue, JsValue> {
    let response = JsFuture::from(window.fetch_with_str(url)).await?;
    let response: Response = response.dyn_into()?;
    match response.ok() {
        true => JsFuture::from(response.json()?).await,
        false => Err(JsValue::NULL),
    }
}
