//! Accessibility, and the page as it is hosted.

use anyhow::{Result, ensure};
use onclose_rig::engine::Engine;
use onclose_rig::session::Session;
use serde_json::json;

use crate::Context;
use crate::page::Page;

/// Fails if axe reports a violation on the page as it is now, or if it checked too little.
async fn finds_nothing(page: &Page<'_>, context: &Context<'_>, when: &str) -> Result<()> {
    page.js(&format!("{}; window.axe = axe", context.axe), &[]).await?;
    let script = "const done = arguments[0];
        axe.run(document).then(({ violations, passes }) => done({
            passed: passes.length,
            found: violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(node => node.html).slice(0, 3) })),
        }), error => done({ passed: 0, found: String(error) }))";
    let found = page.async_js(script, Vec::new()).await?;
    ensure!(found["found"] == json!([]), "axe finds {when}: {found}");
    ensure!(found["passed"].as_u64() > Some(15), "axe checked too little {when}: {found}");
    Ok(())
}

pub(super) async fn the_page_is_accessible(session: &Session, context: &Context<'_>) -> Result<()> {
    let page = Page::open(session, context).await?;
    // The check must find a violation where there is one.
    page.js("document.body.append(Object.assign(document.createElement('img'), { id: 'bad', src: 'data:,' }))", &[])
        .await?;
    ensure!(finds_nothing(&page, context, "").await.is_err(), "axe does not find an image without a text.");
    page.js("document.getElementById('bad').remove()", &[]).await?;
    finds_nothing(&page, context, "when loaded").await?;

    page.choose("chosen").await?;
    page.fill("close-code", "1001").await?;
    page.press("connect").await?;
    page.until_closed().await?;
    page.js("for (const card of document.querySelectorAll('#cards > details')) card.open = true", &[]).await?;
    for theme in themes(session.engine()) {
        set_theme(session, theme).await?;
        finds_nothing(&page, context, &format!("after a close, in {theme}")).await?;
    }
    Ok(())
}

/// Only Chromium's driver can change the theme; the other engines have the machine's.
fn themes(engine: Engine) -> &'static [&'static str] {
    if engine == Engine::Chromium { &["dark", "light"] } else { &["its own"] }
}

async fn set_theme(session: &Session, theme: &str) -> Result<()> {
    if session.engine() == Engine::Chromium {
        let features = json!([{ "name": "prefers-color-scheme", "value": theme }]);
        session.cdp("Emulation.setEmulatedMedia", json!({ "features": features })).await?;
        let dark = session.script("return matchMedia('(prefers-color-scheme: dark)').matches", vec![]).await?;
        ensure!(dark == json!(theme == "dark"), "The theme is not {theme}.");
    }
    Ok(())
}

pub(super) async fn the_site_explains_what_needs_a_peer(session: &Session, context: &Context<'_>) -> Result<()> {
    let page = Page::open_at(session, &format!("{}#1013", context.site), "unknown").await?;
    let said = page.says("peer", "peer.unknown").await?;
    ensure!(said.contains("cargo xtask demo"), "The text names no command: {said:?}.");
    page.enabled("without a peer", &[]).await?;
    let disabled = "return ['cycles-start', 'echo-start'].every(id => document.getElementById(id).disabled)";
    ensure!(page.js(disabled, &[]).await? == json!(true), "The loads can be started without a peer.");
    let marks = "const needs = [...document.querySelectorAll('.scenario')].map(card => [
                     card.querySelector('input[type=radio]').value, (card.querySelector('.needs')?.offsetHeight ?? 0) > 0]);
                 return needs.filter(([, marked]) => !marked).map(([value]) => value)";
    let free = page.js(marks, &[]).await?;
    ensure!(free == json!(["refused", "blocked"]), "Not marked as needing a peer: {free}");

    // The codes work, and so do the scenarios that need no peer.
    let open = page.js("return document.getElementById('1013').open", &[]).await?;
    ensure!(open == json!(true), "The link did not open its code.");
    page.fill("query", "CLOSE_NORMAL").await?;
    page.until("return document.querySelectorAll('#cards > details').length === 1").await?;
    page.fill("close-code", "1001").await?;
    page.says("close-note", "invalid.not_sendable").await?;
    page.connect("refused").await?;
    page.until_closed().await?;
    ensure!(page.text("code").await? == "1006", "The close without a peer is not shown.");
    page.has_no_fault().await
}

pub(super) async fn the_site_works_with_a_peer_in_its_address(session: &Session, context: &Context<'_>) -> Result<()> {
    let page = Page::open(session, context).await?;
    let peer = page.text("peer-address").await?;
    let page = Page::open_at(session, &format!("{}?peer={peer}", context.site), "found").await?;
    page.connect("restart").await?;
    page.until_closed().await?;
    let cause = page.text("cause-name").await?;
    ensure!(["CloseCause::Remote", "CloseCause::Lost"].contains(&cause.as_str()), "Its cause is {cause:?}.");
    page.fill("cycles-count", "10").await?;
    page.press("cycles-start").await?;
    page.until("return document.getElementById('cycles-status').dataset.state === 'done'").await?;
    page.has_no_fault().await
}

/// Checked by the browser's own list of what it has loaded.
pub(super) async fn the_site_loads_only_its_own_files(session: &Session, context: &Context<'_>) -> Result<()> {
    let page = Page::open_at(session, context.site, "unknown").await?;
    let script = "return performance.getEntriesByType('resource').map(entry => entry.name)";
    let loaded: Vec<String> = serde_json::from_value(page.js(script, &[]).await?)?;
    // The files that the budget of the first load counts, and no others.
    for file in ["style.css", "onclose_www.js", "onclose_www_bg.wasm", "peer.json", "lang/en.json"] {
        ensure!(
            loaded.iter().any(|name| *name == format!("{}{file}", context.site)),
            "{file} is not among {loaded:?}."
        );
    }
    let others: Vec<_> = loaded.iter().filter(|name| !name.ends_with(".ico") && !name.starts_with("data:")).collect();
    ensure!(others.len() == 5, "It loaded {others:?}.");
    page.has_no_fault().await
}
