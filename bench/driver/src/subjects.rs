//! The subjects: what is compared.

use anyhow::{Context, Result};
use cargo_metadata::MetadataCommand;
use serde::Serialize;

use onclose_rig::engine::Engine;
use onclose_rig::setup::WASM;
use onclose_rig::workspace::Workspace;

/// The role of a subject in the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Role {
    /// This crate.
    Ours,
    /// This crate, used differently.
    OursToo,
    /// No Rust at all: the lower bound.
    Plain,
    /// Rust without a library.
    ByHand,
    /// Another WebSocket crate.
    Other,
}

/// A library, or code without one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject {
    /// Its name on the command line, and in the page.
    pub(crate) id: &'static str,
    pub(crate) role: Role,
    /// Its folder in `bench/subjects`; `None` for plain JavaScript.
    pub(crate) folder: Option<&'static str>,
    /// The crate whose version is reported.
    krate: Option<&'static str>,
    label: &'static str,
    pub(crate) way: Way,
    pub(crate) sink: Option<AtEnd>,
    /// Whether sending waits as long as the browser's buffer is full.
    pub(crate) waits: bool,
    engines: &'static [Engine],
}

/// What a sink does when it is closed, as `forward` closes it at the end of its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AtEnd {
    /// It closes the connection, and the subject's stream ends once that has closed.
    Closes,
    /// It leaves the connection open, or the stream ends earlier.
    Leaves,
}

/// How a subject differs from others with the same library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// The usual one.
    Usual,
    /// WebSocketStream, which only Chromium has.
    Streams,
    /// Differs from another subject only in how it receives.
    Receiving,
    /// Differs from another subject only in how it sends.
    Sending,
    /// Differs from another subject only in how it waits for capacity.
    Waiting,
}

const RUST: Subject = Subject {
    id: "",
    role: Role::Other,
    folder: None,
    krate: None,
    label: "",
    way: Way::Usual,
    sink: Some(AtEnd::Closes),
    waits: false,
    engines: &Engine::ALL,
};

const OURS: Subject = Subject { folder: Some("onclose"), role: Role::OursToo, waits: true, ..RUST };

/// It sends the same messages without a sink.
const PLAIN: Subject = Subject { role: Role::Plain, ..RUST };

const NOT_WEBKIT: &[Engine] = &[Engine::Chromium, Engine::Firefox];

pub(crate) const SUBJECTS: &[Subject] = &[
    Subject { id: "onclose", role: Role::Ours, label: "onclose", ..OURS },
    ours_too("onclose-raw", "onclose, recv_raw"),
    ours_too("onclose-closure", "onclose, on_message"),
    Subject { folder: Some("onclose-js-queue"), ..ours_too("onclose-js-queue", "onclose, js-queue") },
    Subject { id: "onclose-split", label: "onclose, split", way: Way::Sending, ..OURS },
    Subject {
        id: "onclose-remote",
        folder: Some("onclose-remote"),
        label: "onclose, into_remote",
        way: Way::Sending,
        ..OURS
    },
    Subject { id: "plain", label: "plain JavaScript", ..PLAIN },
    waiting("plain-timer", "plain JavaScript, setTimeout"),
    // WebKit has no scheduler, and WebKitGTK no shared memory.
    Subject { engines: NOT_WEBKIT, ..waiting("plain-post-task", "plain JavaScript, postTask") },
    Subject { engines: NOT_WEBKIT, ..waiting("plain-wait-async", "plain JavaScript, Atomics.waitAsync") },
    waiting("plain-worker-timer", "plain JavaScript, a worker's setTimeout"),
    Subject {
        id: "web-sys",
        role: Role::ByHand,
        folder: Some("web-sys"),
        label: "web-sys by hand",
        sink: None,
        ..RUST
    },
    Subject { sink: Some(AtEnd::Leaves), ..other("gloo-net", "gloo-net", "gloo-net") },
    other("ws-stream-wasm", "ws_stream_wasm", "ws_stream_wasm"),
    Subject {
        sink: Some(AtEnd::Leaves),
        ..other("tokio-tungstenite-wasm", "tokio-tungstenite-wasm", "tokio-tungstenite-wasm")
    },
    Subject { waits: true, ..other("websocket-web", "websocket-web", "websocket-web") },
    Subject {
        id: "websocket-web-streams",
        way: Way::Streams,
        waits: true,
        engines: &[Engine::Chromium],
        ..other("websocket-web", "websocket-web", "websocket-web (streams)")
    },
];

const fn ours_too(id: &'static str, label: &'static str) -> Subject {
    Subject { id, label, way: Way::Receiving, ..OURS }
}

const fn waiting(id: &'static str, label: &'static str) -> Subject {
    Subject { id, label, way: Way::Waiting, waits: true, ..PLAIN }
}

const fn other(folder: &'static str, krate: &'static str, label: &'static str) -> Subject {
    Subject { id: folder, folder: Some(folder), krate: Some(krate), label, ..RUST }
}

impl Subject {
    pub(crate) fn runs_in(&self, engine: Engine) -> bool {
        self.engines.contains(&engine)
    }
}

/// A subject with its name in reports.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Named {
    #[serde(skip)]
    pub(crate) subject: Subject,
    pub(crate) id: &'static str,
    pub(crate) role: Role,
    pub(crate) name: String,
}

/// Returns the chosen subjects, or all; fails if the bench and the commands have different versions of wasm-bindgen.
pub(crate) fn chosen(workspace: &Workspace, wanted: &[String]) -> Result<Vec<Named>> {
    let metadata = MetadataCommand::new()
        .manifest_path(workspace.root().join("bench").join("Cargo.toml"))
        // Only this target is compiled for, so dependencies of others need no download.
        .other_options(["--locked", "--filter-platform", WASM].map(str::to_owned))
        .exec()
        .context("The bench's workspace could not be read by `cargo metadata`")?;
    let version = |krate: &str| {
        let package = metadata.packages.iter().find(|package| package.name == krate);
        package.map(|package| package.version.to_string()).with_context(|| format!("bench/Cargo.lock has no {krate}"))
    };
    let (theirs, ours) = (version("wasm-bindgen")?, workspace.wasm_bindgen()?);
    anyhow::ensure!(
        theirs == ours,
        "bench/Cargo.lock has wasm-bindgen {theirs}, the commands have {ours}: set that in bench/Cargo.toml."
    );
    let mut named = Vec::new();
    for subject in SUBJECTS {
        if !wanted.is_empty() && !wanted.iter().any(|id| id == subject.id) {
            continue;
        }
        let name = match subject.krate {
            Some(krate) => format!("{} {}", subject.label, version(krate)?),
            None => subject.label.to_owned(),
        };
        named.push(Named { subject: *subject, id: subject.id, role: subject.role, name });
    }
    Ok(named)
}

/// Returns the names for the command line.
pub(crate) fn ids() -> impl Iterator<Item = &'static str> {
    SUBJECTS.iter().map(|subject| subject.id)
}
