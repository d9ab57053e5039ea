//! The matrix has a peer of its own: starts it, and makes the URLs at which its scripts find it.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use anyhow::Result;
use onclose_peer::Peer;
use onclose_rig::net;
use onclose_rig::peers::LocalPeer;
use url::form_urlencoded::byte_serialize;

use super::cases::{Case, Kind, Target};
use super::report::PeerView;
use crate::browser::{Scope, Side};

/// Firefox opens one connection to a host at a time, and delays the next after a failure: cases that run at the same time
/// have different hosts.
const HOSTS: u8 = 60;
/// The last number of the host for TLS.
const TLS_HOST: u8 = 250;

/// What plays a script, and where.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Spot {
    pub(super) scope: Scope,
    pub(super) side: Side,
}

impl Spot {
    fn name(self) -> String {
        let side = match self.side {
            Side::Plain => "plain",
            Side::Crate => "crate",
        };
        format!("{}-{side}", self.scope.name())
    }

    /// Returns the third number of its hosts.
    fn net(self) -> u8 {
        1 + 2 * u8::from(self.scope == Scope::Worker) + u8::from(self.side == Side::Crate)
    }

    fn host(self, last: u8) -> Ipv4Addr {
        // Elsewhere than on Linux, only 127.0.0.1 exists without configuration.
        if cfg!(target_os = "linux") { Ipv4Addr::new(127, 0, self.net(), last) } else { Ipv4Addr::LOCALHOST }
    }

    fn all() -> impl Iterator<Item = Self> {
        Scope::ALL.into_iter().flat_map(|scope| Side::ALL.map(|side| Self { scope, side }))
    }
}

#[derive(Debug)]
pub(super) struct Addresses {
    peer: LocalPeer,
    /// A port without a server.
    unused: u16,
}

impl Addresses {
    pub(super) async fn start() -> Result<Self> {
        let (mut peer, records) = Peer::bind(net::loopback(0)).await?;
        let hosts = |last| Spot::all().map(move |spot| IpAddr::V4(spot.host(last)));
        if cfg!(target_os = "linux") {
            for host in hosts(TLS_HOST) {
                peer = peer.bind_also(host).await?;
            }
        }
        peer = peer.bind_tls().await?;
        if cfg!(target_os = "linux") {
            for host in (0..HOSTS).flat_map(|index| hosts(index + 1)) {
                peer = peer.bind_also(host).await?;
            }
        }
        let address = peer.local_addr();
        Ok(Self { peer: LocalPeer::serve(peer, records, vec![address]), unused: net::free_port()? })
    }

    /// Returns the id of a connection in the peer's records.
    fn id(spot: Spot, index: usize, run: usize) -> String {
        format!("{}-{index}-{run}", spot.name())
    }

    pub(super) fn url(&self, case: &Case, spot: Spot, index: usize, run: usize) -> Result<String> {
        let id = Self::id(spot, index, run);
        let host = spot.host(1 + (index % usize::from(HOSTS)) as u8);
        let tls = spot.host(TLS_HOST);
        let port = self.peer.address().port();
        let route = |route: &str| format!("{route}{}id={id}", if route.contains('?') { '&' } else { '?' });
        Ok(match &case.to {
            Target::Peer(path) => format!("ws://{host}:{port}{}", route(path)),
            Target::Http(path) => format!("http://{host}:{port}{}", route(path)),
            Target::Redirect(scheme) => {
                let there = format!("{scheme}://{host}:{port}/echo?id={id}-there");
                let there: String = byte_serialize(there.as_bytes()).collect();
                format!("ws://{host}:{port}{}", route(&format!("/refuse?status=301&location={there}")))
            }
            Target::Tls(fault) => format!("wss://{tls}:{}{}", self.peer.tls_port(fault)?, route("/echo")),
            Target::PlainToTls => format!("ws://{tls}:{}{}", self.peer.tls_port("self-signed")?, route("/echo")),
            Target::TlsToPlain => format!("wss://{host}:{port}{}", route("/echo")),
            Target::NoServer => format!("ws://{host}:{}/", self.unused),
            Target::Blocked => format!("ws://{host}:9/"),
            Target::Url(url) => (*url).to_owned(),
        })
    }

    /// Returns the URL of an echo for the sockets of a crowd.
    pub(super) fn crowd(&self, spot: Spot) -> String {
        format!("ws://{}:{}/echo", spot.host(TLS_HOST), self.peer.address().port())
    }

    /// Returns what the peer saw of a run, waiting this long for the end; `None` if the connection did not reach the peer.
    pub(super) async fn saw(&self, spot: Spot, index: usize, run: usize, wait_ms: u64) -> Option<PeerView> {
        let id = Self::id(spot, index, run);
        self.peer.records.saw(&id, Duration::from_millis(wait_ms)).await.map(PeerView::from)
    }
}

impl Case {
    /// Returns whether the peer reads the request, and with it the id of the connection.
    pub(super) fn reaches_the_peer(&self) -> bool {
        match self.to {
            Target::Peer(_) | Target::Http(_) | Target::Redirect(_) => self.kind != Kind::Guarded,
            _ => false,
        }
    }
}
