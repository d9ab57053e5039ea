//! The workspace: its folders, and the versions in its lock file.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use cargo_metadata::semver::{Comparator, Op, VersionReq};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};
use xshell::Shell;

/// Writes JavaScript for the `wasm-bindgen` of exactly its own version.
const CLI_SUPPORT: &str = "wasm-bindgen-cli-support";

#[derive(Debug)]
pub struct Workspace {
    metadata: Metadata,
}

impl Workspace {
    pub fn load() -> Result<Self> {
        // Not the current directory: the alias `cargo xtask` works in every folder of the workspace.
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

    /// Returns a shell in the root folder.
    pub fn shell(&self) -> Result<Shell> {
        let shell = Shell::new()?;
        shell.change_dir(self.root());
        Ok(shell)
    }

    /// Returns the folder of a tool that is installed for this workspace only.
    pub fn tool_root(&self, krate: &str, version: &str) -> PathBuf {
        self.target().join("tools").join(format!("{krate}-{version}"))
    }

    /// Returns the folder in which cargo keeps the sources of published crates.
    pub fn registry(&self) -> Option<&Path> {
        let package = self.metadata.packages.iter().find(|package| package.source.is_some())?;
        package.manifest_path.parent()?.parent().map(|folder| folder.as_std_path())
    }

    fn the_crate(&self) -> Result<&Package> {
        let mut packages = self.metadata.packages.iter();
        packages.find(|package| package.name == "onclose").context("The workspace has no package `onclose`")
    }

    /// Returns the names of the crate's dependencies without any feature.
    pub fn default_dependencies(&self) -> Result<Vec<&str>> {
        let dependencies = self.the_crate()?.dependencies.iter();
        let mut names: Vec<_> = dependencies
            .filter(|dependency| dependency.kind == DependencyKind::Normal && !dependency.optional)
            .map(|dependency| dependency.name.as_str())
            .collect();
        names.sort_unstable();
        Ok(names)
    }

    /// Returns the names of the crate's dependencies, optional ones included, with the oldest version that each allows.
    pub fn oldest_dependencies(&self) -> Result<Vec<(&str, String)>> {
        let dependencies = self.the_crate()?.dependencies.iter();
        let normal = dependencies.filter(|dependency| dependency.kind == DependencyKind::Normal);
        normal.map(|dependency| Ok((dependency.name.as_str(), oldest(&dependency.req)?))).collect()
    }

    /// Returns the names of the crate's features.
    pub fn features(&self) -> Result<Vec<&str>> {
        let names = self.the_crate()?.features.keys().map(String::as_str);
        Ok(names.filter(|name| *name != "default").collect())
    }

    /// Returns the version of the crate, which is the npm package's too.
    pub fn version(&self) -> Result<String> {
        Ok(self.the_crate()?.version.to_string())
    }

    /// Returns the crate's `rust-version`.
    pub fn minimum_rust(&self) -> Result<String> {
        let package = self.the_crate()?;
        let version = (package.rust_version.as_ref()).context("The package `onclose` has no `rust-version`")?;
        // rustup installs the latest patch release for 1.85, and exactly 1.85.0 for 1.85.0.
        Ok(match version.patch {
            0 => format!("{}.{}", version.major, version.minor),
            _ => version.to_string(),
        })
    }

    /// Returns the locked version of `wasm-bindgen`; fails if this program writes JavaScript for another one.
    pub fn wasm_bindgen(&self) -> Result<String> {
        let locked = self.locked();
        matching_wasm_bindgen(&locked)
    }

    fn locked(&self) -> Vec<(String, String)> {
        (self.metadata.packages.iter()).map(|package| (package.name.to_string(), package.version.to_string())).collect()
    }
}

/// Returns the oldest version that a requirement such as `1.2.3` allows.
fn oldest(requirement: &VersionReq) -> Result<String> {
    match &requirement.comparators[..] {
        [Comparator { op: Op::Caret | Op::Exact, major, minor: Some(minor), patch: Some(patch), .. }] => {
            Ok(format!("{major}.{minor}.{patch}"))
        }
        _ => bail!("Cargo.toml requires `{requirement}`: write the oldest version that works, as `1.2.3`."),
    }
}

fn version_of<'a>(locked: &'a [(String, String)], name: &str) -> Result<&'a str> {
    let mut found = locked.iter().filter(|(package, _)| package == name);
    match (found.next(), found.next()) {
        (Some((_, version)), None) => Ok(version),
        (None, _) => bail!("Cargo.lock has no `{name}`."),
        _ => bail!("Cargo.lock has more than one version of `{name}`."),
    }
}

fn matching_wasm_bindgen(locked: &[(String, String)]) -> Result<String> {
    let library = version_of(locked, "wasm-bindgen")?;
    let support = version_of(locked, CLI_SUPPORT)?;
    if library != support {
        bail!(
            "Cargo.lock has wasm-bindgen {library} and {CLI_SUPPORT} {support}, which must be of the same version. Set \
             `{CLI_SUPPORT} = \"={library}\"` and `wasm-bindgen-cli = \"={library}\"` in rig/Cargo.toml and \
             rig/runner/Cargo.toml, or go back with `cargo update -p wasm-bindgen --precise {support}`."
        );
    }
    Ok(library.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the crate may depend on without any feature.
    const DEPENDENCIES: [&str; 5] = ["futures-core", "futures-sink", "js-sys", "wasm-bindgen", "web-sys"];

    fn lock(packages: &[(&str, &str)]) -> Vec<(String, String)> {
        (packages.iter()).map(|(name, version)| (name.to_string(), version.to_string())).collect()
    }

    #[test]
    fn matching_versions_are_accepted() {
        let locked = lock(&[("wasm-bindgen", "0.2.130"), (CLI_SUPPORT, "0.2.130"), ("url", "2.5.7")]);
        assert_eq!(matching_wasm_bindgen(&locked).unwrap(), "0.2.130");
    }

    #[test]
    fn different_versions_are_rejected_with_both_remedies() {
        let locked = lock(&[("wasm-bindgen", "0.2.131"), (CLI_SUPPORT, "0.2.130")]);
        let error = matching_wasm_bindgen(&locked).unwrap_err().to_string();
        assert!(error.contains("=0.2.131"), "{error}");
        assert!(error.contains("--precise 0.2.130"), "{error}");
    }

    #[test]
    fn a_missing_or_duplicate_package_is_named() {
        let none = matching_wasm_bindgen(&lock(&[])).unwrap_err().to_string();
        assert!(none.contains("no `wasm-bindgen`"), "{none}");
        let locked = lock(&[("wasm-bindgen", "0.2.1"), ("wasm-bindgen", "0.2.2")]);
        let two = matching_wasm_bindgen(&locked).unwrap_err().to_string();
        assert!(two.contains("more than one"), "{two}");
    }

    #[test]
    fn the_workspace_is_read() {
        let workspace = Workspace::load().unwrap();
        assert!(workspace.root().join("rig").is_dir());
        assert!(workspace.wasm_bindgen().is_ok());
        let mut sources = workspace.registry().unwrap().read_dir().unwrap().flatten();
        assert!(sources.any(|source| source.file_name().to_string_lossy().starts_with("anyhow")));
        assert!(workspace.minimum_rust().unwrap().starts_with("1."));
        assert!(workspace.features().unwrap().contains(&"serde"));
    }

    #[test]
    fn the_crate_has_no_other_dependencies_than_it_states() {
        assert_eq!(Workspace::load().unwrap().default_dependencies().unwrap(), DEPENDENCIES);
    }
}
