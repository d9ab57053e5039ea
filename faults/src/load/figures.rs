//! `target/faults/load.json`: the figures of each engine's last run.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use onclose_rig::results::Suite;
use serde_json::{Map, Value, json};

use crate::browser::Browser;
use crate::driver::Lab;

#[derive(Debug)]
pub(super) struct Figures {
    path: PathBuf,
    engine: &'static str,
    whole: bool,
    version: Option<String>,
    tests: Map<String, Value>,
}

impl Figures {
    pub(super) fn begin(lab: &Lab<'_>) -> Self {
        let path = lab.output().join("load.json");
        Self { path, engine: lab.engine.name(), whole: lab.whole, version: None, tests: Map::new() }
    }

    /// Notes the version of a browser.
    pub(super) fn version(&mut self, browser: &Browser) {
        self.version = self.version.take().or_else(|| browser.session().version().ok());
    }

    pub(super) fn add(&mut self, test: &str, figures: Value) {
        self.tests.insert(test.to_owned(), figures);
    }

    /// Adds a test's result to the suite, and its figures here.
    pub(super) fn test(&mut self, suite: &mut Suite<'_>, test: &str, result: Result<(String, Value)>) {
        let said = result.map(|(said, figures)| {
            self.add(test, figures);
            said
        });
        suite.test(test, said);
    }

    /// Writes them beside those of the other engines.
    pub(super) fn write(self) -> Result<String> {
        let mut all: Map<String, Value> = match fs::read_to_string(&self.path) {
            Ok(text) => serde_json::from_str(&text).context("An earlier load.json cannot be read")?,
            Err(_) => Map::new(),
        };
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let mine = json!({
            "version": self.version, "whole": self.whole, "cores": cores, "tests": self.tests,
        });
        all.insert(self.engine.to_owned(), mine);
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&self.path, serde_json::to_string_pretty(&all)?)?;
        Ok(self.path.display().to_string())
    }
}
