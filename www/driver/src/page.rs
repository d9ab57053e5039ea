//! The page, as a test uses it.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use fantoccini::Locator;
use fantoccini::key::Key;
use onclose_rig::session::Session;
use serde_json::{Value, json};

use crate::Context;

/// The longest that anything on the page may take.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Page<'a> {
    session: &'a Session,
}

impl<'a> Page<'a> {
    /// Opens the page, and waits until it has found the peer.
    pub(crate) async fn open(session: &'a Session, context: &Context<'_>) -> Result<Self> {
        Self::open_with(session, context, "", "found").await
    }

    /// Opens the page with a query or fragment, and waits until it knows this of the peer.
    pub(crate) async fn open_with(
        session: &'a Session,
        context: &Context<'_>,
        query: &str,
        peer: &str,
    ) -> Result<Self> {
        Self::open_at(session, &format!("{}{query}", context.page), peer).await
    }

    pub(crate) async fn open_at(session: &'a Session, address: &str, peer: &str) -> Result<Self> {
        session.goto(address).await?;
        let page = Self { session };
        page.until(&format!("return document.getElementById('peer')?.dataset.state === '{peer}'")).await?;
        Ok(page)
    }

    pub(crate) async fn js(&self, script: &str, args: &[Value]) -> Result<Value> {
        self.session.script(script, args.to_vec()).await
    }

    /// Runs a script that calls its last argument with the answer.
    pub(crate) async fn async_js(&self, script: &str, args: Vec<Value>) -> Result<Value> {
        self.session.async_script(script, args).await
    }

    pub(crate) async fn language(&self) -> Result<String> {
        let tag = self.js("return document.documentElement.lang", &[]).await?;
        Ok(tag.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until a script returns true.
    pub(crate) async fn until(&self, script: &str) -> Result<()> {
        if !self.session.until(script, PATIENCE).await? {
            let text = self.js("return document.body.innerText", &[]).await.unwrap_or_default();
            bail!("This never became true: {script}\n{}", text.as_str().unwrap_or_default());
        }
        Ok(())
    }

    pub(crate) async fn until_state(&self, state: &str) -> Result<()> {
        self.until(&format!("return document.getElementById('connection').dataset.state === '{state}'")).await
    }

    pub(crate) async fn until_closed(&self) -> Result<()> {
        self.until("return document.getElementById('result').dataset.state === 'closed'").await
    }

    pub(crate) async fn choose(&self, scenario: &str) -> Result<()> {
        self.click(&format!("label[for=scenario-{scenario}]")).await
    }

    pub(crate) async fn connect(&self, scenario: &str) -> Result<()> {
        self.choose(scenario).await?;
        self.press("connect").await
    }

    pub(crate) async fn press(&self, button: &str) -> Result<()> {
        self.click(&format!("#{button}")).await
    }

    async fn click(&self, element: &str) -> Result<()> {
        // Drivers scroll no further than needed, which leaves the element behind the bar with the button.
        let scroll = "document.querySelector(arguments[0]).scrollIntoView({ block: 'center' })";
        self.js(scroll, &[json!(element)]).await?;
        self.session.client().find(Locator::Css(element)).await?.click().await?;
        Ok(())
    }

    pub(crate) async fn fill(&self, field: &str, text: &str) -> Result<()> {
        let field = self.session.client().find(Locator::Id(field)).await?;
        field.clear().await?;
        // Some drivers clear a field without an `input` event, and some reject an empty list of keys.
        field.send_keys(if text.is_empty() { "0\u{e003}" } else { text }).await?;
        Ok(())
    }

    pub(crate) async fn text(&self, id: &str) -> Result<String> {
        let text = self.js("return document.getElementById(arguments[0]).innerText", &[json!(id)]).await?;
        Ok(text.as_str().unwrap_or_default().trim().to_owned())
    }

    /// Returns a `data-` attribute.
    pub(crate) async fn data(&self, id: &str, name: &str) -> Result<String> {
        let script = "return document.getElementById(arguments[0]).dataset[arguments[1]]";
        let value = self.js(script, &[json!(id), json!(name)]).await?;
        Ok(value.as_str().unwrap_or_default().to_owned())
    }

    /// Fails unless a visible element shows the text with this key; returns it.
    pub(crate) async fn says(&self, id: &str, key: &str) -> Result<String> {
        let script = "const [id, key] = arguments;
            const inside = [...document.querySelectorAll(`#${id}, #${id} *`)].filter(e => e.dataset.t !== undefined);
            const shown = inside.filter(e => e.offsetParent !== null && e.innerText.trim() !== '');
            return { found: shown.find(e => e.dataset.t === key)?.innerText ?? null, keys: shown.map(e => e.dataset.t) }";
        let said = self.js(script, &[json!(id), json!(key)]).await?;
        let text = said["found"].as_str().with_context(|| format!("#{id} shows {}, not {key}.", said["keys"]))?;
        Ok(text.to_owned())
    }

    /// Returns the id of the connection in the peer's records.
    pub(crate) async fn id(&self) -> Result<String> {
        self.data("connection", "id").await
    }

    /// Returns the kinds of the timeline's entries, in order.
    pub(crate) async fn kinds(&self) -> Result<Vec<String>> {
        let script = "return [...document.querySelectorAll('#events > li')].map(e => e.dataset.kind)";
        Ok(serde_json::from_value(self.js(script, &[]).await?)?)
    }

    /// Fails unless exactly these buttons are enabled.
    pub(crate) async fn enabled(&self, when: &str, buttons: &[&str]) -> Result<()> {
        for id in ["connect", "close", "drop", "clear"] {
            let enabled = self.session.client().find(Locator::Id(id)).await?.is_enabled().await?;
            ensure!(enabled == buttons.contains(&id), "Enabled {when}: {id} is {enabled}.");
        }
        Ok(())
    }

    pub(crate) async fn key(&self, key: Key) -> Result<()> {
        let keys = String::from(char::from(key));
        self.session.client().active_element().await?.send_keys(&keys).await?;
        Ok(())
    }

    pub(crate) async fn is_focused(&self, id: &str) -> Result<()> {
        let focused = self.js("return document.activeElement.id", &[]).await?;
        ensure!(focused == json!(id), "The focus is on {focused}, not on {id}.");
        Ok(())
    }

    /// Presses Tab until the element has the focus.
    pub(crate) async fn tab_to(&self, id: &str) -> Result<()> {
        let mut seen = Vec::new();
        for _ in 0..12 {
            if self.is_focused(id).await.is_ok() {
                return Ok(());
            }
            self.key(Key::Tab).await?;
            seen.push(self.js("return document.activeElement.id || document.activeElement.tagName", &[]).await?);
        }
        bail!("Tab did not reach {id}, but {seen:?}.")
    }

    /// Returns what the peer saw of a connection, waiting at most `wait` milliseconds for its end.
    pub(crate) async fn saw(&self, id: &str, wait: u32) -> Result<Value> {
        let peer = self.text("peer-address").await?.replacen("ws", "http", 1);
        let url = format!("{peer}/saw?id={id}&wait={wait}");
        let script = "const [url, done] = arguments;
                      fetch(url).then(answer => answer.json()).then(done, error => done(String(error)))";
        self.async_js(script, vec![json!(url)]).await
    }

    /// Fails if the page has reported a fault of its own.
    pub(crate) async fn has_no_fault(&self) -> Result<()> {
        let fault = self.js("return document.documentElement.dataset.fault ?? null", &[]).await?;
        ensure!(fault.is_null(), "The page failed: {fault}");
        Ok(())
    }
}
