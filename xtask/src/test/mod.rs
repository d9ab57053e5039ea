//! `cargo xtask test`: every test there is, in every place it runs, and one table.

mod browser;
mod build;
mod host;

pub(crate) use build::Build;

use std::process::ExitCode;

use anyhow::Result;
use clap::ValueEnum;

use crate::{Context, TestArgs};
use onclose_rig::driver::Engine;
use onclose_rig::peers as peer;
use onclose_rig::report::Report;
use onclose_rig::setup::{self, browsers, tools};
use onclose_rig::workspace::Workspace;

pub(crate) async fn run(workspace: &Workspace, args: &TestArgs) -> Result<ExitCode> {
    let filter = args.filter.as_deref();
    // What another build changes is in the suites.
    let usual = args.build == Build::Usual;
    let all = !args.faults && !args.npm;
    let with_host = usual && all && !args.no_host && !args.page_only;
    let with_suites = all && !args.host_only && !args.page_only;
    let with_page = usual && all && !args.host_only && !args.no_page;
    // Another context than all of them is asked for by who wants the suites, and a name is one of theirs.
    let with_rest = usual && with_suites && args.context.is_empty() && filter.is_none();
    let with_faults = args.faults || (with_rest && !args.no_faults);
    let with_npm = args.npm || (with_rest && !args.no_npm);

    // First of all, so that nobody waits for tests only to learn that a browser is missing.
    let version = workspace.wasm_bindgen()?;
    let mut drivers = Vec::new();
    if with_suites || with_page || with_faults || with_npm {
        setup::wasm_target(None)?;
        drivers = browsers::ensure(workspace, &or_default(&args.engine, args.build.engines(), &Engine::ALL))?;
    }
    let mut runner = None;
    if with_suites {
        runner = Some(tools::ensure(workspace, &tools::test_runner(&version))?);
    }

    let mut report = Report::default();
    if with_host {
        host::run(workspace, filter, &mut report).await?;
    }
    if !drivers.is_empty() {
        let (address, peer) = peer::start(None).await?;
        let peer = tokio::spawn(peer);
        if let Some(runner) = runner {
            let suites = browser::Suites {
                workspace,
                runner: &runner,
                drivers: &drivers,
                contexts: &or_default(&args.context, args.build.contexts(), Context::value_variants()),
                build: args.build,
                peer: address,
                filter,
            };
            suites.run(&mut report).await?;
        }
        if with_page {
            onclose_www_driver::run(workspace, &drivers, address, filter, &mut report).await;
            if filter.is_none() {
                onclose_www_driver::small::run(workspace, &mut report);
            }
        }
        if with_faults {
            let faults = onclose_faults::Faults {
                workspace,
                drivers: &drivers,
                peer: address,
                whole: args.faults,
                record: args.record,
                filter,
            };
            faults.run(&args.part, &mut report).await;
        }
        if with_npm {
            onclose_npm_driver::test(workspace, &drivers, address, &mut report).await;
        }
        peer.abort();
    }
    report.print();
    Ok(match report.is_green() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// What was chosen, each once and in our order; the default if nothing was.
fn or_default<T: Copy + PartialEq>(chosen: &[T], default: &[T], all: &[T]) -> Vec<T> {
    let chosen = if chosen.is_empty() { default } else { chosen };
    all.iter().copied().filter(|one| chosen.contains(one)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_chosen_is_the_default_and_order_is_ours() {
        assert_eq!(or_default(&[], &Engine::ALL, &Engine::ALL), Engine::ALL);
        assert_eq!(or_default(&[], &[Engine::Firefox], &Engine::ALL), [Engine::Firefox]);
        let two = [Engine::Webkit, Engine::Chromium, Engine::Webkit];
        assert_eq!(or_default(&two, &[Engine::Firefox], &Engine::ALL), [Engine::Chromium, Engine::Webkit]);
    }
}
