//! Tools that come by npm, installed for this workspace alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::process;
use crate::workspace::Workspace;

/// What shrinks wasm and JavaScript as an app's build does, in the versions that sizes were agreed upon with.
const PACKAGES: [(&str, &str); 2] = [("binaryen", "132.0.0"), ("esbuild", "0.28.2")];

#[derive(Debug)]
pub(crate) struct Shrinkers {
    pub(crate) node: PathBuf,
    pub(crate) wasm_opt: PathBuf,
    pub(crate) esbuild: PathBuf,
}

/// Finds them, or installs them now.
pub(crate) fn shrinkers(workspace: &Workspace) -> Result<Shrinkers> {
    let folder = workspace.target().join("tools").join("npm");
    if !are_there(&folder) {
        let (Ok(npm), Ok(_)) = (which::which("npm"), which::which("node")) else {
            bail!(
                "Sizes need Node and its npm, which are not on PATH: install them (Debian: `apt-get install npm`), \
                 or leave sizes out by naming other measures with --only."
            );
        };
        let packages = PACKAGES.map(|(name, version)| format!("{name}@{version}"));
        println!("Installing {} by npm, to shrink what is weighed ...", packages.join(" and "));
        fs::create_dir_all(&folder)?;
        let mut install = Command::new(npm);
        install.args(["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"]);
        process::run(install.arg(&folder).args(packages))?;
        if !are_there(&folder) {
            bail!("npm installed {PACKAGES:?} into {}, but they are not there.", folder.display());
        }
    }
    let program = |name| folder.join("node_modules").join(".bin").join(name);
    Ok(Shrinkers { node: which::which("node")?, wasm_opt: program("wasm-opt"), esbuild: program("esbuild") })
}

fn are_there(folder: &Path) -> bool {
    PACKAGES.iter().all(|(name, version)| {
        let manifest = folder.join("node_modules").join(name).join("package.json");
        let text = fs::read_to_string(manifest).unwrap_or_default();
        let manifest: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        manifest["version"] == *version
    })
}
