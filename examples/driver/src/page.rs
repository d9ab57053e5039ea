//! A page of an example, as a test uses it.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use fantoccini::Locator;
use onclose_peer::Saw;
use onclose_rig::peers::LocalPeer;
use onclose_rig::session::Session;
use onclose_rig::site::Site;
use serde_json::{Value, json};

/// The longest that anything on a page, or at the peer, may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Collects what a console shows as an error: only Chromium's driver returns its console. It is installed once the page has
/// loaded, so errors of loading are found in Chromium only.
const WATCH: &str = r#"
window.errors = [];
addEventListener("error", (event) => errors.push(String(event.message)));
addEventListener("unhandledrejection", (event) => errors.push(String(event.reason)));
for (const level of ["error", "warn"]) {
  const log = console[level];
  console[level] = (...args) => { errors.push(args.map(String).join(" ")); log.apply(console, args); };
}
"#;

pub(crate) struct Page<'a> {
    session: &'a Session,
    site: &'a Site,
    pub(crate) peer: &'a LocalPeer,
    /// The id of the connection at the peer.
    pub(crate) id: String,
}

impl<'a> Page<'a> {
    pub(crate) fn new(session: &'a Session, site: &'a Site, peer: &'a LocalPeer, id: String) -> Self {
        Self { session, site, peer, id }
    }

    /// Opens the page, which is to connect to this route of the peer, with an id.
    pub(crate) async fn open(&self, route: &str) -> Result<()> {
        let joined = if route.contains('?') { '&' } else { '?' };
        let url = self.peer.url(&format!("{route}{joined}id={}", self.id));
        self.session.goto(crate::address(self.site, &url)?.as_str()).await?;
        self.session.script(WATCH, vec![]).await?;
        Ok(())
    }

    pub(crate) async fn until(&self, script: &str) -> Result<()> {
        if !self.session.until(script, PATIENCE).await? {
            let text = self.session.script("return document.body.innerText", vec![]).await.unwrap_or_default();
            bail!("This never became true: {script}\n{}", text.as_str().unwrap_or_default());
        }
        Ok(())
    }

    /// Waits until the page shows this state of the connection.
    pub(crate) async fn until_state(&self, state: &str) -> Result<()> {
        self.until(&format!("return document.getElementById('state')?.textContent === {}", json!(state))).await
    }

    /// Waits until there is such a button, and it is enabled.
    pub(crate) async fn until_enabled(&self, css: &str) -> Result<()> {
        self.until(&format!("return document.querySelector({})?.disabled === false", json!(css))).await
    }

    /// Waits until the list has exactly these lines.
    pub(crate) async fn until_lines(&self, lines: &[&str]) -> Result<()> {
        let shown = "JSON.stringify([...document.querySelectorAll('#log li')].map((line) => line.textContent))";
        self.until(&format!("return {shown} === {}", json!(json!(lines).to_string()))).await
    }

    /// Returns the lines of the list.
    pub(crate) async fn lines(&self) -> Result<Vec<String>> {
        let lines = self.js("return [...document.querySelectorAll('#log li')].map((line) => line.textContent)").await?;
        Ok(serde_json::from_value(lines)?)
    }

    pub(crate) async fn click(&self, css: &str) -> Result<()> {
        Ok(self.session.client().find(Locator::Css(css)).await?.click().await?)
    }

    pub(crate) async fn type_into(&self, id: &str, text: &str) -> Result<()> {
        let field = self.session.client().find(Locator::Id(id)).await?;
        field.clear().await?;
        Ok(field.send_keys(text).await?)
    }

    pub(crate) async fn js(&self, script: &str) -> Result<Value> {
        self.session.script(script, vec![]).await
    }

    /// Waits until the peer has seen this of the connection.
    pub(crate) async fn until_saw(&self, condition: impl Fn(&Saw) -> bool) -> Result<()> {
        let seen = async {
            while !self.peer.records.saw(&self.id, Duration::ZERO).await.is_some_and(|saw| condition(&saw)) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, seen).await.context("The peer has not seen what was expected")
    }

    /// Returns what the peer saw of the connection, which must end.
    pub(crate) async fn ended(&self) -> Result<Saw> {
        let saw = self.peer.records.saw(&self.id, PATIENCE).await.context("The peer saw no connection")?;
        ensure!(saw.has_ended(), "The connection has not ended: {saw:?}");
        let open = self.peer.records.count(&self.id);
        ensure!(open == 0, "{open} connections are open.");
        Ok(saw)
    }

    /// Fails unless the console is empty of errors and warnings.
    pub(crate) async fn has_no_error(&self) -> Result<()> {
        let errors = self.js("return window.errors").await?;
        ensure!(errors == json!([]), "The page has errors: {errors}");
        if let Some(errors) = self.session.console_errors().await? {
            ensure!(errors.is_empty(), "The console has errors: {errors:?}");
        }
        Ok(())
    }
}
