//! `cargo xtask site`: the page as it is hosted, small and without a peer.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail, ensure};

use onclose_rig::build::{self as page, WWW};
use onclose_rig::setup::npm::{self, Shrinkers};
use onclose_rig::shrink::FEATURES;
use onclose_rig::workspace::Workspace;
use onclose_rig::{process, setup};

/// Nobody reads the text of a panic there, so its machinery stays out, as does that of `Debug`.
const FLAGS: &str = "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none -Zfmt-debug=none";

/// What a browser loads of it at first, whichever of the languages is wanted.
const FIRST: [&str; 5] = ["index.html", "style.css", "onclose_www.js", "onclose_www_bg.wasm", "peer.json"];
const LANGUAGES: [&str; 3] = ["lang/en.json", "lang/zh-CN.json", "lang/pt-BR.json"];

pub fn run(workspace: &Workspace) -> Result<ExitCode> {
    let folder = build(workspace)?;
    println!("\nThe site:  {}", folder.display());
    println!("It can be hosted anywhere, below any path. The first load is {} bytes by brotli.", first_load(&folder)?);
    Ok(ExitCode::SUCCESS)
}

/// Builds it; returns its folder.
pub fn build(workspace: &Workspace) -> Result<PathBuf> {
    workspace.wasm_bindgen()?;
    let tools = npm::shrinkers(workspace)?;
    setup::nightly(&["rust-src"])?;
    println!("Building the site ...");
    let target = workspace.target().join("small");
    let mut cargo = setup::on_nightly("cargo");
    cargo.current_dir(workspace.root()).args(["build", "--release", "-p", WWW.package, "--target", setup::WASM]);
    cargo.args(["-Zbuild-std=std,panic_abort", "--target-dir"]).arg(&target);
    process::run(cargo.env("RUSTFLAGS", FLAGS).env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "z"))?;

    let name = page::package_file(WWW.package);
    let wasm = target.join(setup::WASM).join("release").join(format!("{name}.wasm"));
    let site = workspace.target().join("site");
    if site.exists() {
        fs::remove_dir_all(&site).context("The last build of the site could not be removed")?;
    }
    fs::create_dir_all(&site)?;
    page::copy_static(&workspace.root().join(WWW.files), &site)?;
    page::bind_small(&wasm, &site, &name)?;
    shrink(&tools, &site, &name)?;
    // A host of static files has no peer; that it says so keeps a missing file out of the console.
    fs::write(site.join("peer.json"), "{}")?;
    Ok(site)
}

fn shrink(tools: &Shrinkers, site: &Path, name: &str) -> Result<()> {
    let wasm = site.join(format!("{name}_bg.wasm"));
    let mut opt = Command::new(&tools.wasm_opt);
    opt.args(["-Oz", "--converge"]).args(FEATURES).arg(&wasm).arg("-o").arg(&wasm);
    process::run(&mut opt)?;
    for file in [format!("{name}.js"), "style.css".to_owned()] {
        let file = site.join(file);
        let mut esbuild = Command::new(&tools.esbuild);
        esbuild.args(["--minify", "--format=esm", "--log-level=warning", "--allow-overwrite"]).arg(&file);
        process::run(esbuild.arg(format!("--outfile={}", file.display())))?;
    }
    for language in LANGUAGES {
        let file = site.join(language);
        let words: serde_json::Value = serde_json::from_str(&fs::read_to_string(&file)?)?;
        fs::write(&file, words.to_string())?;
    }
    Ok(())
}

/// What a browser has to fetch before the page is there, in bytes by brotli, with the largest of the languages.
pub fn first_load(site: &Path) -> Result<usize> {
    let weigh = |file: &&str| -> Result<usize> {
        let bytes = fs::read(site.join(file)).with_context(|| format!("The site has no {file}"))?;
        let mut compressed = Vec::new();
        let params = brotli::enc::BrotliEncoderParams::default();
        brotli::BrotliCompress(&mut bytes.as_slice(), &mut compressed, &params)?;
        Ok(compressed.len())
    };
    let first = FIRST.iter().map(weigh).sum::<Result<usize>>()?;
    let languages = LANGUAGES.iter().map(weigh).collect::<Result<Vec<_>>>()?;
    Ok(first + languages.into_iter().max().unwrap_or_default())
}

/// That the page names nobody else's address from which something would be loaded.
pub fn loads_nothing_else(site: &Path) -> Result<()> {
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
