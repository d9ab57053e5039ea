use onclose::{CloseCause, CloseCode, CloseInfo, ConnectError};

/// Decides whether to connect again after a connection has closed, or could not be established.
fn should_reconnect(result: &Result<CloseInfo, ConnectError>) -> bool {
    let info = match result {
        Ok(info) => Some(info),
        Err(error) => error.close_info(), // `None`: an invalid URL, or blocked by Firefox
    };
    info.is_some_and(|info| match info.cause() {
        CloseCause::Local => false,   // this endpoint closed, whether or not the server answered
        CloseCause::Blocked => false, // by the Content-Security-Policy, for example: it would fail again
        CloseCause::Remote => info.code() != CloseCode::NORMAL && info.code() != 4001, // 4001: log in first
        _ => true,                    // lost, refused or timed out
    })
}
