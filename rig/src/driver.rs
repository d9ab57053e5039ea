//! Browser engines, and the WebDriver programs that start them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use serde_json::{Map, Value, json};
use tokio::net::TcpStream;

use crate::net;
use crate::process::Group;
use crate::workspace::Workspace;

/// How long a driver may take until it listens.
const START: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    Chromium,
    Firefox,
    Webkit,
}

impl Engine {
    pub const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::Webkit];

    pub fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::Webkit => "webkit",
        }
    }

    /// The variable by which wasm-bindgen-test-runner is told the address of a driver.
    pub fn runner_variable(self) -> &'static str {
        match self {
            Self::Chromium => "CHROMEDRIVER_REMOTE",
            Self::Firefox => "GECKODRIVER_REMOTE",
            Self::Webkit => "SAFARIDRIVER_REMOTE",
        }
    }

    /// What to ask of a new session: webdriver.json's section for this engine, and no window.
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

/// A driver that can be started.
#[derive(Clone, Debug)]
pub struct Program {
    pub engine: Engine,
    pub path: PathBuf,
    /// It needs a display, and gets one that nobody sees.
    pub on_display: bool,
}

/// A driver that listens. Dropping it ends it and its browser.
#[derive(Debug)]
pub struct Driver {
    pub url: String,
    log: PathBuf,
    group: Group,
}

impl Program {
    pub async fn start(&self, logs: &Path) -> Result<Driver> {
        fs::create_dir_all(logs)?;
        let log = logs.join(format!("{}-driver.log", self.engine.name()));
        let file = File::create(&log).context("The driver's log could not be written")?;
        let port = net::free_port()?;
        let mut command = if self.on_display {
            let mut command = Command::new("xvfb-run");
            command.arg("-a").arg(&self.path);
            command
        } else {
            Command::new(&self.path)
        };
        command.arg(format!("--port={port}"));
        command.stdout(file.try_clone()?).stderr(file);

        let mut group = Group::spawn(command)?;
        let begun = Instant::now();
        while TcpStream::connect(net::loopback(port)).await.is_err() {
            let tail = || fs::read_to_string(&log).unwrap_or_default();
            if let Some(status) = group.has_ended() {
                bail!("{} ended at once ({status}):\n{}", self.path.display(), tail());
            }
            if begun.elapsed() > START {
                bail!("{} did not listen in time:\n{}", self.path.display(), tail());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(Driver { url: format!("http://127.0.0.1:{port}"), log, group })
    }
}

impl Driver {
    /// Where it writes what it does.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// The process that started all others, the browser among them.
    pub fn process(&self) -> Option<u32> {
        self.group.leader()
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
    fn each_engine_is_asked_only_for_what_it_knows() {
        let chromium = Engine::Chromium.select(file());
        assert_eq!(chromium["goog:chromeOptions"]["args"], json!(["no-sandbox", "headless"]));
        assert!(!chromium.contains_key("moz:firefoxOptions"));
        let firefox = Engine::Firefox.select(file());
        assert_eq!(firefox["moz:firefoxOptions"], json!({ "prefs": { "a": 1 }, "args": ["-headless"] }));
        assert!(Engine::Webkit.select(file()).is_empty());
    }

    #[test]
    fn headless_is_not_asked_for_twice() {
        let mut file = file();
        file.insert("goog:chromeOptions".to_owned(), json!({ "args": ["headless"] }));
        let chromium = Engine::Chromium.select(file);
        assert_eq!(chromium["goog:chromeOptions"]["args"], json!(["headless"]));
    }
}
