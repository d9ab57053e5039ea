//! What the commands need on this machine: found, checked by running it, or installed.

pub mod browsers;
pub mod npm;
pub mod tools;

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::process;

pub const WASM: &str = "wasm32-unknown-unknown";

/// Where fuzzing, and building the standard library anew, are possible.
const NIGHTLY: &str = "nightly";

/// Sees to it that there is a nightly Rust, whichever, with these components.
pub fn nightly(components: &[&str]) -> Result<()> {
    if process::output_of("rustup", &["run", NIGHTLY, "rustc", "--version"]).is_none() {
        println!("Installing nightly Rust ...");
        let args = ["toolchain", "install", NIGHTLY, "--profile", "minimal", "--no-self-update"];
        process::run(Command::new("rustup").args(args))?;
    }
    let list = ["component", "list", "--installed", "--toolchain", NIGHTLY];
    let installed = process::output_of("rustup", &list).unwrap_or_default();
    for component in components {
        if !installed.lines().any(|line| line.starts_with(component)) {
            println!("Adding {component} to nightly Rust ...");
            process::run(Command::new("rustup").args(["component", "add", component, "--toolchain", NIGHTLY]))?;
        }
    }
    Ok(())
}

/// A program that finds nightly's `cargo` and `rustc` before any other.
pub fn on_nightly(program: impl AsRef<OsStr>) -> Command {
    let mut command = process::rustup_run(NIGHTLY);
    command.arg(program);
    command
}

/// Sees to it that the toolchain (the current one, or a named one) can compile for the browser.
pub fn wasm_target(toolchain: Option<&str>) -> Result<()> {
    if has_wasm_target(toolchain) {
        return Ok(());
    }
    if which::which("rustup").is_err() {
        bail!("This Rust cannot compile for {WASM}, and there is no rustup to add it: install that target.");
    }
    println!("Adding the target {WASM} to Rust (about 20 MB) ...");
    let mut command = Command::new("rustup");
    command.args(["target", "add", WASM]);
    if let Some(toolchain) = toolchain {
        command.args(["--toolchain", toolchain]);
    }
    process::run(&mut command)
}

fn has_wasm_target(toolchain: Option<&str>) -> bool {
    let asked = ["--print", "target-libdir", "--target", WASM];
    let folder = match toolchain {
        None => process::output_of("rustc", &asked),
        Some(name) => process::output_of("rustup", &[&["run", name, "rustc"], &asked[..]].concat()),
    };
    folder.is_some_and(|folder| Path::new(folder.trim()).is_dir())
}
