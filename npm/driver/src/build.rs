//! Builds and packs the package.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use onclose_rig::build::{self, bindgen};
use onclose_rig::process::{self, Show};
use onclose_rig::setup::npm::{self, Shrinkers};
use onclose_rig::shrink;
use onclose_rig::workspace::Workspace;
use xshell::{Shell, cmd};

/// The crate that becomes the package's wasm.
const CRATE: &str = "onclose-npm";
/// The name of wasm-bindgen's files.
const NAME: &str = "onclose";

#[derive(Debug)]
pub struct Package {
    /// The folder that was packed.
    pub(crate) folder: PathBuf,
    pub tarball: PathBuf,
}

impl Package {
    pub(crate) fn wasm(&self) -> PathBuf {
        self.folder.join(format!("{NAME}_bg.wasm"))
    }
}

/// Compiles, shrinks and packs the package, below `target/npm`.
pub async fn build(workspace: &Workspace, show: Show) -> Result<Package> {
    let tools = npm::shrinkers(workspace)?;
    let wasm = build::module(workspace, CRATE, show).await?;
    let (version, output) = (workspace.version()?, workspace.target().join("npm"));
    let root = workspace.root().to_owned();
    process::blocking(move || assemble(&root, &tools, &wasm, &version, &output)).await
}

fn assemble(root: &Path, tools: &Shrinkers, wasm: &Path, version: &str, output: &Path) -> Result<Package> {
    let folder = output.join("package");
    build::empty(&folder)?;
    bindgen(wasm, NAME)?
        // The package's entries locate the wasm. With a second location in this file, a bundler would emit it twice.
        .omit_default_module_path(true)
        .generate(&folder)
        .context("wasm-bindgen could not write the package's JavaScript")?;

    let package = Package { tarball: output.join(format!("{NAME}-{version}.tgz")), folder };
    shrink::wasm(tools, &package.wasm(), &[])?;
    let sources = root.join("npm");
    build::copy_static(&sources.join("package"), &package.folder).context("The package's files could not be copied")?;
    fs::copy(sources.join("README.md"), package.folder.join("README.md"))?;
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        fs::copy(root.join(licence), package.folder.join(licence))?;
    }
    set_version(&package.folder.join("package.json"), version)?;
    pack(output, &package)?;
    Ok(package)
}

/// Sets the crate's version in the package's manifest.
fn set_version(manifest: &Path, version: &str) -> Result<()> {
    let text = fs::read_to_string(manifest)?;
    // As text: parsing could change the order of the conditions in `exports`, which matters.
    let named = text.replace(r#""version": "0.0.0""#, &format!(r#""version": "{version}""#));
    ensure!(named != text, "npm/package/package.json has no version 0.0.0");
    Ok(fs::write(manifest, named)?)
}

fn pack(output: &Path, package: &Package) -> Result<()> {
    // An old tarball would hide that none was written.
    if package.tarball.exists() {
        fs::remove_file(&package.tarball)?;
    }
    let (shell, npm, folder) = (Shell::new()?, which::which("npm")?, &package.folder);
    cmd!(shell, "{npm} pack --silent --pack-destination {output} {folder}").quiet().ignore_stdout().run()?;
    if !package.tarball.is_file() {
        bail!("npm did not write {}.", package.tarball.display());
    }
    Ok(())
}
