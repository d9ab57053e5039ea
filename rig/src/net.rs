//! Loopback ports.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};

use anyhow::{Context, Result};
use tokio::net::TcpListener;

pub fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// Returns a port that was free a moment ago, for a program that cannot choose one by itself.
pub fn free_port() -> Result<u16> {
    let listener = StdListener::bind(loopback(0)).context("There is no free port")?;
    Ok(listener.local_addr()?.port())
}

/// Listens on the chosen port; without one on the default port, or on a free one if that is in use.
pub async fn listen(chosen: Option<u16>, default: u16) -> Result<TcpListener> {
    let port = chosen.unwrap_or(default);
    match TcpListener::bind(loopback(port)).await {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && chosen.is_none() => {
            println!("Port {default} is in use; using a free one.");
            Ok(TcpListener::bind(loopback(0)).await?)
        }
        result => result.with_context(|| format!("Port {port} could not be used")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_in_use_is_replaced_only_if_it_was_not_chosen() {
        let holder = TcpListener::bind(loopback(0)).await.unwrap();
        let used = holder.local_addr().unwrap().port();
        let other = listen(None, used).await.unwrap();
        assert_ne!(other.local_addr().unwrap().port(), used);
        let error = listen(Some(used), 8080).await.unwrap_err();
        assert!(error.to_string().contains(&used.to_string()), "{error}");
    }
}
