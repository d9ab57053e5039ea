//! A peer at several hosts: browsers open one connection to a host at a time, and Chromium pauses after each.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};

use anyhow::Result;
use onclose_peer::Peer;
use tokio::task::JoinHandle;

use onclose_rig::net;

/// As many connections can be opened at a time.
const HOSTS: u8 = 8;

#[derive(Debug)]
pub(super) struct Hosts {
    addresses: Vec<SocketAddr>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Hosts {
    pub(super) async fn start() -> Result<Self> {
        let (mut peer, _) = Peer::bind(net::loopback(0)).await?;
        let mut addresses = vec![peer.local_addr()];
        for number in 2..=HOSTS {
            let host = IpAddr::from(Ipv4Addr::new(127, 0, 0, number));
            // Elsewhere than on Linux there may be only one.
            if TcpListener::bind((host, 0)).is_ok() {
                peer = peer.bind_also(host).await?;
                addresses.push((host, peer.local_addr().port()).into());
            }
        }
        Ok(Self { addresses, task: tokio::spawn(peer.run()) })
    }

    /// This route at each host.
    pub(super) fn all(&self, route: &str) -> Vec<String> {
        self.addresses.iter().map(|address| format!("ws://{address}{route}")).collect()
    }

    /// This route at one host.
    pub(super) fn one(&self, route: &str) -> String {
        self.all(route).swap_remove(0)
    }

    pub(super) fn hosts(&self) -> usize {
        self.addresses.len()
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        self.task.abort();
    }
}
