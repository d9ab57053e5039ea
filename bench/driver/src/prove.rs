//! Proves that the weighed apps work, by running them.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::browser::Browser;
use super::subjects::Named;
use super::weigh::App;

/// Runs every app against the peer, as it was weighed; fails with the first one that does not work.
pub(crate) async fn prove(browser: &mut Browser, peer: &str, subjects: &[Named]) -> Result<()> {
    browser.open_page("", &[]).await?;
    for app in App::ALL {
        for named in subjects.iter().filter(|named| app.has(named)) {
            let folder = app.folder(named);
            let args = json!({ "folder": folder, "app": app.name(), "peer": peer });
            let shown = browser.run("prove", args).await.with_context(|| format!("{folder} does not work"))?;
            let Some([code, reason, clean]) = shown.as_array().map(Vec::as_slice) else {
                bail!("{folder} shows {shown}.");
            };
            // One library does not report whether the close was clean; it must not report that it was not.
            let clean = matches!(clean, Value::Null | Value::Bool(true));
            let right = *code == 4001 && *reason == "bye" && clean;
            ensure!(right, "{folder} shows {shown} instead of 4001, \"bye\", clean.");
        }
    }
    Ok(())
}
