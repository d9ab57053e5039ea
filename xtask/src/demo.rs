//! `cargo xtask demo`: the page and the peer, in one program.

use std::process::ExitCode;

use anyhow::Result;

use onclose_rig::peers as peer;
use onclose_rig::workspace::Workspace;
use onclose_rig::{build as page, net, site as serve};

const PORT: u16 = 8080;

pub(crate) async fn run(workspace: &Workspace, port: Option<u16>) -> Result<ExitCode> {
    // The port is taken first: a wrong one should not be told after a minute of compiling.
    let listener = net::listen(port, PORT).await?;
    let folder = page::build(workspace, page::WWW)?;
    let (peer_address, peer) = peer::start(Some(0)).await?;
    let page = format!("http://{}/", listener.local_addr()?);

    println!("\nThe page:  {page}");
    println!("The peer:  {}", serve::peer_url(peer_address));
    println!("Ctrl-C ends both.");
    if has_display() {
        // The address is on the screen; whether a browser opens is a convenience.
        let _ = open::that_detached(&page);
    }
    tokio::select! {
        result = serve::serve(listener, &folder, peer_address, serve::Keep::Nothing) => result?,
        result = peer => result?,
    }
    Ok(ExitCode::SUCCESS)
}

fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let has_screen = cfg!(any(windows, target_os = "macos")) || set("DISPLAY") || set("WAYLAND_DISPLAY");
    has_screen && !set("CI")
}
