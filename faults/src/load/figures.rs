//! `target/faults/load.json`: the figures of every engine, each from its last run.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use crate::driver::{Browser, Lab, Tally};

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

    /// The engine's version, from a browser that runs.
    pub(super) fn version(&mut self, browser: &Browser) {
        let told =
            browser.client().capabilities().and_then(|all| all.get("browserVersion")?.as_str().map(str::to_owned));
        self.version = self.version.take().or(told);
    }

    pub(super) fn add(&mut self, test: &str, figures: Value) {
        self.tests.insert(test.to_owned(), figures);
    }

    /// Tells a test's result, and keeps its figures.
    pub(super) fn tell(&mut self, tally: &mut Tally, test: &str, result: Result<(String, Value)>) {
        let said = result.map(|(said, figures)| {
            self.add(test, figures);
            said
        });
        tally.test(test, said);
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
