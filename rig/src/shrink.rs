//! Wasm and JavaScript as small as an app's build makes them, and how many bytes that is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::process;
use crate::setup::npm::Shrinkers;
use crate::workspace::Workspace;

#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub struct Bytes {
    pub raw: u64,
    pub gzip: u64,
    pub brotli: u64,
}

/// What wasm-bindgen's output uses; everything else stays as it is.
pub const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Has wasm-opt write it anew.
pub fn wasm(tools: &Shrinkers, wasm: &Path) -> Result<()> {
    replace(wasm, |shrunk| {
        let mut command = Command::new(&tools.wasm_opt);
        command.arg("-Oz").args(FEATURES).arg(wasm).arg("-o").arg(shrunk);
        command
    })
}

/// Has a program write a file anew.
pub fn replace(file: &Path, command: impl FnOnce(&Path) -> Command) -> Result<()> {
    let mut shrunk = PathBuf::from(file);
    shrunk.set_extension("shrunk");
    process::run(&mut command(&shrunk))?;
    fs::rename(&shrunk, file).with_context(|| format!("{} was not written", shrunk.display()))
}

/// How many bytes each file has.
pub fn in_bytes(workspace: &Workspace, tools: &Shrinkers, files: &[&Path]) -> Result<Vec<Bytes>> {
    let script = workspace.root().join("bench").join("weigh.mjs").display().to_string();
    let files: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
    let args: Vec<_> = [script.as_str()].into_iter().chain(files.iter().map(String::as_str)).collect();
    let output = process::output_of(&tools.node, &args).context("bench/weigh.mjs failed")?;
    serde_json::from_str(&output).context("bench/weigh.mjs printed something else than bytes")
}
