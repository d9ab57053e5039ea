//! The package, from the crate to the tarball.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use wasm_bindgen_cli_support::Bindgen;

use onclose_rig::setup::{self, npm};
use onclose_rig::shrink;
use onclose_rig::workspace::Workspace;
use onclose_rig::{build as page, process};

/// The crate's member that becomes the package's wasm.
const MEMBER: &str = "onclose-npm";
/// What wasm-bindgen calls its files.
const NAME: &str = "onclose";

#[derive(Debug)]
pub struct Package {
    /// What was packed.
    pub folder: PathBuf,
    pub tarball: PathBuf,
}

impl Package {
    pub fn wasm(&self) -> PathBuf {
        self.folder.join(format!("{NAME}_bg.wasm"))
    }
}

/// Compiles, shrinks and packs it, below `target/npm`.
pub fn build(workspace: &Workspace) -> Result<Package> {
    workspace.wasm_bindgen()?;
    setup::wasm_target(None)?;
    let tools = npm::shrinkers(workspace)?;

    println!("\nBuilding the npm package ...");
    process::run(
        (process::cargo().current_dir(workspace.root()))
            .args(["build", "--release", "-p", MEMBER])
            .args(["--target", setup::WASM]),
    )?;
    let wasm = workspace.target().join(setup::WASM).join("release").join("onclose_npm.wasm");
    let output = workspace.target().join("npm");
    let folder = output.join("package");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("The last build of the package could not be removed")?;
    }
    fs::create_dir_all(&folder)?;
    bind(&wasm, &folder)?;

    let package = Package { tarball: output.join(format!("{NAME}-{}.tgz", workspace.version()?)), folder };
    shrink::wasm(&tools, &package.wasm())?;
    let sources = workspace.root().join("npm");
    page::copy_static(&sources.join("package"), &package.folder).context("The package's files could not be copied")?;
    fs::copy(sources.join("README.md"), package.folder.join("README.md"))?;
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        fs::copy(workspace.root().join(licence), package.folder.join(licence))?;
    }
    name_version(&package.folder.join("package.json"), &workspace.version()?)?;

    pack(&output, &package)?;
    Ok(package)
}

/// The JavaScript between the package's own and the wasm.
fn bind(wasm: &Path, folder: &Path) -> Result<()> {
    Bindgen::new()
        .input_path(wasm)
        .out_name(NAME)
        .web(true)?
        // The entries say where the wasm is. With a second place in it, a bundler would ship it twice.
        .omit_default_module_path(true)
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(folder)
        .context("wasm-bindgen could not write the package's JavaScript")
}

/// The crate's version, in the one file that does not have it from Cargo.
fn name_version(manifest: &Path, version: &str) -> Result<()> {
    let text = fs::read_to_string(manifest)?;
    // As text, since the order of what `exports` says counts.
    let named = text.replace(r#""version": "0.0.0""#, &format!(r#""version": "{version}""#));
    ensure!(named != text, "npm/package/package.json has no version 0.0.0 to be replaced");
    Ok(fs::write(manifest, named)?)
}

fn pack(output: &Path, package: &Package) -> Result<()> {
    // An old one would hide that none was written.
    if package.tarball.exists() {
        fs::remove_file(&package.tarball)?;
    }
    let mut command = Command::new(which::which("npm")?);
    command.args(["pack", "--loglevel=error", "--pack-destination"]).arg(output).arg(&package.folder);
    process::run(&mut command)?;
    if !package.tarball.is_file() {
        bail!("npm packed something, but not {}.", package.tarball.display());
    }
    Ok(())
}
