use onclose::{CloseFrame, CloseInfo, ConnectError, Message, WebSocket};
use wasm_bindgen::prelude::wasm_bindgen;

/// Sends a greeting, logs what the server sends, and returns how the connection closed.
async fn chat(url: &str) -> Result<CloseInfo, ConnectError> {
    let mut ws = WebSocket::connect(url).await?;
    if let Err(error) = ws.send("hello").await {
        log(&format!("not sent: {error}"));
    }
    while let Some(message) = ws.recv().await {
        match message {
            Ok(Message::Text(text)) if text == "bye" => break,
            Ok(message) => log(&message.to_string()),
            Err(error) => log(&error.to_string()), // the connection was lost
        }
    }
    Ok(ws.close(CloseFrame::NORMAL).await) // resolves immediately if the connection is closed already
}

#[wasm_bindgen]
pub fn start(url: String) {
    wasm_bindgen_futures::spawn_local(async move {
        match chat(&url).await {
            Ok(info) => log(&info.to_string()),
            Err(error) => log(&error.to_string()),
        }
    });
}

fn log(text: &str) {
    web_sys::console::log_1(&text.into());
}
