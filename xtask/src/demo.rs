//! `cargo xtask demo` and `cargo xtask peer`.

use anyhow::Result;
use onclose_rig::net;
use onclose_rig::peers::LocalPeer;
use onclose_rig::process::Show;
use onclose_rig::site::Site;
use onclose_rig::workspace::Workspace;

const PORT: u16 = 8080;

/// Builds and serves the demo page, with a peer, until it is interrupted.
pub(crate) async fn run(workspace: &Workspace, port: Option<u16>) -> Result<()> {
    // Bound first: a port in use should not be reported after a minute of compiling.
    let listener = net::listen(port, PORT).await?;
    let folder = onclose_www_driver::PAGE.build(workspace, Show::Live).await?;
    let mut peer = LocalPeer::start(Some(0)).await?;
    let mut site = Site::folder(&folder).peer(peer.address()).without_cache().start_at(listener)?;

    println!("\nThe page: {}", site.url);
    println!("The peer: {}", peer.url(""));
    println!("Ctrl-C ends both.");
    if has_display() {
        // The address is printed, so a browser that does not open is no failure.
        let _ = open::that_detached(&site.url);
    }
    tokio::select! {
        () = site.ended() => Ok(()),
        result = peer.ended() => result,
    }
}

/// Serves a peer until it is interrupted.
pub(crate) async fn peer(port: Option<u16>) -> Result<()> {
    let mut peer = LocalPeer::start(port).await?;
    println!("The peer: {}", peer.url(""));
    println!("Ctrl-C ends it.");
    peer.ended().await
}

fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let has_screen = cfg!(any(windows, target_os = "macos")) || set("DISPLAY") || set("WAYLAND_DISPLAY");
    has_screen && !set("CI")
}
