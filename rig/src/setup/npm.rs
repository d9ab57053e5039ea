//! Tools from npm, installed for this workspace only.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use xshell::{Shell, cmd};

use crate::workspace::Workspace;

type Packages = &'static [(&'static str, &'static str)];

/// Shrink wasm and JavaScript as an app's build does. The versions are fixed: sizes and budgets depend on them.
const SHRINKERS: Packages = &[("binaryen", "132.0.0"), ("esbuild", "0.28.2")];

/// Checks the accessibility of a page.
const AXE: Packages = &[("axe-core", "4.14.1")];

#[derive(Debug)]
pub struct Shrinkers {
    pub node: PathBuf,
    pub wasm_opt: PathBuf,
    pub esbuild: PathBuf,
}

/// Finds or installs wasm-opt and esbuild.
pub fn shrinkers(workspace: &Workspace) -> Result<Shrinkers> {
    let folder = workspace.target().join("tools").join("npm");
    ensure(&folder, SHRINKERS)?;
    let program = |name| folder.join("node_modules").join(".bin").join(name);
    Ok(Shrinkers { node: which::which("node")?, wasm_opt: program("wasm-opt"), esbuild: program("esbuild") })
}

/// Finds or installs axe; returns the script.
pub fn axe(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.target().join("tools").join("axe");
    ensure(&folder, AXE)?;
    Ok(folder.join("node_modules").join("axe-core").join("axe.min.js"))
}

fn ensure(folder: &Path, packages: Packages) -> Result<()> {
    if are_there(folder, packages) {
        return Ok(());
    }
    let (Ok(npm), Ok(_)) = (which::which("npm"), which::which("node")) else {
        bail!(
            "Sizes, the page's tests and the npm package need Node and npm on PATH (Debian: `apt-get install npm`). \
             To go without them, use --no-page and --no-npm, or name other measures with --only."
        );
    };
    let names: Vec<_> = packages.iter().map(|(name, version)| format!("{name}@{version}")).collect();
    fs::create_dir_all(folder)?;
    let (shell, args) = (Shell::new()?, ["--no-save", "--no-audit", "--no-fund", "--loglevel=error"]);
    cmd!(shell, "{npm} install {args...} --prefix {folder} {names...}").run()?;
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
