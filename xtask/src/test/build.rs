//! The ways to compile the browser's tests.

use std::process::Command;

use anyhow::Result;
use clap::ValueEnum;

use crate::Context;
use onclose_rig::driver::Engine;
use onclose_rig::workspace::Workspace;
use onclose_rig::{process, setup};

/// Compiled as most users do, or with nightly Rust and its standard library anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Build {
    #[default]
    Usual,
    /// With atomics, in memory that other threads could share
    SharedMemory,
    /// With panics that unwind
    Unwind,
    /// With the crate's queue in JavaScript
    JsQueue,
}

impl Build {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Usual => "usual",
            Self::SharedMemory => "shared memory",
            Self::Unwind => "unwind",
            Self::JsQueue => "js-queue",
        }
    }

    /// The engines that it is run in unless told otherwise.
    pub(super) fn engines(self) -> &'static [Engine] {
        match self {
            Self::Usual | Self::JsQueue => &Engine::ALL,
            // WebKitGTK isolates no page from other origins, and so lets none have shared memory. Where panics unwind,
            // it runs modules of the suites for themselves, but stalls towards the end of a whole suite.
            Self::SharedMemory | Self::Unwind => &[Engine::Chromium, Engine::Firefox],
        }
    }

    /// The contexts that it is run in unless told otherwise.
    pub(super) fn contexts(self) -> &'static [Context] {
        match self {
            Self::Usual => Context::value_variants(),
            Self::JsQueue => &[Context::Page, Context::DedicatedWorker],
            Self::SharedMemory | Self::Unwind => &[Context::Page],
        }
    }

    /// `cargo test` for the browser.
    pub(super) fn cargo_test(self, workspace: &Workspace) -> Result<Command> {
        let mut command = match self {
            Self::Usual | Self::JsQueue => process::cargo(),
            Self::SharedMemory | Self::Unwind => {
                setup::nightly(&["rust-src"])?;
                setup::on_nightly("cargo")
            }
        };
        command.current_dir(workspace.root()).args(["test", "--target", setup::WASM]);
        if self == Self::JsQueue {
            command.args(["--features", "onclose/js-queue"]);
        }
        if let Some((std, flags, folder)) = self.special() {
            command.arg(format!("-Zbuild-std={std}")).env("RUSTFLAGS", flags);
            // Its own folder: other flags would throw away what was compiled with these.
            command.arg("--target-dir").arg(workspace.target().join(folder));
        }
        Ok(command)
    }

    /// What of the standard library to compile, the flags, and where to.
    fn special(self) -> Option<(&'static str, &'static str, &'static str)> {
        match self {
            Self::Usual | Self::JsQueue => None,
            // The linker is told as well, since the compiler no longer does that by itself; the runner's glue makes
            // the memory and each thread's own part of it.
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
