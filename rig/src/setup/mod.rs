//! What the commands need on this machine: found, checked by running it, or installed.

pub mod browsers;
pub mod npm;
pub mod tools;

use std::path::Path;

use anyhow::{Result, bail};
use xshell::{Cmd, Shell, cmd};

use crate::process::{output_of, rustup_run};

pub const WASM: &str = "wasm32-unknown-unknown";

/// The toolchain for fuzzing, and for building the standard library.
const NIGHTLY: &str = "nightly";

/// Installs some nightly Rust with these components, unless there is one.
pub fn nightly(components: &[&str]) -> Result<()> {
    let shell = Shell::new()?;
    if output_of(cmd!(shell, "rustup run {NIGHTLY} rustc --version")).is_none() {
        cmd!(shell, "rustup toolchain install {NIGHTLY} --profile minimal --no-self-update").run()?;
    }
    let list = cmd!(shell, "rustup component list --installed --toolchain {NIGHTLY}");
    let installed = output_of(list).unwrap_or_default();
    for component in components {
        if !installed.lines().any(|line| line.starts_with(component)) {
            cmd!(shell, "rustup component add {component} --toolchain {NIGHTLY}").run()?;
        }
    }
    Ok(())
}

/// Returns a command of nightly Rust: it finds nightly's `cargo` and `rustc` before all others.
pub fn on_nightly(shell: &Shell) -> Cmd<'_> {
    rustup_run(shell, NIGHTLY)
}

/// Installs the wasm target for the current toolchain, or for a named one, unless it is there.
pub fn wasm_target(toolchain: Option<&str>) -> Result<()> {
    let shell = Shell::new()?;
    if has_wasm_target(&shell, toolchain) {
        return Ok(());
    }
    if which::which("rustup").is_err() {
        bail!("This Rust has no target {WASM}, and there is no rustup to add it: install the target.");
    }
    let toolchain = toolchain.map(|name| ["--toolchain", name]).into_iter().flatten();
    Ok(cmd!(shell, "rustup target add {WASM} {toolchain...}").run()?)
}

fn has_wasm_target(shell: &Shell, toolchain: Option<&str>) -> bool {
    let args = ["--print", "target-libdir", "--target", WASM];
    let folder = match toolchain {
        None => output_of(cmd!(shell, "rustc {args...}")),
        Some(name) => output_of(cmd!(shell, "rustup run {name} rustc {args...}")),
    };
    folder.is_some_and(|folder| Path::new(folder.trim()).is_dir())
}

/// Installs a component of the current toolchain that a minimal installation lacks, unless this program runs.
pub fn component(name: &str, program: &str) -> Result<()> {
    let shell = Shell::new()?;
    if output_of(cmd!(shell, "{program} --version")).is_some() {
        return Ok(());
    }
    Ok(cmd!(shell, "rustup component add {name}").run()?)
}
