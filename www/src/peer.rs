//! Where the peer is.

use crate::connection;
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
    let response = JsFuture::from(window.fetch_with_str("peer.json")).await?;
    let response: Response = response.dyn_into()?;
    if !response.ok() {
        return Ok(None);
    }
    let json = JsFuture::from(response.json()?).await?;
    Ok(Reflect::get(&json, &"peer".into())?.as_string())
}
