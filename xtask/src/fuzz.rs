//! `cargo xtask fuzz`: anything at all, until a promise breaks or the time is up.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Result, bail};
use clap::ValueEnum;

use onclose_rig::process;
use onclose_rig::setup::{self, tools};
use onclose_rig::workspace::Workspace;

/// libFuzzer ends itself when its time is up; this much later it has hung.
const SLACK: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Target {
    Machine,
    CloseFrame,
}

impl Target {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::CloseFrame => "close_frame",
        }
    }
}

pub(crate) async fn run(workspace: &Workspace, target: Option<Target>, time: Duration) -> Result<ExitCode> {
    let targets = target.map_or_else(|| Target::value_variants().to_vec(), |target| vec![target]);
    let mut done = Vec::new();
    for target in targets {
        done.push((target, one(workspace, target, time).await?));
    }
    for (target, executions) in done {
        println!("{}: {executions} executions, no promise broken", target.name());
    }
    Ok(ExitCode::SUCCESS)
}

/// Fuzzes one target for this long, and says how many executions that were.
pub(crate) async fn one(workspace: &Workspace, target: Target, time: Duration) -> Result<u64> {
    setup::nightly(&[])?;
    let cargo_fuzz = tools::ensure(workspace, &tools::CARGO_FUZZ)?;
    // Compiling takes as long as it takes.
    process::run(&mut command(workspace, &cargo_fuzz, "build", target))?;

    let mut command = command(workspace, &cargo_fuzz, "run", target);
    command.arg("--").arg(format!("-max_total_time={}", time.as_secs())).arg("-print_final_stats=1");
    let watched = process::watch(command, time + SLACK).await?;
    let name = target.name();
    match watched.status {
        None => bail!("The fuzzer of `{name}` did not end in time."),
        Some(status) if !status.success() => {
            bail!("`{name}` broke ({status}); the input that did it is in fuzz/artifacts/{name}.")
        }
        Some(_) => {}
    }
    match executions(&watched.output) {
        None => bail!("The fuzzer of `{name}` does not say how often it ran."),
        Some(0) => bail!("The fuzzer of `{name}` did not run once."),
        Some(executions) => Ok(executions),
    }
}

fn command(workspace: &Workspace, cargo_fuzz: &Path, what: &str, target: Target) -> Command {
    let mut command = setup::on_nightly(cargo_fuzz);
    command.current_dir(workspace.root()).arg(what);
    command.arg("--fuzz-dir").arg(workspace.root().join("fuzz"));
    command.arg("--target-dir").arg(workspace.target().join("fuzz")).arg(target.name());
    command
}

/// From the statistics that libFuzzer prints at the end.
fn executions(output: &str) -> Option<u64> {
    let line = output.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"))?;
    line.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executions_are_read_from_the_statistics() {
        let output = "Done 87061 runs in 21 second(s)\nstat::number_of_executed_units: 87061\nstat::peak_rss_mb: 237\n";
        assert_eq!(executions(output), Some(87_061));
        assert_eq!(executions("Done 3 runs"), None);
    }

    #[test]
    fn every_target_is_one_of_the_fuzz_crate() {
        let workspace = Workspace::load().unwrap();
        for target in Target::value_variants() {
            let file = format!("fuzz/fuzz_targets/{}.rs", target.name());
            assert!(workspace.root().join(&file).is_file(), "{file}");
            assert_eq!(target.to_possible_value().unwrap().get_name(), target.name());
        }
    }
}
