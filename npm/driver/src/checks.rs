//! The package as a file: its types, its manifest, its size.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::build::Package;
use super::consumer::Consumer;
use onclose_rig::process;
use onclose_rig::report::Report;
use onclose_rig::setup::npm;
use onclose_rig::shrink;
use onclose_rig::workspace::Workspace;

/// By how much it may grow before somebody has to say that it is worth it.
const TOLERANCE: f64 = 1.02;

pub(super) fn run(workspace: &Workspace, package: &Package, consumer: &Consumer, report: &mut Report) {
    report.check(
        "npm: package",
        &[
            ("what_is_packed_is_what_the_types_and_entries_name", &|| files(consumer)),
            ("types_compile_with_every_library_and_reject_what_they_should", &|| types(consumer)),
            ("publint_finds_nothing", &|| publint(package, consumer)),
            ("attw_finds_nothing", &|| attw(package, consumer)),
            ("the_package_stays_within_its_budget", &|| budget(workspace, package)),
        ],
    );
}

/// Every JavaScript file but the generated one and the inner ones has types, and nothing else was packed.
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

fn types(consumer: &Consumer) -> Result<String> {
    let mut projects = 0;
    for entry in fs::read_dir(consumer.folder.join("types"))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("tsconfig.") {
            succeeds(consumer.program("tsc")?.arg("--project").arg(&path))?;
            projects += 1;
        }
    }
    ensure!(projects > 0, "there is nothing to compile");
    Ok(format!("{projects} projects"))
}

fn publint(package: &Package, consumer: &Consumer) -> Result<String> {
    succeeds(consumer.program("publint")?.arg("--strict").arg(&package.tarball))
}

fn attw(package: &Package, consumer: &Consumer) -> Result<String> {
    // There is nothing for `require` in a package of ECMAScript modules, and the wasm is a file, not a module.
    let args = [
        "--profile",
        "esm-only",
        "--exclude-entrypoints",
        "onclose_bg.wasm",
        "--no-color",
        "--no-emoji",
        "--format",
        "ascii",
    ];
    succeeds(consumer.program("attw")?.arg(&package.tarball).args(args))
}

/// The last line of what it prints; an error with all of it if it fails.
fn succeeds(command: &mut Command) -> Result<String> {
    let line = process::display(command);
    let output = command.output().with_context(|| format!("`{line}` could not be started"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        bail!("`{line}` failed ({}):\n{text}{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no complaint").trim().to_owned())
}

/// What a page downloads that bundles the package: its wasm and all of its JavaScript, minified, by brotli.
fn budget(workspace: &Workspace, package: &Package) -> Result<String> {
    let file = workspace.root().join("bench").join("budget.json");
    let text = fs::read_to_string(file).context("bench/budget.json could not be read")?;
    let budget: BTreeMap<String, u64> = serde_json::from_str(&text)?;
    let allowed = *budget.get("npm").context("bench/budget.json has no `npm`")?;

    let tools = npm::shrinkers(workspace)?;
    let glue = workspace.target().join("npm").join("weighed.js");
    let mut bundle = Command::new(&tools.esbuild);
    bundle.args(["--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning"]);
    bundle.arg(package.folder.join("index.js")).arg(format!("--outfile={}", glue.display()));
    process::run(&mut bundle)?;
    let weights = shrink::in_bytes(workspace, &tools, &[&package.wasm(), &glue])?;
    let [wasm, glue] = weights[..] else { bail!("two files were weighed as {weights:?}") };
    let found = wasm.brotli + glue.brotli;
    let said = format!("{found} bytes of {allowed}: wasm {}, JavaScript {}", wasm.brotli, glue.brotli);
    ensure!(found as f64 <= allowed as f64 * TOLERANCE, "{said}; if it is worth it, bench/budget.json is to say so");
    Ok(said)
}
