//! How many bytes an app has, built as one builds for size.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde::Serialize;

use super::build;
use super::subjects::{Named, Role, Way};
use onclose_rig::setup::npm::{self, Shrinkers};
use onclose_rig::shrink::{self, Bytes};
use onclose_rig::workspace::Workspace;

/// An app that subjects are weighed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum App {
    /// Connects, echoes a text, hands the end to JavaScript.
    Minimal,
    /// Hands the end of somebody else's socket to JavaScript.
    Layer1,
}

impl App {
    pub(crate) const ALL: [Self; 2] = [Self::Minimal, Self::Layer1];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Minimal => "minimal",
            Self::Layer1 => "layer1",
        }
    }

    /// Whether there is such an app of this subject.
    pub(crate) fn has(self, named: &Named) -> bool {
        match self {
            Self::Minimal => named.subject.way == Way::Usual,
            // Libraries that make their own sockets have nothing for somebody else's.
            Self::Layer1 => named.subject.way == Way::Usual && named.role != Role::Peer,
        }
    }

    /// Where its files are, below what is served.
    pub(crate) fn folder(self, named: &Named) -> String {
        format!("apps/{}-{}", self.name(), named.id)
    }
}

/// One app of one subject.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Weight {
    pub(crate) app: App,
    pub(crate) subject: &'static str,
    /// Nothing for plain JavaScript.
    pub(crate) wasm: Bytes,
    pub(crate) glue: Bytes,
}

impl Weight {
    pub(crate) fn total(&self) -> Bytes {
        let Self { wasm, glue, .. } = self;
        Bytes { raw: wasm.raw + glue.raw, gzip: wasm.gzip + glue.gzip, brotli: wasm.brotli + glue.brotli }
    }
}

/// Builds, shrinks and weighs the apps of these subjects; they are left in the page's folder, to be proved.
pub(crate) fn weigh(workspace: &Workspace, subjects: &[Named], page: &Path) -> Result<Vec<Weight>> {
    let tools = npm::shrinkers(workspace)?;
    let mut weights = Vec::new();
    for app in App::ALL {
        for named in subjects.iter().filter(|named| app.has(named)) {
            let folder = page.join(app.folder(named));
            fs::create_dir_all(&folder)?;
            let (glue, wasm) = match named.subject.folder {
                Some(subject) => {
                    build::app(workspace, subject, app.name(), &folder)?;
                    (folder.join("app.js"), Some(folder.join("app_bg.wasm")))
                }
                None => {
                    let plain = workspace.root().join("bench").join("plain").join(format!("{}.js", app.name()));
                    let glue = folder.join("app.js");
                    fs::copy(plain, &glue)?;
                    (glue, None)
                }
            };
            weights.push(weigh_one(workspace, &tools, app, named, &glue, wasm.as_deref())?);
        }
    }
    Ok(weights)
}

fn weigh_one(
    workspace: &Workspace,
    tools: &Shrinkers,
    app: App,
    named: &Named,
    glue: &Path,
    wasm: Option<&Path>,
) -> Result<Weight> {
    if let Some(wasm) = wasm {
        shrink::wasm(tools, wasm)?;
    }
    shrink::replace(glue, |shrunk| {
        let mut command = Command::new(&tools.esbuild);
        command.args(["--minify", "--format=esm", "--log-level=warning"]).arg(glue);
        command.arg(format!("--outfile={}", shrunk.display()));
        command
    })?;
    let files: Vec<&Path> = [glue].into_iter().chain(wasm).collect();
    let mut bytes = shrink::in_bytes(workspace, tools, &files)?.into_iter();
    let glue = bytes.next().context("No weight of the glue")?;
    Ok(Weight { app, subject: named.id, wasm: bytes.next().unwrap_or_default(), glue })
}
