//! What needs no browser: the package's files, types and size, and the package in Node, Deno and Bun.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use onclose_rig::counts::Harness;
use onclose_rig::process::{self, Show};
use onclose_rig::results::{Place, Report};
use onclose_rig::setup::npm;
use onclose_rig::shrink;
use onclose_rig::site::peer_url;
use onclose_rig::workspace::Workspace;
use serde_json::Value;
use xshell::cmd;

use crate::build::Package;
use crate::consumer::Consumer;

/// The growth that is accepted without a change of the budget.
const TOLERANCE: f64 = 1.02;

/// Tests whose result is the exit status of a script in `npm/tests/package.json`.
const SCRIPTS: [(&str, &str); 3] = [
    ("types", "the_types_compile_with_every_library_and_reject_misuse"),
    ("publint", "publint_finds_nothing"),
    ("attw", "attw_finds_nothing"),
];

/// Scripts that run the tests in a runtime with a global `WebSocket`.
const RUNTIMES: [&str; 3] = ["node", "deno", "bun"];

/// A script that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(120);

pub(crate) async fn package(workspace: &Workspace, package: &Package, consumer: &Consumer, report: &Report) {
    let mut suite = report.suite(Place::new("npm: package", "host", ""));
    suite.test("exactly_the_expected_files_are_packed", files(consumer));
    for (script, name) in SCRIPTS {
        suite.test(name, succeeds(consumer, script).await);
    }
    suite.test("the_package_stays_within_its_budget", budget(workspace, package));
}

pub(crate) async fn runtimes(consumer: &Consumer, peer: SocketAddr, report: &Report) {
    for runtime in RUNTIMES {
        let mut suite = report.suite(Place::new("npm", "host", runtime));
        match consumer.script(runtime) {
            Ok(mut command) => {
                command.env("ONCLOSE_PEER", peer_url(peer));
                suite.program(command, Harness::Libtest).await;
            }
            Err(error) => suite.fail("not started", &error),
        }
    }
}

/// The package's JavaScript, its types, what wasm-bindgen generated, and the documents; an unexpected file is as wrong as a
/// missing one.
const FILES: [&str; 20] = [
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "api.js",
    "bytes.js",
    "close-info.js",
    "closed.js",
    "codes.js",
    "connection.js",
    "errors.js",
    "index.d.ts",
    "index.js",
    "index.node.js",
    "module.js",
    "onclose.js",
    "onclose_bg.wasm",
    "options.js",
    "package.json",
    "slim.d.ts",
    "slim.js",
];

fn files(consumer: &Consumer) -> Result<String> {
    let folder = consumer.folder.join("node_modules").join("onclose");
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder)? {
        found.push(entry?.file_name().to_string_lossy().into_owned());
    }
    found.sort_unstable();
    ensure!(found == FILES, "packed were {found:?}, not {FILES:?}");
    let text = fs::read_to_string(folder.join("package.json"))?;
    let manifest: Value = serde_json::from_str(&text)?;
    ensure!(manifest["version"] != "0.0.0", "the package has no version");
    Ok(format!("{} files, version {}", found.len(), manifest["version"]))
}

/// Returns the last line that the script prints; fails with all of its output if it fails.
async fn succeeds(consumer: &Consumer, script: &str) -> Result<String> {
    let watched = process::watch(consumer.script(script)?, LIMIT, Show::Nothing).await?;
    let output = watched.output;
    match watched.status {
        Some(status) if status.success() => {}
        Some(status) => bail!("`npm run {script}` failed ({status}):\n{output}"),
        None => bail!("`npm run {script}` had not ended after {} s:\n{output}", LIMIT.as_secs()),
    }
    Ok(output.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned())
}

/// What a page downloads that bundles the package: its wasm and its minified JavaScript, by brotli.
fn budget(workspace: &Workspace, package: &Package) -> Result<String> {
    let file = workspace.root().join("bench").join("budget.json");
    let text = fs::read_to_string(file).context("bench/budget.json could not be read")?;
    let budget: BTreeMap<String, u64> = serde_json::from_str(&text)?;
    let allowed = *budget.get("npm").context("bench/budget.json has no `npm`")?;

    let tools = npm::shrinkers(workspace)?;
    let (shell, esbuild, entry) = (workspace.shell()?, &tools.esbuild, package.folder.join("index.js"));
    let glue = workspace.target().join("npm").join("weighed.js");
    let args = ["--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning"];
    cmd!(shell, "{esbuild} {args...} {entry} --outfile={glue}").quiet().run()?;
    let sizes = shrink::sizes(workspace, &tools, &[&package.wasm(), &glue])?;
    let [wasm, glue] = sizes[..] else { bail!("two files have the sizes {sizes:?}") };
    let found = wasm.brotli + glue.brotli;
    let said = format!("{found} bytes of {allowed}: wasm {}, JavaScript {}", wasm.brotli, glue.brotli);
    ensure!(found as f64 <= allowed as f64 * TOLERANCE, "{said}; if it is worth it, set `npm` in bench/budget.json");
    Ok(said)
}
