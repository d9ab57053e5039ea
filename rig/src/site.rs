//! Servers of static files.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Result;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::net;

/// A folder that is served on a loopback port until the value is dropped.
#[derive(Debug)]
pub struct Site {
    /// The address of the folder, with a slash at its end.
    pub url: String,
    server: JoinHandle<()>,
}

impl Site {
    /// Serves a folder as a host of static files does.
    pub fn folder(folder: &Path) -> SiteBuilder {
        SiteBuilder {
            folder: folder.to_owned(),
            below: String::new(),
            answers: Router::new(),
            headers: Vec::new(),
            may_restrict: false,
        }
    }

    /// Waits until the server ends, which it does only by a failure.
    pub async fn ended(&mut self) {
        let _ = (&mut self.server).await;
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.server.abort();
    }
}

#[derive(Debug)]
pub struct SiteBuilder {
    folder: PathBuf,
    below: String,
    answers: Router,
    headers: Vec<(HeaderName, &'static str)>,
    may_restrict: bool,
}

impl SiteBuilder {
    /// Serves the folder below this path.
    pub fn below(mut self, path: &str) -> Self {
        path.clone_into(&mut self.below);
        self
    }

    /// Names the peer to the page, at `peer.json`.
    pub fn peer(self, address: SocketAddr) -> Self {
        self.json("/peer.json", move || json!({ "peer": peer_url(address) }))
    }

    /// Answers requests for this path with JSON.
    pub fn json(mut self, path: &str, answer: impl Fn() -> Value + Clone + Send + Sync + 'static) -> Self {
        let content_type = [(header::CONTENT_TYPE, "application/json")];
        self.answers = self.answers.route(path, get(move || async move { (content_type, answer().to_string()) }));
        self
    }

    /// Has browsers fetch every file anew, so that a page never mixes files of two builds.
    pub fn without_cache(self) -> Self {
        self.header(header::CACHE_CONTROL, "no-store")
    }

    /// Has browsers revalidate every file; unlike `no-store` this allows a page to enter the back/forward cache.
    pub fn revalidated(self) -> Self {
        self.header(header::CACHE_CONTROL, "no-cache")
    }

    /// Isolates the page from other origins: then browsers give it their finest clock.
    pub fn isolated(self) -> Self {
        let opener = HeaderName::from_static("cross-origin-opener-policy");
        let embedder = HeaderName::from_static("cross-origin-embedder-policy");
        self.header(opener, "same-origin").header(embedder, "require-corp")
    }

    /// Answers requests with the query `guarded` with a Content-Security-Policy that forbids connections to a peer.
    pub fn with_guarded_pages(mut self) -> Self {
        self.may_restrict = true;
        self
    }

    fn header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Serves at a free port.
    pub async fn start(self) -> Result<Site> {
        let listener = TcpListener::bind(net::loopback(0)).await?;
        self.start_at(listener)
    }

    /// Serves at the port of this listener.
    pub fn start_at(self, listener: TcpListener) -> Result<Site> {
        let url = format!("http://{}{}/", listener.local_addr()?, self.below);
        // Every browser asks for an icon, and a missing one would be an error in the console.
        let mut app = self.answers.route("/favicon.ico", get(|| async { StatusCode::NO_CONTENT }));
        app = match self.below.as_str() {
            "" => app.fallback_service(ServeDir::new(&self.folder)),
            below => app.nest_service(below, ServeDir::new(&self.folder)),
        };
        if self.may_restrict {
            app = app.layer(from_fn(restrict));
        }
        for (name, value) in self.headers {
            app = app.layer(SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value)));
        }
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, app).await {
                eprintln!("The server of {} failed: {error}", self.folder.display());
            }
        });
        Ok(Site { url, server })
    }
}

async fn restrict(request: Request, next: Next) -> Response {
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
