//! The peer in a process of its own, compiled for speed: in this program it would be neither quick nor apart.

use std::net::SocketAddr;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use tokio::net::TcpStream;

use onclose_rig::net;
use onclose_rig::process::{self, Group};
use onclose_rig::workspace::Workspace;

const START: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    _group: Group,
}

impl Peer {
    pub(crate) async fn start(workspace: &Workspace) -> Result<Self> {
        println!("Building the peer ...");
        let mut cargo = process::cargo();
        cargo.current_dir(workspace.root());
        process::run(cargo.args(["build", "--quiet", "--release", "-p", "onclose-peer"]))?;
        let program = workspace.target().join("release").join("onclose-peer");
        let address = net::loopback(net::free_port()?);
        let mut command = Command::new(program.with_extension(std::env::consts::EXE_EXTENSION));
        command.arg(format!("--port={}", address.port())).stdout(std::process::Stdio::null());
        let mut group = Group::spawn(command)?;
        let begun = Instant::now();
        while TcpStream::connect(address).await.is_err() {
            if let Some(status) = group.has_ended() {
                bail!("The peer ended at once ({status}).");
            }
            if begun.elapsed() > START {
                bail!("The peer did not listen in time.");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(Self { address, _group: group })
    }
}
