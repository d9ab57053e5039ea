//! Where things are, and which versions the lock file names.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// The version that `wasm-bindgen-cli-support` is built for; its requirement in our manifest is this one exactly.
const CLI_SUPPORT: &str = "wasm-bindgen-cli-support";

#[derive(Debug)]
pub struct Workspace {
    metadata: Metadata,
}

impl Workspace {
    pub fn load() -> Result<Self> {
        // Not the current directory: the alias works from any folder of the workspace.
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let metadata = MetadataCommand::new()
            .manifest_path(manifest)
            .exec()
            .context("The workspace could not be read by `cargo metadata`")?;
        Ok(Self { metadata })
    }

    pub fn root(&self) -> &Path {
        self.metadata.workspace_root.as_std_path()
    }

    pub fn target(&self) -> &Path {
        self.metadata.target_directory.as_std_path()
    }

    /// Where a tool that is installed for this workspace alone lives.
    pub fn tool_root(&self, krate: &str, version: &str) -> PathBuf {
        self.target().join("tools").join(format!("{krate}-{version}"))
    }

    /// The name of the package in this folder.
    pub fn package_in(&self, folder: &Path) -> &str {
        let manifest = folder.join("Cargo.toml");
        let mut packages = self.metadata.packages.iter();
        packages.find(|package| package.manifest_path == manifest).map_or("unknown", |package| &package.name)
    }

    /// The folder in which cargo keeps the sources of published crates.
    pub fn registry(&self) -> Option<&Path> {
        let package = self.metadata.packages.iter().find(|package| package.source.is_some())?;
        package.manifest_path.parent()?.parent().map(|folder| folder.as_std_path())
    }

    fn the_crate(&self) -> Result<&Package> {
        let mut packages = self.metadata.packages.iter();
        packages.find(|package| package.name == "onclose").context("The workspace has no package `onclose`")
    }

    /// What the crate depends on when no feature is chosen, by name.
    pub fn default_dependencies(&self) -> Result<Vec<&str>> {
        let dependencies = self.the_crate()?.dependencies.iter();
        let mut names: Vec<_> = dependencies
            .filter(|dependency| dependency.kind == DependencyKind::Normal && !dependency.optional)
            .map(|dependency| dependency.name.as_str())
            .collect();
        names.sort_unstable();
        Ok(names)
    }

    /// The crate's version, and the npm package's.
    pub fn version(&self) -> Result<String> {
        Ok(self.the_crate()?.version.to_string())
    }

    /// The crate's `rust-version`.
    pub fn minimum_rust(&self) -> Result<String> {
        let package = self.the_crate()?;
        let version = (package.rust_version.as_ref()).context("The package `onclose` names no `rust-version`")?;
        // rustup names a release line 1.85, not 1.85.0, when any patch will do.
        Ok(match version.patch {
            0 => format!("{}.{}", version.major, version.minor),
            _ => version.to_string(),
        })
    }

    /// The locked version of `wasm-bindgen`, once it is certain that this program writes JavaScript for it.
    pub fn wasm_bindgen(&self) -> Result<String> {
        let locked = self.locked();
        matching_wasm_bindgen(&locked)
    }

    fn locked(&self) -> Vec<(String, String)> {
        (self.metadata.packages.iter()).map(|package| (package.name.to_string(), package.version.to_string())).collect()
    }
}

fn version_of<'a>(locked: &'a [(String, String)], name: &str) -> Result<&'a str> {
    let mut found = locked.iter().filter(|(package, _)| package == name);
    match (found.next(), found.next()) {
        (Some((_, version)), None) => Ok(version),
        (None, _) => bail!("Cargo.lock has no `{name}`."),
        _ => bail!("Cargo.lock has more than one version of `{name}`; only one can be served."),
    }
}

fn matching_wasm_bindgen(locked: &[(String, String)]) -> Result<String> {
    let library = version_of(locked, "wasm-bindgen")?;
    let support = version_of(locked, CLI_SUPPORT)?;
    if library != support {
        bail!(
            "Cargo.lock has wasm-bindgen {library}, but the commands were built with {CLI_SUPPORT} {support}, \
             and the two must be of one version. Set `{CLI_SUPPORT} = \"={library}\"` in xtask/Cargo.toml, \
             or go back with `cargo update -p wasm-bindgen --precise {support}`."
        );
    }
    Ok(library.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(packages: &[(&str, &str)]) -> Vec<(String, String)> {
        (packages.iter()).map(|(name, version)| (name.to_string(), version.to_string())).collect()
    }

    #[test]
    fn one_version_for_both_is_taken() {
        let locked = lock(&[("wasm-bindgen", "0.2.130"), (CLI_SUPPORT, "0.2.130"), ("url", "2.5.7")]);
        assert_eq!(matching_wasm_bindgen(&locked).unwrap(), "0.2.130");
    }

    #[test]
    fn two_versions_are_refused_with_both_ways_out() {
        let locked = lock(&[("wasm-bindgen", "0.2.131"), (CLI_SUPPORT, "0.2.130")]);
        let error = matching_wasm_bindgen(&locked).unwrap_err().to_string();
        assert!(error.contains("=0.2.131"), "{error}");
        assert!(error.contains("--precise 0.2.130"), "{error}");
    }

    #[test]
    fn a_missing_or_doubled_package_is_named() {
        let none = matching_wasm_bindgen(&lock(&[])).unwrap_err().to_string();
        assert!(none.contains("no `wasm-bindgen`"), "{none}");
        let locked = lock(&[("wasm-bindgen", "0.2.1"), ("wasm-bindgen", "0.2.2")]);
        let two = matching_wasm_bindgen(&locked).unwrap_err().to_string();
        assert!(two.contains("more than one"), "{two}");
    }

    #[test]
    fn this_workspace_agrees_with_itself() {
        let workspace = Workspace::load().unwrap();
        assert_eq!(workspace.package_in(workspace.root()), "onclose");
        assert!(workspace.wasm_bindgen().is_ok());
        let mut sources = workspace.registry().unwrap().read_dir().unwrap().flatten();
        assert!(sources.any(|source| source.file_name().to_string_lossy().starts_with("anyhow")));
        assert!(workspace.minimum_rust().unwrap().starts_with("1."));
    }
}
