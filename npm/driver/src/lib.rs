//! `cargo xtask npm`: the npm package, and its part of `cargo xtask test`.

mod build;
mod checks;
mod consumer;
mod pages;
mod runtimes;

use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::Result;

use onclose_rig::driver::Program;
use onclose_rig::report::Report;
use onclose_rig::suite::stillborn;
use onclose_rig::workspace::Workspace;

/// Builds the package.
pub fn run(workspace: &Workspace) -> Result<ExitCode> {
    let package = build::build(workspace)?;
    println!("{}", package.tarball.display());
    Ok(ExitCode::SUCCESS)
}

/// Builds the package, installs it as its users do, and tries it; what happened goes into the report.
pub async fn test(workspace: &Workspace, drivers: &[Program], peer: SocketAddr, report: &mut Report) {
    let built = build::build(workspace).and_then(|package| {
        let consumer = consumer::Consumer::install(workspace, &package)?;
        Ok((package, consumer))
    });
    match built {
        Ok((package, consumer)) => {
            checks::run(workspace, &package, &consumer, report);
            runtimes::run(&consumer, peer, report).await;
            pages::run(workspace, &consumer, drivers, peer, report).await;
        }
        Err(error) => report.add(stillborn("npm", "every", "no package to try", &error)),
    }
}
