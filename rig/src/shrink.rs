//! Wasm and JavaScript as small as an app's build makes them, and their sizes.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use xshell::{Cmd, Shell, cmd};

use crate::process::output_of;
use crate::setup::npm::Shrinkers;
use crate::workspace::Workspace;

#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub struct Bytes {
    pub raw: u64,
    pub gzip: u64,
    pub brotli: u64,
}

/// The proposals that wasm-bindgen's output uses; wasm-opt enables none by itself.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Has wasm-opt rewrite a module for size; `more` are further options.
pub fn wasm(tools: &Shrinkers, wasm: &Path, more: &[&str]) -> Result<()> {
    let (shell, wasm_opt) = (Shell::new()?, &tools.wasm_opt);
    replace(wasm, |shrunk| cmd!(shell, "{wasm_opt} -Oz {more...} {FEATURES...} {wasm} -o {shrunk}").quiet())
}

/// Has esbuild minify a file of JavaScript or CSS.
pub fn minify(tools: &Shrinkers, file: &Path) -> Result<()> {
    let (shell, esbuild) = (Shell::new()?, &tools.esbuild);
    let args = ["--minify", "--format=esm", "--log-level=warning"];
    replace(file, |shrunk| cmd!(shell, "{esbuild} {args...} {file} --outfile={shrunk}").quiet())
}

/// Has a program write a new version of a file.
fn replace<'a>(file: &Path, command: impl FnOnce(&Path) -> Cmd<'a>) -> Result<()> {
    let mut shrunk = PathBuf::from(file);
    shrunk.set_extension("shrunk");
    command(&shrunk).run()?;
    fs::rename(&shrunk, file).with_context(|| format!("{} was not written", shrunk.display()))
}

/// Returns the sizes of these files.
pub fn sizes(workspace: &Workspace, tools: &Shrinkers, files: &[&Path]) -> Result<Vec<Bytes>> {
    let (shell, node, script) = (workspace.shell()?, &tools.node, workspace.root().join("rig").join("sizes.mjs"));
    let output = output_of(cmd!(shell, "{node} {script} {files...}")).context("rig/sizes.mjs failed")?;
    serde_json::from_str(&output).context("rig/sizes.mjs printed no sizes")
}
