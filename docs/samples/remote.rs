use futures_util::future::BoxFuture;
use onclose::{ConnectError, RemoteWebSocket, WebSocket};

/// What a library asks for: any thread may call it, and its futures may move between threads.
trait Transport: Send + Sync {
    fn ask(&mut self, question: String) -> BoxFuture<'_, Result<String, Box<dyn std::error::Error + Send + Sync>>>;
}

impl Transport for RemoteWebSocket {
    fn ask(&mut self, question: String) -> BoxFuture<'_, Result<String, Box<dyn std::error::Error + Send + Sync>>> {
        Box::pin(async move {
            self.send(question).await?;
            match self.recv().await {
                Some(answer) => Ok(answer?.to_string()),
                // The connection has closed in order instead: how it closed is the error.
                None => Err(self.closed().await.into()),
            }
        })
    }
}

/// Connects on this thread. The socket stays here, with its driver; the transport can go anywhere.
async fn connect(url: &str) -> Result<impl Transport + 'static, ConnectError> {
    let (remote, driver) = WebSocket::connect(url).await?.into_remote();
    wasm_bindgen_futures::spawn_local(async move {
        let info = driver.await;
        web_sys::console::log_1(&format!("the socket has closed: {info}").into());
    });
    Ok(remote)
}
