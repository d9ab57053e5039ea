//! Tools that come by `cargo install`: taken from PATH if they fit, else installed for this workspace alone.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::process;
use crate::workspace::Workspace;

#[derive(Debug)]
pub struct Tool<'a> {
    krate: &'a str,
    binary: &'a str,
    version: &'a str,
    fits: Fits,
    /// What makes it say which version it is.
    ask: &'a [&'a str],
    why: &'a str,
    minutes: u32,
}

const VERSION: &[&str] = &["--version"];

/// Which versions found on PATH will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fits {
    Exactly,
    AtLeast(&'static str),
}

/// It runs the browser suites; its version must be the library's.
pub fn test_runner(version: &str) -> Tool<'_> {
    Tool {
        krate: "wasm-bindgen-cli",
        binary: "wasm-bindgen-test-runner",
        version,
        fits: Fits::Exactly,
        ask: VERSION,
        why: "it runs tests in a browser",
        minutes: 5,
    }
}

pub const GECKODRIVER: Tool<'static> = Tool {
    krate: "geckodriver",
    binary: "geckodriver",
    version: "0.37.1",
    fits: Fits::AtLeast("0.33.0"),
    ask: VERSION,
    why: "it drives Firefox",
    minutes: 3,
};

pub const WASM_PACK: Tool<'static> = Tool {
    krate: "wasm-pack",
    binary: "wasm-pack",
    version: "0.15.1",
    fits: Fits::AtLeast("0.13.1"),
    ask: VERSION,
    why: "the README promises that it runs the tests",
    minutes: 5,
};

pub const CARGO_FUZZ: Tool<'static> = Tool {
    krate: "cargo-fuzz",
    binary: "cargo-fuzz",
    version: "0.13.2",
    fits: Fits::AtLeast("0.12.0"),
    ask: VERSION,
    why: "it runs the fuzzers",
    minutes: 1,
};

pub const CARGO_DENY: Tool<'static> = Tool {
    krate: "cargo-deny",
    binary: "cargo-deny",
    version: "0.20.2",
    fits: Fits::AtLeast("0.18.0"),
    ask: VERSION,
    why: "it checks licences and advisories",
    minutes: 4,
};

pub const CARGO_HACK: Tool<'static> = Tool {
    krate: "cargo-hack",
    binary: "cargo-hack",
    version: "0.6.46",
    fits: Fits::AtLeast("0.6.30"),
    ask: &["hack", "--version"],
    why: "it checks each feature alone",
    minutes: 1,
};

/// The path of a copy that fits, installed now if need be.
pub fn ensure(workspace: &Workspace, tool: &Tool<'_>) -> Result<PathBuf> {
    let root = workspace.tool_root(tool.krate, tool.version);
    let own = root.join("bin").join(tool.binary).with_extension(env::consts::EXE_EXTENSION);
    let on_path = which::which_all(tool.binary).into_iter().flatten();
    if let Some(found) = on_path.chain([own.clone()]).find(|path| suits(tool, path)) {
        return Ok(found);
    }

    let Tool { krate, version, why, minutes, .. } = tool;
    println!("Installing {krate} {version}, because {why} and none that fits is on PATH (about {minutes} min) ...");
    process::run(&mut install(krate, version, &root))?;
    if !suits(tool, &own) {
        bail!("{krate} {version} was installed, but `{} --version` does not say so.", own.display());
    }
    Ok(own)
}

fn install(krate: &str, version: &str, root: &Path) -> Command {
    let mut command = process::cargo();
    // What is set for our own tests and builds is not meant for a tool's build.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let ours = ["CARGO_TARGET_", "CARGO_BUILD_TARGET", "CARGO_ENCODED_", "CARGO_PROFILE_"];
        if ours.iter().any(|prefix| text.starts_with(prefix)) || text.starts_with("RUSTFLAGS") {
            command.env_remove(&name);
        }
    }
    // Without --locked: a published lock file may name crates that have been withdrawn since.
    (command.args(["install", "--root"]).arg(root)).arg(format!("{krate}@{version}"));
    command
}

fn suits(tool: &Tool<'_>, path: &Path) -> bool {
    process::output_of(path, tool.ask).and_then(|output| version_in(&output)).is_some_and(|found| fits(tool, &found))
}

fn fits(tool: &Tool<'_>, found: &str) -> bool {
    match tool.fits {
        Fits::Exactly => found == tool.version,
        Fits::AtLeast(least) => numbers(found) >= numbers(least),
    }
}

/// The first word that begins with a digit: `wasm-pack 0.15.1` and `geckodriver 0.37.1 (...)`.
fn version_in(output: &str) -> Option<String> {
    (output.split_whitespace()).find(|word| word.starts_with(|first: char| first.is_ascii_digit())).map(str::to_owned)
}

fn numbers(version: &str) -> Vec<u32> {
    (version.split('.')).map_while(|part| part.parse().ok()).collect()
}

/// PATH as it must be for these programs to be the ones that are found by name.
pub fn path_with<'a>(programs: impl IntoIterator<Item = &'a Path>) -> Result<OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    // A system's folder in front would hide a Rust that is found before it, so only what is needed is moved.
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
    fn versions_are_found_in_what_tools_print() {
        let of = |text| version_in(text).unwrap();
        assert_eq!(of("wasm-bindgen-test-runner 0.2.130\n"), "0.2.130");
        assert_eq!(of("geckodriver 0.37.1 (a1b2c3 2026-01-01)\n\nThe source"), "0.37.1");
        assert_eq!(version_in("no version here"), None);
    }

    #[test]
    fn the_runner_must_be_of_the_very_version() {
        let runner = test_runner("0.2.130");
        assert!(fits(&runner, "0.2.130"));
        assert!(!fits(&runner, "0.2.131"));
        assert!(!fits(&runner, "0.2.13"));
    }

    #[test]
    fn other_tools_may_be_newer_but_not_older() {
        assert!(fits(&GECKODRIVER, "0.33.0"));
        assert!(fits(&GECKODRIVER, "0.100.0"));
        assert!(!fits(&GECKODRIVER, "0.9.0"));
        assert!(!fits(&WASM_PACK, "0.13.0"));
    }

    #[test]
    fn installing_takes_no_settings_of_ours() {
        let command = install("geckodriver", "0.37.1", Path::new("target/tools/x"));
        let line = process::display(&command);
        assert!(line.ends_with("install --root target/tools/x geckodriver@0.37.1"), "{line}");
        assert!(!line.contains("--locked"));
    }

    #[test]
    fn a_missing_program_suits_nobody() {
        assert!(!suits(&WASM_PACK, Path::new("/nowhere/wasm-pack")));
    }

    #[test]
    fn path_changes_only_for_what_it_hides() {
        let path = env::var_os("PATH").unwrap();
        let cargo = which::which("cargo").unwrap();
        assert_eq!(path_with([cargo.as_path()]).unwrap(), path);
        let tool = env::temp_dir().join("no-such-tools").join("wasm-pack");
        let changed = path_with([cargo.as_path(), &tool]).unwrap();
        assert_eq!(env::split_paths(&changed).next().as_deref(), tool.parent());
    }
}
