//! The npm package: builds it, installs it from its tarball as its users do, and runs `npm/tests`.

mod build;
mod checks;
mod consumer;
mod pages;

use std::net::SocketAddr;

use anyhow::Result;
use onclose_rig::driver::DriverProgram;
use onclose_rig::process::Show;
use onclose_rig::results::Report;
use onclose_rig::site::Site;
use onclose_rig::workspace::Workspace;

pub use build::{Package, build};
use consumer::Consumer;

/// The package, installed by a consumer whose pages are built and served.
#[derive(Debug)]
pub struct Installed {
    package: Package,
    consumer: Consumer,
    site: Site,
}

impl Installed {
    /// Builds and packs the package, installs it, and builds the consumer's pages.
    pub async fn prepare(workspace: &Workspace, peer: SocketAddr, show: Show) -> Result<Self> {
        let package = build(workspace, show).await?;
        let consumer = Consumer::install(workspace, &package, show).await?;
        for script in ["build:vite", "build:webpack"] {
            consumer.run(script, show).await?;
        }
        let site = Site::folder(&consumer.folder).peer(peer).without_cache().start().await?;
        Ok(Self { package, consumer, site })
    }

    /// Tests what needs no browser: the package's files, types and size, and the package in Node, Deno and Bun.
    pub async fn run_on_host(&self, workspace: &Workspace, peer: SocketAddr, report: &Report) {
        checks::package(workspace, &self.package, &self.consumer, report).await;
        checks::runtimes(&self.consumer, peer, report).await;
    }

    /// Tests the package in an engine: without a bundler, and bundled by Vite and webpack.
    pub async fn run(&self, workspace: &Workspace, program: &DriverProgram, report: &Report) {
        pages::run(workspace, program, &self.site, report).await;
    }
}
