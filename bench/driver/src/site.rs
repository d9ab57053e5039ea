//! The page's server, which also tells the page how long its own main thread has been on a processor.

use std::path::Path;
use std::sync::{Arc, Mutex};

use anyhow::Result;
use axum::http::{HeaderName, HeaderValue, header};
use axum::routing::get;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower_http::set_header::SetResponseHeaderLayer;

use super::thread::MainThread;
use onclose_rig::site::Keep;
use onclose_rig::{net, site as serve};

/// With these, browsers give a page the finest clock they have.
const ISOLATED: [(&str, &str); 2] =
    [("cross-origin-opener-policy", "same-origin"), ("cross-origin-embedder-policy", "require-corp")];

#[derive(Debug)]
pub(crate) struct Site {
    /// Ends with a slash.
    pub(crate) url: String,
    thread: Arc<Mutex<Option<MainThread>>>,
    server: JoinHandle<Result<()>>,
}

impl Site {
    pub(crate) async fn start(folder: &Path, peer: std::net::SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(net::loopback(0)).await?;
        let url = format!("http://{}/", listener.local_addr()?);
        let thread = Arc::default();
        let mut app = serve::app(folder, peer, Keep::Nothing).route(
            "/cpu.json",
            get({
                let thread: Arc<Mutex<Option<MainThread>>> = Arc::clone(&thread);
                move || async move {
                    let thread = *thread.lock().expect("nobody panics with it");
                    let answer = json!({ "nanoseconds": thread.and_then(MainThread::on_cpu) });
                    ([(header::CONTENT_TYPE, "application/json")], answer.to_string())
                }
            }),
        );
        for (name, value) in ISOLATED {
            let (name, value) = (HeaderName::from_static(name), HeaderValue::from_static(value));
            app = app.layer(SetResponseHeaderLayer::overriding(name, value));
        }
        let server = tokio::spawn(async move { Ok(axum::serve(listener, app).await?) });
        Ok(Self { url, thread, server })
    }

    /// From here on the page is told of this thread.
    pub(crate) fn watch(&self, thread: Option<MainThread>) {
        *self.thread.lock().expect("nobody panics with it") = thread;
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.server.abort();
    }
}
