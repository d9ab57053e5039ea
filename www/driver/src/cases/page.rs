//! The page, as a test sees it.

use anyhow::{Context, Result, bail, ensure};
use fantoccini::key::Key;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

use super::Ctx;

/// The longest that anything on the page may take.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Page<'a> {
    client: &'a Client,
}

impl<'a> Page<'a> {
    /// Loads it, and waits until it has found the peer.
    pub(super) async fn open(client: &'a Client, ctx: &Ctx) -> Result<Self> {
        Self::open_with(client, ctx, "", "found").await
    }

    pub(super) async fn open_with(client: &'a Client, ctx: &Ctx, query: &str, peer: &str) -> Result<Self> {
        Self::open_at(client, &format!("{}{query}", ctx.page), peer).await
    }

    pub(super) async fn open_at(client: &'a Client, address: &str, peer: &str) -> Result<Self> {
        client.goto(address).await?;
        let page = Self { client };
        page.until(&format!("return document.getElementById('peer')?.dataset.state === '{peer}'")).await?;
        Ok(page)
    }

    pub(super) async fn js(&self, script: &str, args: &[Value]) -> Result<Value> {
        self.client.execute(script, args.to_vec()).await.with_context(|| format!("This script failed: {script}"))
    }

    /// A script that calls its last argument with the answer.
    pub(super) async fn async_js(&self, script: &str, args: Vec<Value>) -> Result<Value> {
        self.client.execute_async(script, args).await.with_context(|| format!("This script failed: {script}"))
    }

    pub(super) async fn language(&self) -> Result<String> {
        let tag = self.js("return document.documentElement.lang", &[]).await?;
        Ok(tag.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until a script returns true.
    pub(super) async fn until(&self, script: &str) -> Result<()> {
        let begun = Instant::now();
        while self.js(script, &[]).await? != json!(true) {
            if begun.elapsed() > PATIENCE {
                let text = self.js("return document.body.innerText", &[]).await.unwrap_or_default();
                bail!("This never became true: {script}\n{}", text.as_str().unwrap_or_default());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    pub(super) async fn until_state(&self, state: &str) -> Result<()> {
        self.until(&format!("return document.getElementById('connection').dataset.state === '{state}'")).await
    }

    pub(super) async fn until_ended(&self) -> Result<()> {
        self.until("return document.getElementById('result').dataset.state === 'closed'").await
    }

    pub(super) async fn choose(&self, choice: &str) -> Result<()> {
        self.click(&format!("label[for=scenario-{choice}]")).await
    }

    pub(super) async fn connect(&self, choice: &str) -> Result<()> {
        self.choose(choice).await?;
        self.press("connect").await
    }

    pub(super) async fn press(&self, button: &str) -> Result<()> {
        self.click(&format!("#{button}")).await
    }

    async fn click(&self, element: &str) -> Result<()> {
        // As a person would scroll. Drivers scroll just as far as needed, which is behind the bar with the button.
        let scroll = "document.querySelector(arguments[0]).scrollIntoView({ block: 'center' })";
        self.js(scroll, &[json!(element)]).await?;
        self.client.find(Locator::Css(element)).await?.click().await?;
        Ok(())
    }

    pub(super) async fn fill(&self, field: &str, text: &str) -> Result<()> {
        let field = self.client.find(Locator::Id(field)).await?;
        field.clear().await?;
        // Not every driver's `clear` is an input to the page, and not every driver takes no keys at all.
        field.send_keys(if text.is_empty() { "0\u{e003}" } else { text }).await?;
        Ok(())
    }

    pub(super) async fn text(&self, id: &str) -> Result<String> {
        let text = self.js("return document.getElementById(arguments[0]).innerText", &[json!(id)]).await?;
        Ok(text.as_str().unwrap_or_default().trim().to_owned())
    }

    /// A `data-` attribute.
    pub(super) async fn data(&self, id: &str, name: &str) -> Result<String> {
        let script = "return document.getElementById(arguments[0]).dataset[arguments[1]]";
        let value = self.js(script, &[json!(id), json!(name)]).await?;
        Ok(value.as_str().unwrap_or_default().to_owned())
    }

    /// The name under which the peer knows the connection.
    pub(super) async fn id(&self) -> Result<String> {
        self.data("connection", "id").await
    }

    /// The kinds of the timeline's entries, in order.
    pub(super) async fn kinds(&self) -> Result<Vec<String>> {
        let kinds =
            self.js("return [...document.querySelectorAll('#events > li')].map(e => e.dataset.kind)", &[]).await?;
        Ok(serde_json::from_value(kinds)?)
    }

    /// That these buttons are enabled, and no others.
    pub(super) async fn enabled(&self, when: &str, buttons: &[&str]) -> Result<()> {
        for id in ["connect", "close", "drop", "clear"] {
            let enabled = self.client.find(Locator::Id(id)).await?.is_enabled().await?;
            ensure!(enabled == buttons.contains(&id), "Enabled {when}: {id} is {enabled}.");
        }
        Ok(())
    }

    pub(super) async fn key(&self, key: Key) -> Result<()> {
        let keys = String::from(char::from(key));
        self.client.active_element().await?.send_keys(&keys).await?;
        Ok(())
    }

    pub(super) async fn is_focused(&self, id: &str) -> Result<()> {
        let focused = self.js("return document.activeElement.id", &[]).await?;
        ensure!(focused == json!(id), "The focus is on {focused}, not on {id}.");
        Ok(())
    }

    /// Presses Tab until the focus is there.
    pub(super) async fn tab_to(&self, id: &str) -> Result<()> {
        let mut seen = Vec::new();
        for _ in 0..12 {
            if self.is_focused(id).await.is_ok() {
                return Ok(());
            }
            self.key(Key::Tab).await?;
            seen.push(self.js("return document.activeElement.id || document.activeElement.tagName", &[]).await?);
        }
        bail!("Tab never came to {id}, but to {seen:?}.")
    }

    /// What the peer saw of a connection; `wait` is how long it may take until its end.
    pub(super) async fn saw(&self, id: &str, wait: u32) -> Result<Value> {
        let peer = self.text("peer-address").await?.replacen("ws", "http", 1);
        let url = format!("{peer}/saw?id={id}&wait={wait}");
        let script = "const [url, done] = arguments;
                      fetch(url).then(answer => answer.json()).then(done, error => done(String(error)))";
        Ok(self.client.execute_async(script, vec![json!(url)]).await?)
    }

    /// That nothing went wrong which nobody caught.
    pub(super) async fn has_no_fault(&self) -> Result<()> {
        let fault = self.js("return document.documentElement.dataset.fault ?? null", &[]).await?;
        ensure!(fault.is_null(), "The page failed: {fault}");
        Ok(())
    }
}
