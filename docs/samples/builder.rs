use onclose::{CloseFrame, ConnectError, WebSocket};
use std::time::Duration;

const TOO_SLOW: CloseFrame = CloseFrame::from_static(4009, "reader too slow");

async fn connect(url: &str) -> Result<WebSocket, ConnectError> {
    WebSocket::builder(url)
        .protocols(["feed.v2", "feed.v1"])
        .connect_timeout(Duration::from_secs(10))
        .recv_limit(1 << 20, TOO_SLOW)
        .connect()
        .await
}
