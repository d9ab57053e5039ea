//! Pages with a module of ours: built from a folder of the workspace into the folder to serve.

use std::collections::BTreeMap;
use std::fs;
use std::mem;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::process;
use crate::setup;
use crate::workspace::Workspace;

/// Folders of a page that are not served.
const NOT_SERVED: [&str; 4] = ["src", "pkg", "node_modules", "target"];

/// A page of the workspace.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// What people call it.
    name: &'static str,
    pub package: &'static str,
    /// Its static files.
    pub files: &'static str,
    /// Where it goes, below the target folder.
    output: &'static str,
}

/// The page that people see.
pub const WWW: Page = Page { name: "page", package: "onclose-www", files: "www", output: "www" };
/// The page that faults are tried in.
pub const FAULTS: Page =
    Page { name: "laboratory", package: "onclose-faults", files: "faults/static", output: "faults/page" };

/// Compiles the page, writes its JavaScript and puts its static files beside; returns the folder to serve.
pub fn build(workspace: &Workspace, page: Page) -> Result<PathBuf> {
    workspace.wasm_bindgen()?;
    setup::wasm_target(None)?;
    let sources = workspace.root().join(page.files);
    if !sources.join("index.html").is_file() {
        bail!("{}/index.html is missing, so there is no page to serve.", page.files);
    }

    println!("Building the {} ...", page.name);
    process::run(
        (process::cargo().current_dir(workspace.root()))
            .args(["rustc", "--release", "--lib", "--crate-type", "cdylib", "-p", page.package])
            .args(["--target", setup::WASM]),
    )?;
    let wasm = format!("{}.wasm", package_file(page.package));
    let wasm = workspace.target().join(setup::WASM).join("release").join(wasm);

    let output = workspace.target().join(page.output);
    if output.exists() {
        fs::remove_dir_all(&output).context("The last build of the page could not be removed")?;
    }
    bind(&wasm, &output, &package_file(page.package))?;
    copy_static(&sources, &output).context("The page's static files could not be copied")?;
    Ok(output)
}

/// The name that Rust gives the file of a package.
pub fn package_file(package: &str) -> String {
    package.replace('-', "_")
}

/// Writes the JavaScript for a compiled module, and the module that fits it, into a folder.
pub fn bind(wasm: &Path, folder: &Path, name: &str) -> Result<()> {
    fs::create_dir_all(folder)?;
    bindgen(wasm, name)?
        .generate(folder)
        .with_context(|| format!("wasm-bindgen could not write the JavaScript of {name}"))
}

/// The same with short names between the two: those that wasm-bindgen gives are a twentieth of a small page.
pub fn bind_small(wasm: &Path, folder: &Path, name: &str) -> Result<()> {
    let mut output = bindgen(wasm, name)?.generate_output()?;
    let mut short = BTreeMap::new();
    let module = output.wasm_mut();
    for (number, import) in module.imports.iter_mut().enumerate() {
        let old = mem::replace(&mut import.name, format!("i{number}"));
        short.insert(old, import.name.clone());
    }
    for (number, export) in module.exports.iter_mut().enumerate() {
        if export.name.starts_with("wasm_bindgen") {
            let old = mem::replace(&mut export.name, format!("e{number}"));
            short.insert(old, export.name.clone());
        }
    }
    output.emit(folder)?;
    let file = folder.join(name).with_extension("js");
    let text = fs::read_to_string(&file)?;
    fs::write(file, renamed(&text, &short))?;
    Ok(())
}

/// Exchanges whole words.
fn renamed(text: &str, names: &BTreeMap<String, String>) -> String {
    let in_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '$';
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|letter| !in_name(letter)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        out.push_str(names.get(word).map_or(word, String::as_str));
        let next = after.find(in_name).unwrap_or(after.len());
        out.push_str(&after[..next]);
        rest = &after[next..];
    }
    out
}

fn bindgen(wasm: &Path, name: &str) -> Result<Bindgen> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(wasm)
        .out_name(name)
        .web(true)?
        // As the command-line tool does: `init()` then finds the wasm file by itself.
        .omit_default_module_path(false)
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true);
    Ok(bindgen)
}

pub fn copy_static(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let hidden = name.to_string_lossy().starts_with('.');
        if path.is_dir() {
            if !hidden && !NOT_SERVED.iter().any(|folder| name == *folder) {
                fs::create_dir_all(to.join(&name))?;
                copy_static(&path, &to.join(&name))?;
            }
        } else if !hidden && !matches!(path.extension(), Some(ext) if ext == "toml" || ext == "rs") {
            fs::copy(&path, to.join(&name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_words_are_renamed() {
        let names = BTreeMap::from([("__a".to_owned(), "i0".to_owned())]);
        assert_eq!(renamed("{ __a: f, __ab: __a.x, $__a };", &names), "{ i0: f, __ab: i0.x, $__a };");
    }
}
