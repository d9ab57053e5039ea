//! Loopback ports.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};

use anyhow::{Context, Result};
use tokio::net::TcpListener;

pub fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// A port that was free a moment ago, for a program that can only be told a number.
pub fn free_port() -> Result<u16> {
    let listener = StdListener::bind(loopback(0)).context("This machine gave no free port")?;
    Ok(listener.local_addr()?.port())
}

/// Listens on the chosen port, or on the usual one, or, if that is taken and nobody chose it, on a free one.
pub async fn listen(chosen: Option<u16>, usual: u16) -> Result<TcpListener> {
    let port = chosen.unwrap_or(usual);
    match TcpListener::bind(loopback(port)).await {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && chosen.is_none() => {
            println!("Port {usual} is taken; a free one is used instead.");
            Ok(TcpListener::bind(loopback(0)).await?)
        }
        result => result.with_context(|| format!("Port {port} could not be used")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_port_is_left_only_if_nobody_chose_it() {
        let holder = TcpListener::bind(loopback(0)).await.unwrap();
        let taken = holder.local_addr().unwrap().port();
        let other = listen(None, taken).await.unwrap();
        assert_ne!(other.local_addr().unwrap().port(), taken);
        let error = listen(Some(taken), 8080).await.unwrap_err();
        assert!(error.to_string().contains(&taken.to_string()), "{error}");
    }
}
