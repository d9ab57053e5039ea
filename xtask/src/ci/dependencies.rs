//! The dependencies: licences, sources, advisories.

use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use url::Url;
use xshell::{Cmd, Shell};

use super::Done;

/// The workspace, and that of the fuzz targets.
const MANIFESTS: [&str; 2] = ["Cargo.toml", "fuzz/Cargo.toml"];

pub(super) fn licences(shell: &Shell, cargo_deny: &Path) -> Result<()> {
    for manifest in MANIFESTS {
        deny(shell, cargo_deny, manifest).args(["check", "licenses", "bans", "sources"]).run()?;
    }
    Ok(())
}

/// Checks the advisories, which are not in the registry: without access to them the step is reported as not checked. No
/// other failure is accepted.
pub(super) fn advisories(shell: &Shell, cargo_deny: &Path) -> Result<Done> {
    let fetch = deny(shell, cargo_deny, MANIFESTS[0]).args(["fetch", "db"]).quiet().ignore_status().output();
    let fetch = fetch.context("cargo-deny could not be started")?;
    if !fetch.status.success() {
        let said = String::from_utf8_lossy(&fetch.stderr);
        print!("{said}");
        let Some(url) = first_url(&said) else { bail!("The advisories could not be fetched.") };
        if is_reachable(&url) {
            bail!("The advisories could not be fetched, although {url} can be reached.");
        }
        return Ok(Done::NotChecked(format!("{url} cannot be reached")));
    }
    for manifest in MANIFESTS {
        deny(shell, cargo_deny, manifest).args(["check", "advisories"]).run()?;
    }
    Ok(Done::All)
}

fn deny<'a>(shell: &'a Shell, cargo_deny: &Path, manifest: &str) -> Cmd<'a> {
    let command = shell.cmd(cargo_deny).args(["--manifest-path", manifest]);
    command.args(["--workspace", "--locked", "--config", "deny.toml"])
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
    fn the_url_that_failed_is_found_in_the_message() {
        let said = "failed to fetch advisory database https://db.example/list with cli: failed to clone: [\"clone\"]";
        assert_eq!(first_url(said).unwrap().as_str(), "https://db.example/list");
        assert_eq!(first_url("failed"), None);
    }

    #[test]
    fn only_an_unreachable_host_is_accepted() {
        let url = |address| Url::parse(&format!("https://{address}/")).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        assert!(is_reachable(&url(listener.local_addr().unwrap())));
        // Bound without listening: another program could bind a port that is merely free.
        let bound = TcpSocket::new_v4().unwrap();
        bound.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        assert!(!is_reachable(&url(bound.local_addr().unwrap())));
        assert!(!is_reachable(&Url::parse("https://nobody.invalid/").unwrap()));
    }
}
