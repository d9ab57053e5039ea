//! Tools that come by npm, installed for this workspace alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::process;
use crate::workspace::Workspace;

type Packages = &'static [(&'static str, &'static str)];

/// What shrinks wasm and JavaScript as an app's build does, in the versions that sizes were agreed upon with.
const SHRINKERS: Packages = &[("binaryen", "132.0.0"), ("esbuild", "0.28.2")];

/// What finds that a page cannot be read or used by everybody.
const AXE: Packages = &[("axe-core", "4.14.1")];

#[derive(Debug)]
pub struct Shrinkers {
    pub node: PathBuf,
    pub wasm_opt: PathBuf,
    pub esbuild: PathBuf,
}

/// Finds them, or installs them now.
pub fn shrinkers(workspace: &Workspace) -> Result<Shrinkers> {
    let folder = workspace.target().join("tools").join("npm");
    ensure(&folder, SHRINKERS, "to shrink what is weighed")?;
    let program = |name| folder.join("node_modules").join(".bin").join(name);
    Ok(Shrinkers { node: which::which("node")?, wasm_opt: program("wasm-opt"), esbuild: program("esbuild") })
}

/// The script that finds what keeps people out; installed now if need be.
pub fn axe(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.target().join("tools").join("axe");
    ensure(&folder, AXE, "to find what keeps people out of the page")?;
    Ok(folder.join("node_modules").join("axe-core").join("axe.min.js"))
}

fn ensure(folder: &Path, packages: Packages, why: &str) -> Result<()> {
    if are_there(folder, packages) {
        return Ok(());
    }
    let (Ok(npm), Ok(_)) = (which::which("npm"), which::which("node")) else {
        bail!(
            "Sizes and the page's tests need Node and its npm, which are not on PATH: install them (Debian: \
             `apt-get install npm`), or leave them out: sizes by naming other measures with --only, the page by --no-page."
        );
    };
    let names: Vec<_> = packages.iter().map(|(name, version)| format!("{name}@{version}")).collect();
    println!("Installing {} by npm, {why} ...", names.join(" and "));
    fs::create_dir_all(folder)?;
    let mut install = Command::new(npm);
    install.args(["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"]);
    process::run(install.arg(folder).args(names))?;
    if !are_there(folder, packages) {
        bail!("npm installed {packages:?} into {}, but they are not there.", folder.display());
    }
    Ok(())
}

fn are_there(folder: &Path, packages: Packages) -> bool {
    packages.iter().all(|(name, version)| {
        let manifest = folder.join("node_modules").join(name).join("package.json");
        let text = fs::read_to_string(manifest).unwrap_or_default();
        let manifest: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        manifest["version"] == *version
    })
}
