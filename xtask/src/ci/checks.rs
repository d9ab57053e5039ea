//! Steps that only compile.

use std::process::Command;

use anyhow::Result;

use super::Steps;
use onclose_rig::process::{self, cargo};
use onclose_rig::setup::{self, WASM, tools};

impl Steps<'_> {
    pub(super) fn clippy(&self, what: &[&str]) -> Result<()> {
        let mut clippy = cargo();
        clippy.current_dir(self.workspace.root());
        clippy.args(["clippy", "--all-targets"]).args(what);
        process::run(clippy.args(["--", "-D", "warnings"]))
    }

    pub(super) fn docs(&self, target: &[&str]) -> Result<()> {
        let mut doc = cargo();
        doc.current_dir(self.workspace.root()).env("RUSTDOCFLAGS", "-D warnings");
        process::run(doc.args(["doc", "-p", "onclose", "--no-deps", "--all-features"]).args(target))
    }

    pub(super) fn minimum_rust(&self) -> Result<()> {
        let version = self.workspace.minimum_rust()?;
        println!("The minimum is Rust {version}.");
        if process::output_of("rustup", &["run", &version, "rustc", "--version"]).is_none() {
            let args = ["toolchain", "install", &version, "--profile", "minimal", "--no-self-update"];
            process::run(Command::new("rustup").args(args))?;
        }
        setup::wasm_target(Some(&version))?;
        for target in [&[][..], &["--target", WASM]] {
            for features in ["--all-features", "--no-default-features"] {
                let mut check = Command::new("rustup");
                check.current_dir(self.workspace.root());
                check.args(["run", &version, "cargo", "check", "-p", "onclose", features]);
                // Its own folder: two compilers would throw each other's work away.
                check.arg("--target-dir").arg(self.workspace.target().join("minimum-rust"));
                process::run(check.args(target))?;
            }
        }
        Ok(())
    }

    /// Each feature alone, none, and all.
    pub(super) fn each_feature(&self) -> Result<()> {
        let cargo_hack = tools::ensure(self.workspace, &tools::CARGO_HACK)?;
        for target in [&[][..], &["--target", WASM]] {
            let mut check = Command::new(&cargo_hack);
            check.current_dir(self.workspace.root());
            check.args(["hack", "clippy", "-p", "onclose", "--each-feature"]).args(target);
            process::run(check.args(["--", "-D", "warnings"]))?;
        }
        Ok(())
    }
}

/// A part of Rust that a minimal installation lacks.
pub(super) fn component(name: &str, program: &str) -> Result<()> {
    if process::output_of(program, &["--version"]).is_some() {
        return Ok(());
    }
    println!("Adding {name} to Rust ...");
    process::run(Command::new("rustup").args(["component", "add", name]))
}
