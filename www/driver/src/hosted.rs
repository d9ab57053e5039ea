//! The page as it is hosted: built for size, and without a peer.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use onclose_rig::build;
use onclose_rig::process::{self, Show};
use onclose_rig::setup::npm::{self, Shrinkers};
use onclose_rig::setup::{self, WASM};
use onclose_rig::shrink;
use onclose_rig::workspace::Workspace;
use serde_json::Value;

use super::PAGE;

/// The hosted page shows no panic message, so the code that formats one is left out, as is that of `Debug`.
const FLAGS: &str = "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none -Zfmt-debug=none";

/// What a browser loads at first, whichever language is chosen.
const FIRST: [&str; 5] = ["index.html", "style.css", "onclose_www.js", "onclose_www_bg.wasm", "peer.json"];
pub(crate) const LANGUAGES: [&str; 3] = ["en", "zh-CN", "pt-BR"];

/// Builds it into `target/site`; returns the folder.
pub async fn build(workspace: &Workspace, show: Show) -> Result<PathBuf> {
    workspace.wasm_bindgen()?;
    let tools = npm::shrinkers(workspace)?;
    setup::nightly(&["rust-src"])?;
    // Its own folder: other flags would invalidate what was compiled with these.
    let target = workspace.target().join("small");
    let shell = workspace.shell()?;
    let cargo = setup::on_nightly(&shell).args(["cargo", "rustc", "--release", "--lib", "--crate-type", "cdylib"]);
    let cargo = cargo.args(["-p", PAGE.package, "--target", WASM, "-Zbuild-std=std,panic_abort", "--target-dir"]);
    let cargo = cargo.arg(&target).env("RUSTFLAGS", FLAGS).env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "z");
    process::run(cargo, show).await?;

    let (sources, site) = (workspace.root().join(PAGE.files), workspace.target().join("site"));
    process::blocking(move || assemble(&sources, &tools, &target, &site).map(|()| site)).await
}

fn assemble(sources: &Path, tools: &Shrinkers, target: &Path, site: &Path) -> Result<()> {
    let name = build::file_name(PAGE.package);
    let wasm = target.join(WASM).join("release").join(format!("{name}.wasm"));
    build::empty(site)?;
    build::copy_static(sources, site)?;
    build::bind_small(&wasm, site, &name)?;
    shrink::wasm(tools, &site.join(format!("{name}_bg.wasm")), &["--converge"])?;
    for file in [format!("{name}.js"), "style.css".to_owned()] {
        shrink::minify(tools, &site.join(file))?;
    }
    for language in LANGUAGES {
        let file = site.join("lang").join(format!("{language}.json"));
        let words: Value = serde_json::from_str(&fs::read_to_string(&file)?)?;
        fs::write(&file, words.to_string())?;
    }
    // A host of static files has no peer; without this file there would be an error in the console.
    Ok(fs::write(site.join("peer.json"), "{}")?)
}

/// Returns what a browser fetches before the page works, in bytes by brotli, with the largest of the languages.
pub fn first_load(workspace: &Workspace, site: &Path) -> Result<u64> {
    let languages = LANGUAGES.map(|tag| format!("lang/{tag}.json"));
    let files: Vec<_> =
        FIRST.into_iter().chain(languages.iter().map(String::as_str)).map(|name| site.join(name)).collect();
    let files: Vec<_> = files.iter().map(PathBuf::as_path).collect();
    let sizes = shrink::sizes(workspace, &npm::shrinkers(workspace)?, &files)?;
    let brotli: Vec<_> = sizes.iter().map(|size| size.brotli).collect();
    let (first, languages) = brotli.split_at_checked(FIRST.len()).context("A file has no size")?;
    Ok(first.iter().sum::<u64>() + languages.iter().max().context("There is no language")?)
}

/// Fails if the page names an address elsewhere that a browser would load something from.
pub(crate) fn loads_nothing_else(site: &Path) -> Result<()> {
    for file in ["index.html", "style.css"] {
        let text = fs::read_to_string(site.join(file))?;
        for outside in ["src=\"http", "href=\"http", "url(http", "url(\"http", "@import", "src=\"//", "href=\"//"] {
            ensure!(!text.contains(outside), "{file} loads from elsewhere: {outside}");
        }
    }
    if fs::read_to_string(site.join("onclose_www.js"))?.contains("https://") {
        bail!("The JavaScript names an address elsewhere.");
    }
    Ok(())
}
