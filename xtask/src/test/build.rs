//! The ways to compile the browser suites.

use anyhow::Result;
use clap::ValueEnum;
use onclose_rig::engine::Engine;
use onclose_rig::process::cargo;
use onclose_rig::setup::{self, WASM};
use onclose_rig::workspace::Workspace;
use xshell::{Cmd, Shell};

use crate::Context;

/// Compiled as most users do, with a feature that changes what all apps use, or by nightly Rust with its standard library.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Build {
    #[default]
    Usual,
    /// With atomics, in memory that threads can share
    SharedMemory,
    /// With panics that unwind
    Unwind,
    /// With the feature `js-queue`
    JsQueue,
}

impl Build {
    /// Returns the name of a suite with this build.
    pub(super) fn suite(self, name: &str) -> String {
        let build = match self {
            Self::Usual => return name.to_owned(),
            Self::SharedMemory => "shared memory",
            Self::Unwind => "unwind",
            Self::JsQueue => "js-queue",
        };
        format!("{build}: {name}")
    }

    /// The engines that it is run in by default.
    pub(super) fn engines(self) -> &'static [Engine] {
        match self {
            Self::Usual | Self::JsQueue => &Engine::ALL,
            // WebKitGTK has no cross-origin isolation, and therefore no shared memory. With unwinding panics it runs single
            // modules of the suites, but stalls near the end of a whole suite.
            Self::SharedMemory | Self::Unwind => &[Engine::Chromium, Engine::Firefox],
        }
    }

    /// The contexts that it is run in by default.
    pub(super) fn contexts(self) -> &'static [Context] {
        match self {
            Self::Usual => Context::value_variants(),
            Self::JsQueue => &[Context::Page, Context::DedicatedWorker],
            Self::SharedMemory | Self::Unwind => &[Context::Page],
        }
    }

    /// Returns `cargo test` for the browser.
    pub(super) fn cargo_test<'a>(self, workspace: &Workspace, shell: &'a Shell) -> Result<Cmd<'a>> {
        let command = match self {
            Self::Usual | Self::JsQueue => cargo(shell),
            Self::SharedMemory | Self::Unwind => {
                setup::nightly(&["rust-src"])?;
                setup::on_nightly(shell).arg("cargo")
            }
        };
        // All features but the one that changes how messages are received, which is a build of its own.
        let features = workspace.features()?.into_iter().filter(|name| self == Self::JsQueue || *name != "js-queue");
        let features = features.flat_map(|name| ["--features".to_owned(), format!("onclose/{name}")]);
        let mut command = command.args(["test", "--target", WASM]).args(features);
        if let Some((std, flags, folder)) = self.special() {
            command = command.arg(format!("-Zbuild-std={std}")).env("RUSTFLAGS", flags);
            // Its own folder: other flags would invalidate what was compiled with these.
            command = command.arg("--target-dir").arg(workspace.target().join(folder));
        }
        Ok(command)
    }

    /// Returns the crates of the standard library, the flags, and the target folder of a build by nightly Rust.
    fn special(self) -> Option<(&'static str, &'static str, &'static str)> {
        match self {
            Self::Usual | Self::JsQueue => None,
            // The compiler no longer passes the linker's part of these by itself. The runner's JavaScript creates the
            // memory, and the thread-local part of it.
            Self::SharedMemory => Some((
                "std,panic_abort",
                "-Ctarget-feature=+atomics,+bulk-memory,+mutable-globals -Clink-arg=--shared-memory \
                 -Clink-arg=--import-memory -Clink-arg=--max-memory=1073741824 -Clink-arg=--export=__wasm_init_tls \
                 -Clink-arg=--export=__tls_size -Clink-arg=--export=__tls_align -Clink-arg=--export=__tls_base",
                "shared-memory",
            )),
            Self::Unwind => Some(("std,panic_unwind", "-Cpanic=unwind", "unwind")),
        }
    }
}
