//! Published crates that use `ws_stream_wasm`.

use crate::{Result, error, expect};
use alloy_json_rpc::{Id, Request};
use alloy_primitives::B256;
use alloy_pubsub::PubSubConnect as _;
use alloy_transport_ws::WsConnect;
use futures_util::StreamExt as _;
use graphql_ws_client::Client;
use graphql_ws_client::graphql::GraphqlOperation;
use graphql_ws_client::ws_stream_wasm::Connection;
use pharos::{Filter, Observable as _};
use std::future::IntoFuture as _;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use ws_stream_wasm::{WsEvent, WsMeta};

/// The subprotocol of graphql-ws-client.
const PROTOCOL: &str = "graphql-transport-ws";

/// A subscription that counts.
#[derive(serde::Serialize)]
struct Count {
    query: &'static str,
}

impl GraphqlOperation for Count {
    type Response = serde_json::Value;
    type Error = serde_json::Error;

    fn decode(&self, data: serde_json::Value) -> Result<serde_json::Value, serde_json::Error> {
        Ok(data)
    }
}

#[wasm_bindgen]
pub async fn graphql_ws_client_receives_a_subscription_and_closes_with_its_code(url: String) -> Result {
    let (mut meta, stream) = WsMeta::connect(&url, vec![PROTOCOL]).await.map_err(error)?;
    expect(meta.protocol(), PROTOCOL)?;
    let mut closed = meta.observe(Filter::Pointer(WsEvent::is_closed).into()).await.map_err(error)?;
    let (client, actor) = Client::build(Connection::new((meta, stream)).await).await.map_err(error)?;
    spawn_local(actor.into_future());
    let mut items = client.subscribe(Count { query: "subscription { count }" }).await.map_err(error)?;
    for count in 0..3 {
        let item = items.next().await.ok_or_else(|| error("the subscription has ended"))?.map_err(error)?;
        expect(item["data"]["count"].as_u64(), Some(count))?;
    }
    expect(items.next().await.is_none(), true)?;
    client.close(4000, "done").await;
    // The subscription is held until the close: the client ends without its code once nothing else is left to do.
    match closed.next().await {
        Some(WsEvent::Closed(event)) => expect(event.code, 4000)?,
        other => return Err(error(format!("the events end with {other:?}"))),
    }
    drop(items);
    Ok(())
}

#[wasm_bindgen]
pub async fn graphql_ws_client_reports_the_close_code_of_the_server(url: String) -> Result {
    let connected = WsMeta::connect(&url, vec![PROTOCOL]).await.map_err(error)?;
    match Client::build(Connection::new(connected).await).await {
        Ok(_) => Err(error("the server has acknowledged")),
        Err(graphql_ws_client::Error::Close(code, reason)) => expect((code, reason.as_str()), (4403, "Forbidden")),
        Err(other) => Err(error(other)),
    }
}

#[wasm_bindgen]
pub async fn alloy_receives_the_heads_of_eth_subscribe(url: String) -> Result {
    let frontend = WsConnect::new(url).into_service().await.map_err(error)?;
    let request = Request::new("eth_subscribe", Id::Number(1), ["newHeads"]).serialize().map_err(error)?;
    let response = frontend.send(request).await.map_err(error)?;
    let id = response.payload.as_success().ok_or_else(|| error("the subscription was refused"))?;
    let id: B256 = serde_json::from_str(id.get()).map_err(error)?;
    let mut heads = frontend.get_subscription(id).await.map_err(error)?;
    let mut numbers = Vec::new();
    for _ in 0..3 {
        let head: serde_json::Value = serde_json::from_str(heads.recv().await.map_err(error)?.get()).map_err(error)?;
        let number = head["number"].as_str().and_then(|number| number.strip_prefix("0x"));
        numbers.push(u64::from_str_radix(number.unwrap_or_default(), 16).map_err(error)?);
    }
    // alloy discards the heads that come before `get_subscription`.
    let first = numbers[0];
    expect(numbers, [first, first + 1, first + 2])
}
