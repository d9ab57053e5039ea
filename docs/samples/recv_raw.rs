use onclose::{RecvError, WebSocketReceiver};

/// Copies each message into the same buffer; those that are too large are skipped.
async fn receive(
    mut receiver: WebSocketReceiver,
    buffer: &mut [u8],
    mut on_bytes: impl FnMut(&[u8]),
) -> Result<(), RecvError> {
    while let Some(message) = receiver.recv_raw().await {
        if let Ok(length) = message?.copy_to(buffer) {
            on_bytes(&buffer[..length]);
        }
    }
    Ok(())
}
