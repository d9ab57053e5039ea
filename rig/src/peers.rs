//! `cargo xtask peer`, and the peer inside the other commands.

use std::future::Future;
use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::{Context, Result};
use onclose_peer::{DEFAULT_PORT, Peer};

use crate::{net, site};

/// The peer alone.
pub async fn run(port: Option<u16>) -> Result<ExitCode> {
    let (address, peer) = start(port).await?;
    println!("The peer listens at {}; Ctrl-C ends it.", site::peer_url(address));
    peer.await?;
    Ok(ExitCode::SUCCESS)
}

/// Binds the peer to this port, or without one to the port that tests know, or to a free one if that is taken.
pub async fn start(port: Option<u16>) -> Result<(SocketAddr, impl Future<Output = Result<()>>)> {
    // Asking for the port first keeps one rule, and one message, for taken ports.
    let listener = net::listen(port, DEFAULT_PORT).await?;
    let address = listener.local_addr()?;
    drop(listener);
    let peer = async { Peer::bind(address).await?.0.bind_tls().await };
    let peer = peer.await.context("The peer could not listen")?;
    let address = peer.local_addr();
    let ended = async move { peer.run().await.context("The peer ended") };
    Ok((address, ended))
}
