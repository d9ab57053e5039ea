//! The browser engines that everything is tested in.

use std::fs;

use anyhow::{Context, Result};
use clap::ValueEnum;
use serde_json::{Map, Value, json};

use crate::workspace::Workspace;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Engine {
    Chromium,
    Firefox,
    Webkit,
}

impl Engine {
    pub const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::Webkit];

    /// The name on the command line and in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::Webkit => "webkit",
        }
    }

    /// The name in documents.
    pub fn title(self) -> &'static str {
        match self {
            Self::Chromium => "Chromium",
            Self::Firefox => "Firefox",
            Self::Webkit => "WebKitGTK",
        }
    }

    /// The variable from which wasm-bindgen-test-runner takes the address of a running driver.
    pub fn runner_variable(self) -> &'static str {
        match self {
            Self::Chromium => "CHROMEDRIVER_REMOTE",
            Self::Firefox => "GECKODRIVER_REMOTE",
            Self::Webkit => "SAFARIDRIVER_REMOTE",
        }
    }

    /// Returns the capabilities of a new session: this engine's section of webdriver.json, and headless.
    pub fn capabilities(self, workspace: &Workspace) -> Result<Map<String, Value>> {
        let file = workspace.root().join("webdriver.json");
        let text = fs::read_to_string(&file).context("webdriver.json could not be read")?;
        let all = serde_json::from_str(&text).context("webdriver.json is not a JSON object")?;
        Ok(self.select(all))
    }

    fn select(self, mut all: Map<String, Value>) -> Map<String, Value> {
        let mut chosen = Map::new();
        let (section, headless) = match self {
            Self::Chromium => ("goog:chromeOptions", "headless"),
            Self::Firefox => ("moz:firefoxOptions", "-headless"),
            Self::Webkit => return chosen,
        };
        let mut options = all.remove(section).unwrap_or_else(|| json!({}));
        if let Some(args) = (options.as_object_mut())
            .and_then(|options| options.entry("args").or_insert_with(|| json!([])).as_array_mut())
            .filter(|args| !args.contains(&json!(headless)))
        {
            args.push(json!(headless));
        }
        chosen.insert(section.to_owned(), options);
        if self == Self::Chromium {
            chosen.insert("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL" }));
        }
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Map<String, Value> {
        let json = json!({
            "goog:chromeOptions": { "args": ["no-sandbox"] },
            "moz:firefoxOptions": { "prefs": { "a": 1 } },
        });
        json.as_object().unwrap().clone()
    }

    #[test]
    fn each_engine_gets_only_its_own_capabilities() {
        let chromium = Engine::Chromium.select(file());
        assert_eq!(chromium["goog:chromeOptions"]["args"], json!(["no-sandbox", "headless"]));
        assert!(!chromium.contains_key("moz:firefoxOptions"));
        let firefox = Engine::Firefox.select(file());
        assert_eq!(firefox["moz:firefoxOptions"], json!({ "prefs": { "a": 1 }, "args": ["-headless"] }));
        assert!(Engine::Webkit.select(file()).is_empty());
    }

    #[test]
    fn headless_is_not_added_twice() {
        let mut file = file();
        file.insert("goog:chromeOptions".to_owned(), json!({ "args": ["headless"] }));
        let chromium = Engine::Chromium.select(file);
        assert_eq!(chromium["goog:chromeOptions"]["args"], json!(["headless"]));
    }
}
