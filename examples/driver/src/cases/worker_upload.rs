use anyhow::{Result, ensure};

use crate::page::Page;

/// What the page sends without a file.
const SIZE: u64 = 20_000_000;

pub(super) async fn every_byte_arrives_and_progress_is_shown(page: &Page<'_>) -> Result<()> {
    // Paced, so that the upload takes long enough to see its progress.
    page.open("/read?rate=10000000").await?;
    page.click("#upload").await?;
    page.until("const { value, max } = document.getElementById('progress'); return value > 0 && value < max").await?;
    page.until_state("closed locally: 1000 Normal Closure, clean").await?;
    let done = page.js("const { value, max } = document.getElementById('progress'); return value === max").await?;
    ensure!(done == true, "The progress is not that of the whole file.");
    let saw = page.ended().await?;
    ensure!((saw.bytes, saw.close_code()) == (SIZE, Some(1000)), "The peer saw {saw:?}");
    page.has_no_error().await
}

pub(super) async fn a_close_during_the_upload_is_shown(page: &Page<'_>) -> Result<()> {
    page.open("/close?code=1013&reason=try%20later&asked").await?;
    page.click("#upload").await?;
    // While much waits to be sent, Chromium reports this close as not clean, and Firefox as clean.
    let closed = "closed by the peer: 1013 Try Again Later, \"try later\"";
    page.until(&format!("return document.getElementById('state').textContent.startsWith('{closed}')")).await?;
    page.until_enabled("#upload").await?;
    page.ended().await?;
    page.has_no_error().await
}
