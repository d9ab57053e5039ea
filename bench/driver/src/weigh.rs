//! The sizes of apps, built for size.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;

use super::build;
use super::subjects::{Named, Role, Way};
use onclose_rig::setup::npm::{self, Shrinkers};
use onclose_rig::shrink::{self, Bytes};
use onclose_rig::workspace::Workspace;

/// An app that is built with each subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum App {
    /// Connects, echoes a text, and passes the close info to JavaScript.
    Minimal,
    /// Passes the close event of an existing socket to JavaScript.
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

    /// Returns whether this subject has the app.
    pub(crate) fn has(self, named: &Named) -> bool {
        match self {
            Self::Minimal => named.subject.way == Way::Usual,
            // The other libraries cannot observe an existing socket.
            Self::Layer1 => named.subject.way == Way::Usual && named.role != Role::Other,
        }
    }

    /// Returns the folder of its files, below the folder that is served.
    pub(crate) fn folder(self, named: &Named) -> String {
        format!("apps/{}-{}", self.name(), named.id)
    }
}

/// One app of one subject.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Weight {
    pub(crate) app: App,
    pub(crate) subject: &'static str,
    /// Zero for plain JavaScript.
    pub(crate) wasm: Bytes,
    pub(crate) glue: Bytes,
}

impl Weight {
    pub(crate) fn total(&self) -> Bytes {
        let Self { wasm, glue, .. } = self;
        Bytes { raw: wasm.raw + glue.raw, gzip: wasm.gzip + glue.gzip, brotli: wasm.brotli + glue.brotli }
    }
}

/// Builds, shrinks and weighs the apps of these subjects, in the page's folder: `prove` runs them.
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
        shrink::wasm(tools, wasm, &[])?;
    }
    shrink::minify(tools, glue)?;
    let files: Vec<&Path> = [glue].into_iter().chain(wasm).collect();
    let mut bytes = shrink::sizes(workspace, tools, &files)?.into_iter();
    let glue = bytes.next().context("The JavaScript has no size")?;
    Ok(Weight { app, subject: named.id, wasm: bytes.next().unwrap_or_default(), glue })
}
