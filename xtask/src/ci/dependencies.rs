//! What the workspace depends on: licences, sources, advisories.

use std::net::{TcpStream, ToSocketAddrs};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use url::Url;

use super::Done;
use onclose_rig::process;
use onclose_rig::setup::tools;
use onclose_rig::workspace::Workspace;

/// The workspace, and the fuzzers, which are one of their own.
const MANIFESTS: [&str; 2] = ["Cargo.toml", "fuzz/Cargo.toml"];

pub(super) fn licences(workspace: &Workspace) -> Result<()> {
    for manifest in MANIFESTS {
        let mut check = deny(workspace, manifest)?;
        process::run(check.args(["check", "licenses", "bans", "sources"]))?;
    }
    Ok(())
}

/// They are not in the registry, so without a way to the internet they cannot be had. That is said, and nothing else is
/// forgiven.
pub(super) fn advisories(workspace: &Workspace) -> Result<Done> {
    let fetch = deny(workspace, MANIFESTS[0])?.args(["fetch", "db"]).output();
    let fetch = fetch.context("cargo-deny could not be started")?;
    if !fetch.status.success() {
        let said = String::from_utf8_lossy(&fetch.stderr);
        print!("{said}");
        let Some(url) = first_url(&said) else { bail!("The advisories could not be fetched.") };
        if is_reachable(&url) {
            bail!("The advisories could not be fetched, although {url} can be reached.");
        }
        return Ok(Done::Not(format!("{url} cannot be reached")));
    }
    for manifest in MANIFESTS {
        let mut check = deny(workspace, manifest)?;
        process::run(check.args(["check", "advisories"]))?;
    }
    Ok(Done::All)
}

fn deny(workspace: &Workspace, manifest: &str) -> Result<Command> {
    let program = tools::ensure(workspace, &tools::CARGO_DENY)?;
    let mut command = Command::new(program);
    command.current_dir(workspace.root()).args(["--manifest-path", manifest]);
    command.args(["--workspace", "--locked", "--config", "deny.toml"]);
    Ok(command)
}

fn first_url(text: &str) -> Option<Url> {
    let at = text.find("https://")?;
    let url = text[at..].split(|end: char| end.is_whitespace() || "\"'`".contains(end)).next()?;
    Url::parse(url).ok()
}

fn is_reachable(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let addresses = (host, url.port_or_known_default().unwrap_or(443)).to_socket_addrs();
    addresses.into_iter().flatten().any(|address| TcpStream::connect_timeout(&address, Duration::from_secs(10)).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use tokio::net::TcpSocket;

    #[test]
    fn the_place_that_failed_is_read_from_what_was_said() {
        let said = "failed to fetch advisory database https://db.example/list with cli: failed to clone: [\"clone\"]";
        assert_eq!(first_url(said).unwrap().as_str(), "https://db.example/list");
        assert_eq!(first_url("failed"), None);
    }

    #[test]
    fn only_a_place_that_cannot_be_reached_is_forgiven() {
        let url = |address| Url::parse(&format!("https://{address}/")).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        assert!(is_reachable(&url(listener.local_addr().unwrap())));
        // Bound and deaf: a port that is merely free may be somebody else's by now.
        let deaf = TcpSocket::new_v4().unwrap();
        deaf.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        assert!(!is_reachable(&url(deaf.local_addr().unwrap())));
        assert!(!is_reachable(&Url::parse("https://nobody.invalid/").unwrap()));
    }
}
