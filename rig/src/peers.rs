//! The peer: in this process, at one host or at many, or in a process of its own.

use std::env;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use onclose_peer::{DEFAULT_PORT, Peer, Records};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::net;
use crate::process::{self, Group, Show, cargo};
use crate::site::peer_url;
use crate::workspace::Workspace;

/// How long a peer in a process of its own may take until it listens.
const START: Duration = Duration::from_secs(30);

/// A peer that is served by this process until the value is dropped.
#[derive(Debug)]
pub struct LocalPeer {
    /// What it saw of each connection.
    pub records: Records,
    hosts: Vec<SocketAddr>,
    tls: Vec<(&'static str, u16)>,
    server: JoinHandle<std::io::Result<()>>,
}

impl LocalPeer {
    /// Serves at this port; without one at the port that tests use by default, or at a free one if that is in use.
    pub async fn start(port: Option<u16>) -> Result<Self> {
        // Binding the port here first gives one rule, and one message, for ports in use.
        let listener = net::listen(port, DEFAULT_PORT).await?;
        let address = listener.local_addr()?;
        drop(listener);
        let (peer, records) = Peer::bind(address).await.context("The peer could not listen")?;
        Ok(Self::serve(peer.bind_tls().await?, records, vec![address]))
    }

    /// Serves at a free port of this many hosts; elsewhere than on Linux possibly of only one.
    ///
    /// Browsers open one connection to a host at a time, and Chromium pauses after each.
    pub async fn start_at_hosts(count: u8) -> Result<Self> {
        let (mut peer, records) = Peer::bind(net::loopback(0)).await?;
        let mut hosts = vec![peer.local_addr()];
        for number in 2..=count {
            let host = IpAddr::from(Ipv4Addr::new(127, 0, 0, number));
            if TcpListener::bind((host, 0)).is_ok() {
                peer = peer.bind_also(host).await?;
                hosts.push((host, peer.local_addr().port()).into());
            }
        }
        Ok(Self::serve(peer, records, hosts))
    }

    /// Serves a peer that was bound elsewhere; `hosts` are the addresses for [`url`](Self::url) and [`urls`](Self::urls).
    pub fn serve(peer: Peer, records: Records, hosts: Vec<SocketAddr>) -> Self {
        let tls = peer.tls().to_vec();
        Self { records, hosts, tls, server: tokio::spawn(peer.run()) }
    }

    /// Returns the address of the first host.
    pub fn address(&self) -> SocketAddr {
        self.hosts[0]
    }

    /// Returns the port for TLS with this fault.
    pub fn tls_port(&self, fault: &str) -> Result<u16> {
        let found = self.tls.iter().find(|(name, _)| *name == fault);
        found.map(|(_, port)| *port).with_context(|| format!("The peer has no TLS fault {fault:?}"))
    }

    /// Returns the WebSocket URL of a route at the first host.
    pub fn url(&self, route: &str) -> String {
        format!("{}{route}", peer_url(self.address()))
    }

    /// Returns the WebSocket URLs of a route at each host.
    pub fn urls(&self, route: &str) -> Vec<String> {
        self.hosts.iter().map(|host| format!("{}{route}", peer_url(*host))).collect()
    }

    /// Waits until the server ends, which it does only by a failure.
    pub async fn ended(&mut self) -> Result<()> {
        Ok((&mut self.server).await??)
    }
}

impl Drop for LocalPeer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A peer compiled for speed, in a process of its own: in this one it would share a processor with the driver.
#[derive(Debug)]
pub struct PeerProcess {
    pub address: SocketAddr,
    _group: Group,
}

impl PeerProcess {
    pub async fn start(workspace: &Workspace) -> Result<Self> {
        let shell = workspace.shell()?;
        process::run(cargo(&shell).args(["build", "--quiet", "--release", "-p", "onclose-peer"]), Show::Live).await?;
        let program = workspace.target().join("release").join("onclose-peer");
        let address = net::loopback(net::free_port()?);
        let mut command = Command::new(program.with_extension(env::consts::EXE_EXTENSION));
        command.arg(format!("--port={}", address.port())).stdout(Stdio::null());
        let mut group = Group::spawn(command)?;
        let begun = Instant::now();
        while TcpStream::connect(address).await.is_err() {
            if let Some(status) = group.has_ended() {
                bail!("The peer ended before it listened ({status}).");
            }
            if begun.elapsed() > START {
                bail!("The peer did not listen within {} s.", START.as_secs());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(Self { address, _group: group })
    }
}
