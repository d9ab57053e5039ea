//! Compiles what is compared into the folder that is served.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::subjects::Named;
use onclose_rig::workspace::Workspace;
use onclose_rig::{build as page, process, setup};

/// The page with its subjects; the folder to serve.
pub(crate) fn page(workspace: &Workspace, subjects: &[Named]) -> Result<PathBuf> {
    setup::wasm_target(None)?;
    let folder = workspace.target().join("bench").join("page");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("The last build of the bench's page could not be removed")?;
    }
    fs::create_dir_all(&folder)?;
    page::copy_static(&workspace.root().join("bench").join("page"), &folder)?;
    for subject in folders(subjects) {
        println!("Building {subject}, to be timed ...");
        cargo(workspace, subject, &["--release", "--lib"])?;
        let wasm = output(workspace, "release").join(format!("{}.wasm", package(subject).replace('-', "_")));
        page::bind(&wasm, &folder.join("subjects").join(subject), "subject")?;
    }
    Ok(folder)
}

/// An app of a subject, as wasm-bindgen writes it: `app.js` and `app_bg.wasm` in this folder.
pub(crate) fn app(workspace: &Workspace, subject: &str, app: &str, folder: &Path) -> Result<()> {
    let example = format!("{app}-{subject}");
    println!("Building {example}, to be weighed ...");
    cargo(workspace, subject, &["--profile", "small", "--example", &example])?;
    // Examples keep the hyphens of their names in some versions of cargo, and lose them in others.
    let examples = output(workspace, "small").join("examples");
    let names = [example.clone(), example.replace('-', "_")];
    let wasm = names.iter().map(|name| examples.join(format!("{name}.wasm"))).find(|path| path.is_file());
    let wasm = wasm.with_context(|| format!("cargo built {example}, and it is not in {}", examples.display()))?;
    page::bind(&wasm, folder, "app")
}

/// Each folder in `bench/subjects` once, though two subjects may share it.
pub(crate) fn folders(subjects: &[Named]) -> BTreeSet<&'static str> {
    subjects.iter().filter_map(|named| named.subject.folder).collect()
}

fn package(subject: &str) -> String {
    format!("subject-{subject}")
}

/// One package at a time: built together, one subject's features would be in the other's libraries.
fn cargo(workspace: &Workspace, subject: &str, what: &[&str]) -> Result<()> {
    let mut cargo = process::cargo();
    cargo.current_dir(workspace.root().join("bench"));
    cargo.args(["build", "--quiet", "--locked", "--target", setup::WASM, "-p", &package(subject)]).args(what);
    cargo.env_remove("RUSTFLAGS").env("CARGO_ENCODED_RUSTFLAGS", flags(workspace).join("\x1f"));
    process::run(cargo.arg("--target-dir").arg(target(workspace)))
}

/// Panics name their files, and how long a path is depends on the machine: here all begin at the same places.
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
    target(workspace).join(setup::WASM).join(profile)
}
