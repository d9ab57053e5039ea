//! The laboratory opened by hand, without a driver.

use anyhow::Result;
use onclose_rig::peers::LocalPeer;
use onclose_rig::process::Show;
use onclose_rig::site::Site;
use onclose_rig::workspace::Workspace;

use crate::driver::PAGE;
use crate::matrix::driver::scripts_by_hand;

/// Builds and serves the laboratory, with the cases of the matrix whose names contain `filter`, until it is interrupted.
pub async fn open(workspace: &Workspace, filter: Option<&str>) -> Result<()> {
    let (_peer, cases) = scripts_by_hand(filter.unwrap_or_default()).await?;
    let folder = PAGE.build(workspace, Show::Live).await?;
    let mut peer = LocalPeer::start(None).await?;
    let site = Site::folder(&folder).peer(peer.address()).json("/cases.json", move || cases.clone());
    let site = site.without_cache().with_guarded_pages().start().await?;
    let url = &site.url;
    println!("\nThe laboratory:              {url}#by-hand");
    println!("Connections forbidden (CSP): {url}?guarded#by-hand");
    println!(
        "In the console, for example: await lab.run(\"onclose.hello\", {{ url: \"{}\", text: \"hi\" }})",
        peer.url("/echo")
    );
    println!("In a worker:                 await lab.run(\"raw.hello\", {{ ... }}, \"worker\")");
    println!("Jobs: `raw.` in faults/static/raw, `onclose.` in faults/src. Ctrl-C ends it.");
    peer.ended().await
}
