//! The page as it is hosted, and whether everybody can use it.

use anyhow::{Result, ensure};
use fantoccini::Client;
use serde_json::{Value, json};

use super::{Ctx, Page};
use onclose_rig::driver::Engine;

/// What axe finds on the page as it is now; it may not be nothing because nothing was looked at.
async fn finds_nothing(page: &Page<'_>, ctx: &Ctx, when: &str) -> Result<()> {
    page.js(&format!("{}; window.axe = axe", ctx.axe), &[]).await?;
    let script = "const done = arguments[0];
        axe.run(document).then(({ violations, passes }) => done({
            passed: passes.length,
            found: violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(node => node.html).slice(0, 3) })),
        }), error => done({ passed: 0, found: String(error) }))";
    let found = page.async_js(script, Vec::new()).await?;
    ensure!(found["found"] == json!([]), "axe finds {when}: {found}");
    ensure!(found["passed"].as_u64() > Some(15), "axe hardly looked {when}: {found}");
    Ok(())
}

pub(super) async fn nothing_keeps_people_out(client: &Client, ctx: &Ctx) -> Result<()> {
    let page = Page::open(client, ctx).await?;
    // The check itself has to find something where there is something.
    page.js("document.body.append(Object.assign(document.createElement('img'), { id: 'bad', src: 'data:,' }))", &[])
        .await?;
    ensure!(finds_nothing(&page, ctx, "").await.is_err(), "axe does not find an image without words.");
    page.js("document.getElementById('bad').remove()", &[]).await?;
    finds_nothing(&page, ctx, "when loaded").await?;

    page.choose("chosen").await?;
    page.fill("close-code", "1001").await?;
    page.press("connect").await?;
    page.until_ended().await?;
    page.js("for (const card of document.querySelectorAll('#cards > details')) card.open = true", &[]).await?;
    for theme in themes(ctx) {
        dress(client, ctx, theme).await?;
        finds_nothing(&page, ctx, &format!("after an end, in {theme}")).await?;
    }
    Ok(())
}

/// Only one engine's driver can change the theme; in the others it is the machine's.
fn themes(ctx: &Ctx) -> &'static [&'static str] {
    if ctx.engine == Engine::Chromium { &["dark", "light"] } else { &["its own"] }
}

async fn dress(client: &Client, ctx: &Ctx, theme: &str) -> Result<()> {
    if ctx.engine == Engine::Chromium {
        let features = json!([{ "name": "prefers-color-scheme", "value": theme }]);
        let params = json!({ "cmd": "Emulation.setEmulatedMedia", "params": { "features": features } });
        client.issue_cmd(DevTools(params)).await?;
        let dark = client.execute("return matchMedia('(prefers-color-scheme: dark)').matches", vec![]).await?;
        ensure!(dark == json!(theme == "dark"), "The theme did not become {theme}.");
    }
    Ok(())
}

/// Chromium's own command for what WebDriver has no command for.
#[derive(Debug)]
struct DevTools(Value);

impl fantoccini::wd::WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.0.to_string()))
    }
}

pub(super) async fn the_site_says_plainly_what_needs_a_peer(client: &Client, ctx: &Ctx) -> Result<()> {
    let page = Page::open_at(client, &format!("{}#1013", ctx.site), "unknown").await?;
    let said = page.text("peer").await?;
    ensure!(said.contains("No test server is configured") && said.contains("cargo xtask demo"), "It says {said:?}.");
    page.enabled("without a peer", &[]).await?;
    let disabled = "return ['cycles-start', 'echo-start'].every(id => document.getElementById(id).disabled)";
    ensure!(page.js(disabled, &[]).await? == json!(true), "Memory and speed could be begun without a peer.");
    let marks = "const needs = [...document.querySelectorAll('.scenario')].map(card => [
                     card.querySelector('input[type=radio]').value, (card.querySelector('.needs')?.offsetHeight ?? 0) > 0]);
                 return needs.filter(([, marked]) => !marked).map(([value]) => value)";
    let free = page.js(marks, &[]).await?;
    ensure!(free == json!(["refused", "blocked"]), "Not marked as needing a peer: {free}");

    // What needs none works: the codes, and ends that nobody has to bring about.
    let open = page.js("return document.getElementById('1013').open", &[]).await?;
    ensure!(open == json!(true), "The link did not open its code.");
    page.fill("query", "CLOSE_NORMAL").await?;
    page.until("return document.querySelectorAll('#cards > details').length === 1").await?;
    page.fill("close-code", "1001").await?;
    let note = page.text("close-note").await?;
    ensure!(note.contains("not 1001"), "What is typed is not checked: {note:?}");
    page.connect("refused").await?;
    page.until_ended().await?;
    ensure!(page.text("code").await? == "1006", "An end without a peer is not told.");
    page.has_no_fault().await
}

pub(super) async fn the_site_works_with_a_peer_that_is_named(client: &Client, ctx: &Ctx) -> Result<()> {
    let page = Page::open(client, ctx).await?;
    let peer = page.text("peer-address").await?;
    let page = Page::open_at(client, &format!("{}?peer={peer}", ctx.site), "found").await?;
    page.connect("restart").await?;
    page.until_ended().await?;
    let cause = page.text("cause-name").await?;
    ensure!(["CloseCause::Remote", "CloseCause::Lost"].contains(&cause.as_str()), "Its cause is {cause:?}.");
    page.fill("cycles-count", "10").await?;
    page.press("cycles-start").await?;
    page.until("return document.getElementById('cycles-status').dataset.state === 'done'").await?;
    page.has_no_fault().await
}

/// By what the browser itself says it has loaded.
pub(super) async fn the_site_asks_nobody_else(client: &Client, ctx: &Ctx) -> Result<()> {
    let page = Page::open_at(client, &ctx.site, "unknown").await?;
    let script = "return performance.getEntriesByType('resource').map(entry => entry.name)";
    let loaded: Vec<String> = serde_json::from_value(page.js(script, &[]).await?)?;
    // Nothing but what the weight of the first load counts.
    for file in ["style.css", "onclose_www.js", "onclose_www_bg.wasm", "peer.json", "lang/en.json"] {
        ensure!(loaded.iter().any(|name| *name == format!("{}{file}", ctx.site)), "{file} is not among {loaded:?}.");
    }
    let others: Vec<_> = loaded.iter().filter(|name| !name.ends_with(".ico") && !name.starts_with("data:")).collect();
    ensure!(others.len() == 5, "It loaded {others:?}.");
    page.has_no_fault().await
}
