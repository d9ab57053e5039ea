//! Tools from crates.io: taken from PATH if their version fits, otherwise installed for this workspace only.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};
use xshell::{Shell, cmd};

use crate::process::{self, Show, output_of};
use crate::workspace::Workspace;

#[derive(Debug)]
pub struct Tool {
    krate: &'static str,
    binary: &'static str,
    /// The version to install.
    version: &'static str,
    /// The oldest version that is accepted on PATH.
    oldest: &'static str,
    purpose: &'static str,
}

pub const GECKODRIVER: Tool = Tool {
    krate: "geckodriver",
    binary: "geckodriver",
    version: "0.37.1",
    oldest: "0.33.0",
    purpose: "drives Firefox",
};

pub const WASM_PACK: Tool = Tool {
    krate: "wasm-pack",
    binary: "wasm-pack",
    version: "0.15.1",
    oldest: "0.13.1",
    purpose: "runs the tests as CONTRIBUTING.md states",
};

pub const CARGO_FUZZ: Tool = Tool {
    krate: "cargo-fuzz",
    binary: "cargo-fuzz",
    version: "0.13.2",
    oldest: "0.12.0",
    purpose: "runs the fuzz targets",
};

pub const CARGO_DENY: Tool = Tool {
    krate: "cargo-deny",
    binary: "cargo-deny",
    version: "0.20.2",
    oldest: "0.18.0",
    purpose: "checks licences and advisories",
};

/// Returns the path of a copy that fits, installed now if there is none.
pub async fn ensure(workspace: &Workspace, tool: &Tool) -> Result<PathBuf> {
    let Tool { krate, binary, version, purpose, .. } = tool;
    let root = workspace.tool_root(krate, version);
    let own = root.join("bin").join(binary).with_extension(env::consts::EXE_EXTENSION);
    let on_path = which::which_all(binary).into_iter().flatten();
    if let Some(found) = on_path.chain([own.clone()]).find(|path| fits(tool, path)) {
        return Ok(found);
    }
    println!("Installing {krate} {version}, which {purpose} (about 2 min) ...");
    process::run(install(tool, &root), Show::Nothing).await?;
    if !fits(tool, &own) {
        bail!("{krate} {version} was installed, but `{} --version` reports another version.", own.display());
    }
    Ok(own)
}

fn install(tool: &Tool, root: &Path) -> Command {
    let mut command = Command::new("cargo");
    // The settings of this workspace's own builds must not apply to the build of a tool.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let ours =
            ["CARGO_TARGET_", "CARGO_BUILD_TARGET", "CARGO_ENCODED_", "CARGO_PROFILE_", "CARGO_PKG_", "RUSTFLAGS"];
        if ours.iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
    // Unoptimized, since none of them computes much: this takes a third of the time.
    command.args(["install", "--debug"]).env("CARGO_PROFILE_DEV_DEBUG", "false");
    // Without --locked: a published lock file may name versions that have been yanked since.
    command.arg("--root").arg(root).arg(format!("{}@{}", tool.krate, tool.version));
    command
}

fn fits(tool: &Tool, path: &Path) -> bool {
    let output = Shell::new().ok().and_then(|shell| output_of(cmd!(shell, "{path} --version")));
    output.and_then(|output| version_in(&output)).is_some_and(|found| is_recent(tool, &found))
}

fn is_recent(tool: &Tool, found: &str) -> bool {
    numbers(found) >= numbers(tool.oldest)
}

/// Returns the first word that begins with a digit, as in `wasm-pack 0.15.1` and `geckodriver 0.37.1 (...)`.
fn version_in(output: &str) -> Option<String> {
    (output.split_whitespace()).find(|word| word.starts_with(|first: char| first.is_ascii_digit())).map(str::to_owned)
}

fn numbers(version: &str) -> Vec<u32> {
    (version.split('.')).map_while(|part| part.parse().ok()).collect()
}

/// Returns a PATH on which these programs are found by their names.
pub fn path_with<'a>(programs: impl IntoIterator<Item = &'a Path>) -> Result<OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    // Only the folders of hidden programs are added: a system folder in front could hide the Rust that is on PATH.
    let hidden = programs.into_iter().filter(|program| {
        let found = program.file_stem().and_then(|name| which::which(name).ok());
        found.as_deref() != Some(*program)
    });
    let folders = hidden.filter_map(Path::parent).map(Path::to_owned);
    Ok(env::join_paths(folders.chain(env::split_paths(&path)))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_the_output_of_tools() {
        let of = |text| version_in(text).unwrap();
        assert_eq!(of("wasm-pack 0.15.1\n"), "0.15.1");
        assert_eq!(of("geckodriver 0.37.1 (a1b2c3 2026-01-01)\n\nThe source"), "0.37.1");
        assert_eq!(version_in("no version here"), None);
    }

    #[test]
    fn tools_may_be_newer_but_not_older() {
        assert!(is_recent(&GECKODRIVER, "0.33.0"));
        assert!(is_recent(&GECKODRIVER, "0.100.0"));
        assert!(!is_recent(&GECKODRIVER, "0.9.0"));
        assert!(!is_recent(&WASM_PACK, "0.13.0"));
    }

    #[test]
    fn tools_are_installed_without_this_workspaces_settings() {
        let line = process::display(&install(&GECKODRIVER, Path::new("target/tools/x")));
        assert_eq!(line, "cargo install --debug --root target/tools/x geckodriver@0.37.1");
    }

    #[test]
    fn a_missing_program_does_not_fit() {
        assert!(!fits(&WASM_PACK, Path::new("/nowhere/wasm-pack")));
    }

    #[test]
    fn path_changes_only_for_hidden_programs() {
        let path = env::var_os("PATH").unwrap();
        let cargo = which::which("cargo").unwrap();
        assert_eq!(path_with([cargo.as_path()]).unwrap(), path);
        let tool = env::temp_dir().join("no-such-tools").join("wasm-pack");
        let changed = path_with([cargo.as_path(), &tool]).unwrap();
        assert_eq!(env::split_paths(&changed).next().as_deref(), tool.parent());
    }
}
