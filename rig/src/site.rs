//! The page's server.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Result;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use tokio::net::TcpListener;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

/// What a browser may keep.
#[derive(Clone, Copy, Debug)]
pub enum Keep {
    /// A page that was built again must never be mixed with an older one.
    Nothing,
    /// Pages that are left, for whoever comes back to them.
    Pages,
}

/// Serves the folder, and the peer's address at `/peer.json`, until the program ends.
pub async fn serve(listener: TcpListener, folder: &Path, peer: SocketAddr, keep: Keep) -> Result<()> {
    Ok(axum::serve(listener, app(folder, peer, keep)).await?)
}

/// Serves a folder below a path and nothing else, as hosts of static files do, until the program ends.
pub async fn serve_site(listener: TcpListener, folder: &Path, below: &str) -> Result<()> {
    Ok(axum::serve(listener, Router::new().nest_service(below, ServeDir::new(folder))).await?)
}

/// What `serve` answers with.
pub fn app(folder: &Path, peer: SocketAddr, keep: Keep) -> Router {
    let address = serde_json::json!({ "peer": peer_url(peer) }).to_string();
    let cache = HeaderValue::from_static(match keep {
        Keep::Nothing => "no-store",
        // Asked again each time, but not refused a place in the back/forward cache.
        Keep::Pages => "no-cache",
    });
    let json = [(header::CONTENT_TYPE, "application/json")];
    Router::new()
        .route("/peer.json", get(move || async move { (json, address) }))
        // Every browser asks for it; a missing one would be an error in the console.
        .route("/favicon.ico", get(|| async { StatusCode::NO_CONTENT }))
        .fallback_service(ServeDir::new(folder))
        .layer(from_fn(guard))
        .layer(SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, cache))
}

/// With this query, a page or worker may connect to nobody but us.
async fn guard(request: Request, next: Next) -> Response {
    let guarded = request.uri().query() == Some("guarded");
    let mut response = next.run(request).await;
    if guarded {
        let policy = HeaderValue::from_static("connect-src 'self'");
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

pub fn peer_url(address: SocketAddr) -> String {
    format!("ws://{address}")
}
