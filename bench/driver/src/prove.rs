//! That the apps that were weighed do what they are weighed for.

use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::browser::Browser;
use super::site::Site;
use super::subjects::Named;
use super::weigh::App;
use onclose_rig::site as serve;

/// Runs every app against the peer, as it was weighed; fails with the first that does not do its work.
pub(crate) async fn prove(browser: &mut Browser, site: &Site, peer: SocketAddr, subjects: &[Named]) -> Result<()> {
    browser.page(site, "", &[]).await?;
    for app in App::ALL {
        for named in subjects.iter().filter(|named| app.has(named)) {
            let folder = app.folder(named);
            let args = json!({ "folder": folder, "app": app.name(), "peer": serve::peer_url(peer) });
            let told = browser.run("prove", args).await.with_context(|| format!("{folder} does not do its work"))?;
            let Some([code, reason, clean]) = told.as_array().map(Vec::as_slice) else {
                anyhow::bail!("{folder} told {told}.");
            };
            // One library cannot tell whether the end was clean; it must not tell something wrong.
            let clean = matches!(clean, Value::Null | Value::Bool(true));
            ensure!(*code == 4001 && *reason == "bye" && clean, "{folder} told {told} of 4001, \"bye\", clean.");
        }
    }
    Ok(())
}
