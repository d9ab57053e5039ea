//! Where the peer is.

use super::connection;
use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Response, UrlSearchParams, Window};

/// The peer, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    Looking,
    Found(String),
    /// There is an address, but nobody answers there.
    Silent(String),
    Unknown,
}

impl Peer {
    pub(crate) fn address(&self) -> Option<&str> {
        match self {
            Self::Found(address) | Self::Silent(address) => Some(address),
            Self::Looking | Self::Unknown => None,
        }
    }
}

/// The ports at which the peer speaks TLS, by what is wrong with it; without one, there are none.
pub(crate) async fn tls_ports(window: &Window, peer: &str) -> JsValue {
    let Some(host) = peer.strip_prefix("ws://") else { return JsValue::UNDEFINED };
    json(window, &format!("http://{host}/tls")).await.unwrap_or(JsValue::UNDEFINED)
}

/// The port of this name.
pub(crate) fn tls_port(ports: &JsValue, name: &str) -> Option<u16> {
    let port = Reflect::get(ports, &name.into()).ok()?.as_f64()?;
    Some(port as u16)
}

/// The address in the page's own (`?peer=ws://…`), else the one that its server knows, and whether it answers.
pub(crate) async fn find(window: &Window) -> Peer {
    let address = match from_query(window) {
        Some(address) => Some(address),
        None => from_server(window).await.ok().flatten(),
    };
    let Some(address) = address else { return Peer::Unknown };
    let address = address.trim_end_matches('/').to_owned();
    match connection::answers(&format!("{address}/echo")).await {
        true => Peer::Found(address),
        false => Peer::Silent(address),
    }
}

fn from_query(window: &Window) -> Option<String> {
    let query = window.location().search().ok()?;
    let address = UrlSearchParams::new_with_str(&query).ok()?.get("peer")?;
    Some(address).filter(|address| !address.is_empty())
}

async fn from_server(window: &Window) -> Result<Option<String>, JsValue> {
    let answer = json(window, "peer.json").await?;
    Ok(Reflect::get(&answer, &"peer".into())?.as_string())
}

async fn json(window: &Window, url: &str) -> Result<JsValue, JsValue> {
    let response = JsFuture::from(window.fetch_with_str(url)).await?;
    let response: Response = response.dyn_into()?;
    match response.ok() {
        true => JsFuture::from(response.json()?).await,
        false => Err(JsValue::NULL),
    }
}
