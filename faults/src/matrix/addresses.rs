//! A peer of the matrix's own, and the addresses at which its scripts find it.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::{Context, Result, bail};
use onclose_peer::Peer;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use url::form_urlencoded::byte_serialize;

use super::cases::{Case, Target};
use crate::driver::Place;
use onclose_rig::net;

/// Firefox connects to one host at a time, and holds back what follows a failure: cases that run beside one another
/// have hosts of their own.
const HOSTS: u8 = 60;
/// The host for TLS of each spot.
const TLS_HOST: u8 = 250;

/// Who plays a script, and where.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Spot {
    pub(super) place: Place,
    pub(super) side: Side,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Side {
    Raw,
    Ours,
}

impl Spot {
    fn name(self) -> String {
        let side = match self.side {
            Side::Raw => "raw",
            Side::Ours => "ours",
        };
        format!("{}-{side}", self.place.name())
    }

    /// The third number of its hosts.
    fn net(self) -> u8 {
        1 + 2 * u8::from(self.place == Place::Worker) + u8::from(self.side == Side::Ours)
    }

    fn host(self, last: u8) -> Ipv4Addr {
        // Elsewhere than on Linux, only one address of the loopback is there from the start.
        if cfg!(target_os = "linux") { Ipv4Addr::new(127, 0, self.net(), last) } else { Ipv4Addr::LOCALHOST }
    }

    fn all() -> impl Iterator<Item = Self> {
        Place::ALL.into_iter().flat_map(|place| [Side::Raw, Side::Ours].map(|side| Self { place, side }))
    }
}

pub(super) struct Ground {
    address: SocketAddr,
    tls: BTreeMap<String, u16>,
    /// At which nobody listens.
    silent: u16,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Drop for Ground {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// What the peer saw of one connection.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Saw {
    pub(super) upgraded: bool,
    pub(super) messages: u64,
    pub(super) bytes: u64,
    pub(super) close: Option<SawClose>,
    pub(super) end: String,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct SawClose {
    pub(super) hex: String,
}

impl Ground {
    pub(super) async fn start() -> Result<Self> {
        let (mut peer, _) = Peer::bind(net::loopback(0)).await?;
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
        let silent = net::free_port()?;
        let mut ground = Self { address, tls: BTreeMap::new(), silent, serving: tokio::spawn(peer.run()) };
        ground.tls = serde_json::from_value(ground.get("/tls").await?.context("The peer tells no ports of TLS")?)?;
        Ok(ground)
    }

    /// The name that the peer knows a connection by.
    pub(super) fn id(spot: Spot, index: usize, run: usize) -> String {
        format!("{}-{index}-{run}", spot.name())
    }

    pub(super) fn url(&self, case: &Case, spot: Spot, index: usize, run: usize) -> Result<String> {
        let id = Self::id(spot, index, run);
        let host = spot.host(1 + (index % usize::from(HOSTS)) as u8);
        let tls = spot.host(TLS_HOST);
        let port = self.address.port();
        let route = |route: &str| format!("{route}{}id={id}", if route.contains('?') { '&' } else { '?' });
        let door = |name: &str| self.tls.get(name).copied().with_context(|| format!("The peer has no TLS {name:?}"));
        Ok(match &case.to {
            Target::Peer(path) => format!("ws://{host}:{port}{}", route(path)),
            Target::Http(path) => format!("http://{host}:{port}{}", route(path)),
            Target::Redirect(scheme) => {
                let there = format!("{scheme}://{host}:{port}/echo?id={id}-there");
                let there: String = byte_serialize(there.as_bytes()).collect();
                format!("ws://{host}:{port}{}", route(&format!("/refuse?status=301&location={there}")))
            }
            Target::Tls(fault) => format!("wss://{tls}:{}{}", door(fault)?, route("/echo")),
            Target::PlainToTls => format!("ws://{tls}:{}{}", door("self-signed")?, route("/echo")),
            Target::TlsToPlain => format!("wss://{host}:{port}{}", route("/echo")),
            Target::Nobody => format!("ws://{host}:{}/", self.silent),
            Target::Blocked => format!("ws://{host}:9/"),
            Target::Url(url) => (*url).to_owned(),
        })
    }

    /// An echo for sockets that only have to be there.
    pub(super) fn crowd(&self, spot: Spot) -> String {
        format!("ws://{}:{}/echo", spot.host(TLS_HOST), self.address.port())
    }

    /// What the peer saw of it, after its end if that comes within so many milliseconds; `None` if it saw nothing.
    pub(super) async fn saw(&self, id: &str, wait: u32) -> Result<Option<Saw>> {
        let saw = self.get(&format!("/saw?id={id}&wait={wait}")).await?;
        Ok(saw.map(serde_json::from_value).transpose()?)
    }

    /// What the peer answers to plain HTTP; `None` if it knows of nothing.
    async fn get(&self, target: &str) -> Result<Option<Value>> {
        let mut stream = TcpStream::connect(self.address).await?;
        stream.write_all(format!("GET {target} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address).as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        let (head, body) = answer.split_once("\r\n\r\n").context("The peer's answer has no end")?;
        match head.split(' ').nth(1) {
            Some("200") => Ok(Some(serde_json::from_str(body)?)),
            Some("404") => Ok(None),
            _ => bail!("The peer answered {target} with {head}"),
        }
    }
}

impl Case {
    /// Whether a connection comes so far that the peer learns its name.
    pub(super) fn reaches_the_peer(&self) -> bool {
        match self.to {
            Target::Peer(_) | Target::Http(_) | Target::Redirect(_) => {
                !matches!(self.kind, super::cases::Kind::Guarded)
            }
            _ => false,
        }
    }
}
