//! Steps that only compile.

use anyhow::{Context, Result};
use onclose_rig::process::{cargo, output_of};
use onclose_rig::setup::{self, WASM};
use onclose_rig::workspace::Workspace;
use xshell::{Shell, cmd};

/// Every workspace of the repository, but the examples and those of `compat`.
const MANIFESTS: [&str; 3] = ["Cargo.toml", BENCH, "fuzz/Cargo.toml"];
const BENCH: &str = "bench/Cargo.toml";

pub(super) fn format(shell: &Shell) -> Result<()> {
    setup::component("rustfmt", "cargo-fmt")?;
    let own = MANIFESTS.into_iter().chain(onclose_compat_driver::MANIFESTS).map(str::to_owned);
    for manifest in own.chain(onclose_examples_driver::manifests()) {
        cargo(shell).args(["fmt", "--all", "--check", "--manifest-path", &manifest]).run()?;
    }
    Ok(())
}

fn clippy(shell: &Shell, what: &[&str]) -> Result<()> {
    Ok(cargo(shell).args(["clippy", "--all-targets"]).args(what).args(["--", "-D", "warnings"]).run()?)
}

pub(super) fn clippy_host(shell: &Shell) -> Result<()> {
    setup::component("clippy", "cargo-clippy")?;
    clippy(shell, &["--workspace", "--all-features", "--exclude", "onclose-npm"])
}

pub(super) fn clippy_wasm(shell: &Shell) -> Result<()> {
    setup::wasm_target(None)?;
    let crates = ["-p", "onclose", "-p", "onclose-www", "-p", "onclose-faults", "-p", "onclose-npm"];
    clippy(shell, &[&crates, ["--all-features", "--target", WASM].as_slice()].concat())?;
    clippy(shell, &["--manifest-path", BENCH, "--workspace", "--target", WASM])
}

/// Checks the crate without features, and with each one alone; `clippy_host` and `clippy_wasm` have all of them.
pub(super) fn each_feature(workspace: &Workspace, shell: &Shell) -> Result<()> {
    let none = [""].into_iter();
    for features in none.chain(workspace.features()?) {
        for target in [&[][..], &["--target", WASM]] {
            let what = ["-p", "onclose", "--no-default-features", "--features", features];
            clippy(shell, &[&what, target].concat())?;
        }
    }
    Ok(())
}

/// Checks the examples as their users build them, with their own `Cargo.lock`; those with a framework take minutes.
pub(super) fn examples(workspace: &Workspace, shell: &Shell) -> Result<()> {
    setup::wasm_target(None)?;
    let target = workspace.target().join("examples").join("check");
    for manifest in onclose_examples_driver::manifests().filter(|manifest| !manifest.contains("/chat-")) {
        let check = cargo(shell).args(["check", "--locked", "--target", WASM, "--manifest-path", &manifest]);
        check.arg("--target-dir").arg(&target).run()?;
    }
    Ok(())
}

pub(super) fn docs(shell: &Shell) -> Result<()> {
    for target in [&[][..], &["--target", WASM]] {
        let doc = cargo(shell).args(["doc", "-p", "onclose", "--no-deps", "--all-features"]).args(target);
        doc.env("RUSTDOCFLAGS", "-D warnings").run()?;
    }
    Ok(())
}

/// Builds the crate and its documentation as they are published: `include` in its manifest could leave out what they read.
pub(super) fn package(shell: &Shell) -> Result<()> {
    // Outside the workspace, to which a manifest below its root would count.
    let folder = shell.create_temp_dir()?;
    let target = folder.path();
    cargo(shell).args(["package", "-p", "onclose", "--locked", "--allow-dirty", "--target-dir"]).arg(target).run()?;
    let mut packages = shell.read_dir(target.join("package"))?;
    packages.retain(|entry| entry.join("Cargo.toml").is_file());
    let [package] = &packages[..] else { anyhow::bail!("{} packages were unpacked, not one.", packages.len()) };
    let doc = cargo(shell).args(["doc", "--no-deps", "--all-features", "--target-dir"]).arg(target);
    let doc = doc.arg("--manifest-path").arg(package.join("Cargo.toml"));
    Ok(doc.env("RUSTDOCFLAGS", "-D warnings").run()?)
}

/// Installs the oldest Rust that the crate supports, and returns its version.
fn install_minimum_rust(workspace: &Workspace, shell: &Shell) -> Result<String> {
    let version = workspace.minimum_rust()?;
    println!("The minimum is Rust {version}.");
    if output_of(cmd!(shell, "rustup run {version} rustc --version")).is_none() {
        cmd!(shell, "rustup toolchain install {version} --profile minimal --no-self-update").run()?;
    }
    setup::wasm_target(Some(&version))?;
    Ok(version)
}

pub(super) fn minimum_rust(workspace: &Workspace, shell: &Shell) -> Result<()> {
    let version = install_minimum_rust(workspace, shell)?;
    // Its own folder: two compilers would invalidate each other's artefacts.
    let folder = workspace.target().join("minimum-rust");
    for target in [&[][..], &["--target", WASM]] {
        for features in ["--all-features", "--no-default-features"] {
            let check = cmd!(shell, "rustup run {version} cargo check -p onclose {features} {target...}");
            check.arg("--target-dir").arg(&folder).run()?;
        }
    }
    Ok(())
}

/// Checks the crate with the oldest versions of its dependencies that Cargo.toml allows, by the oldest Rust.
///
/// A package that depends on the crate and on exactly these versions: the crate's own lock file has the newest, and its
/// dev-dependencies may require more than its users do.
pub(super) fn minimal_versions(workspace: &Workspace, shell: &Shell) -> Result<()> {
    let version = install_minimum_rust(workspace, shell)?;
    let folder = workspace.target().join("minimal-versions");
    let mut manifest = format!(
        "[package]\nname = \"minimal-versions\"\nedition = \"2024\"\nrust-version = \"{version}\"\n\n[workspace]\n\n\
         [dependencies]\nonclose = {{ path = {:?}, features = {:?} }}\n",
        workspace.root(),
        workspace.features()?,
    );
    for (name, oldest) in workspace.oldest_dependencies()? {
        println!("{name} {oldest}");
        manifest += &format!("{name} = {{ version = \"={oldest}\", default-features = false }}\n");
    }
    shell.write_file(folder.join("Cargo.toml"), manifest)?;
    shell.write_file(folder.join("src/lib.rs"), "")?;
    // What these depend on is resolved anew, as in a new project.
    shell.remove_path(folder.join("Cargo.lock"))?;
    let manifest = folder.join("Cargo.toml");
    let host = output_of(cmd!(shell, "rustup run {version} rustc --print host-tuple"));
    let host = host.context("rustc does not say what it compiles for")?;
    // One command for both: it compiles procedural macros once.
    let targets = ["--target", host.trim(), "--target", WASM];
    let check = cmd!(shell, "rustup run {version} cargo check --manifest-path {manifest} {targets...}");
    // Of what these depend on, versions that need a newer Rust are left out.
    Ok(check.env("CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS", "fallback").run()?)
}
