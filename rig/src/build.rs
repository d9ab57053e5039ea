//! Builds of wasm modules and of the pages around them.

use std::collections::BTreeMap;
use std::fs;
use std::mem;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::process::{self, Show, cargo};
use crate::setup::{self, WASM};
use crate::workspace::Workspace;

/// Folders of a page that are not copied into the folder to serve.
const NOT_SERVED: [&str; 5] = ["src", "pkg", "node_modules", "target", "driver"];

/// A page.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// The crate that becomes its module.
    pub package: &'a str,
    /// The folder of its static files.
    pub files: &'a str,
    /// The folder to serve, below the target folder.
    pub output: &'a str,
}

impl Page<'_> {
    /// Compiles a page of the workspace, writes its JavaScript, and copies its static files; returns the folder to serve.
    pub async fn build(self, workspace: &Workspace, show: Show) -> Result<PathBuf> {
        self.sources(workspace)?;
        let wasm = module(workspace, self.package, show).await?;
        self.assemble(workspace, wasm).await
    }

    /// The same for a page whose folder is a workspace of its own, with its own lock file. What is compiled is kept in this
    /// folder below the target folder, which several pages can share.
    pub async fn build_own_workspace(self, workspace: &Workspace, artefacts: &str, show: Show) -> Result<PathBuf> {
        let sources = self.sources(workspace)?;
        workspace.wasm_bindgen()?;
        setup::wasm_target(None)?;
        let target = workspace.target().join(artefacts);
        let shell = workspace.shell()?;
        shell.change_dir(sources);
        let cargo = cargo(&shell).args(["build", "--locked", "--release", "--target", WASM, "--target-dir"]);
        process::run(cargo.arg(&target), show).await?;
        let wasm = target.join(WASM).join("release").join(format!("{}.wasm", file_name(self.package)));
        self.assemble(workspace, wasm)
            .await
            .context("Its Cargo.lock may have another version of wasm-bindgen than this workspace's")
    }

    fn sources(self, workspace: &Workspace) -> Result<PathBuf> {
        let sources = workspace.root().join(self.files);
        if !sources.join("index.html").is_file() {
            bail!("{}/index.html is missing.", self.files);
        }
        Ok(sources)
    }

    async fn assemble(self, workspace: &Workspace, wasm: PathBuf) -> Result<PathBuf> {
        let (sources, output) = (self.sources(workspace)?, workspace.target().join(self.output));
        let module = file_name(self.package);
        process::blocking(move || {
            empty(&output)?;
            bind(&wasm, &output, &module)?;
            copy_static(&sources, &output).context("The page's static files could not be copied")?;
            Ok(output)
        })
        .await
    }
}

/// Compiles a crate of the workspace to a wasm module, with the release profile; returns the file.
pub async fn module(workspace: &Workspace, package: &str, show: Show) -> Result<PathBuf> {
    workspace.wasm_bindgen()?;
    setup::wasm_target(None)?;
    let shell = workspace.shell()?;
    // A crate that is also a library of a driver has no `cdylib` in its manifest, which would be linked for the host too.
    let rustc = cargo(&shell).args(["rustc", "--release", "--lib", "--crate-type", "cdylib", "--target", WASM]);
    process::run(rustc.args(["-p", package]), show).await?;
    Ok(workspace.target().join(WASM).join("release").join(format!("{}.wasm", file_name(package))))
}

/// Returns the name that rustc gives the file of a package.
pub fn file_name(package: &str) -> String {
    package.replace('-', "_")
}

/// Creates the folder, or empties it.
pub fn empty(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("{} could not be removed", folder.display()))?;
    }
    Ok(fs::create_dir_all(folder)?)
}

/// Writes the JavaScript of a compiled module, and the module that fits it, into a folder.
pub fn bind(wasm: &Path, folder: &Path, name: &str) -> Result<()> {
    fs::create_dir_all(folder)?;
    bindgen(wasm, name)?
        .generate(folder)
        .with_context(|| format!("wasm-bindgen could not write the JavaScript of {name}"))
}

/// The same with short names between JavaScript and wasm: those of wasm-bindgen are a twentieth of a small page.
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

/// Replaces whole identifiers.
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

/// Returns wasm-bindgen as it is used for every module of a page.
pub fn bindgen(wasm: &Path, name: &str) -> Result<Bindgen> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(wasm)
        .out_name(name)
        .web(true)?
        // As in the command-line tool: `init()` then finds the wasm file by itself.
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
        } else if !hidden
            && !matches!(path.extension(), Some(ext) if ext == "toml" || ext == "lock" || ext == "rs" || ext == "md")
        {
            fs::copy(&path, to.join(&name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_identifiers_are_replaced() {
        let names = BTreeMap::from([("__a".to_owned(), "i0".to_owned())]);
        assert_eq!(renamed("{ __a: f, __ab: __a.x, $__a };", &names), "{ i0: f, __ab: i0.x, $__a };");
    }
}
