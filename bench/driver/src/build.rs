//! Compiles the subjects into the folder that is served.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use onclose_rig::build::{bind, copy_static, empty, file_name};
use onclose_rig::process::cargo;
use onclose_rig::setup::{self, WASM};
use onclose_rig::workspace::Workspace;

use super::subjects::Named;

/// Builds the page with its subjects; returns the folder to serve.
pub(crate) fn page(workspace: &Workspace, subjects: &[Named]) -> Result<PathBuf> {
    setup::wasm_target(None)?;
    let folder = workspace.target().join("bench").join("page");
    empty(&folder)?;
    copy_static(&workspace.root().join("bench").join("page"), &folder)?;
    for subject in folders(subjects) {
        compile(workspace, subject, &["--release", "--lib"])?;
        let wasm = output(workspace, "release").join(format!("{}.wasm", file_name(&package(subject))));
        bind(&wasm, &folder.join("subjects").join(subject), "subject")?;
    }
    Ok(folder)
}

/// Builds an app of a subject into this folder: `app.js` and `app_bg.wasm`, as wasm-bindgen writes them.
pub(crate) fn app(workspace: &Workspace, subject: &str, app: &str, folder: &Path) -> Result<()> {
    let example = format!("{app}-{subject}");
    compile(workspace, subject, &["--profile", "small", "--example", &example])?;
    // Some versions of cargo keep the hyphens in the names of examples, and some do not.
    let examples = output(workspace, "small").join("examples");
    let names = [example.clone(), example.replace('-', "_")];
    let wasm = names.iter().map(|name| examples.join(format!("{name}.wasm"))).find(|path| path.is_file());
    let wasm = wasm.with_context(|| format!("cargo built {example}, but it is not in {}", examples.display()))?;
    bind(&wasm, folder, "app")
}

/// Returns each folder in `bench/subjects` once, though two subjects can share it.
fn folders(subjects: &[Named]) -> BTreeSet<&'static str> {
    subjects.iter().filter_map(|named| named.subject.folder).collect()
}

fn package(subject: &str) -> String {
    format!("subject-{subject}")
}

/// Compiles one package: together, their dependencies would have the union of their features.
fn compile(workspace: &Workspace, subject: &str, what: &[&str]) -> Result<()> {
    let shell = workspace.shell()?;
    shell.change_dir("bench");
    let cargo = cargo(&shell).args(["build", "--quiet", "--locked", "--target", WASM, "-p", &package(subject)]);
    let cargo = cargo.args(what).arg("--target-dir").arg(target(workspace));
    Ok(cargo.env_remove("RUSTFLAGS").env("CARGO_ENCODED_RUSTFLAGS", flags(workspace).join("\x1f")).run()?)
}

/// Panic messages contain paths, whose lengths differ between machines: with these flags all paths begin in the same way.
fn flags(workspace: &Workspace) -> Vec<String> {
    let from = |folder: &Path, to: &str| format!("--remap-path-prefix={}={to}", folder.display());
    let mut flags = vec![from(workspace.root(), "onclose")];
    flags.extend(workspace.registry().map(|registry| from(registry, "registry")));
    flags
}

fn target(workspace: &Workspace) -> PathBuf {
    workspace.target().join("bench").join("build")
}

fn output(workspace: &Workspace, profile: &str) -> PathBuf {
    target(workspace).join(WASM).join(profile)
}
