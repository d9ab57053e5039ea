//! `cargo xtask fuzz`: runs the fuzz targets of the pure parts.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::ValueEnum;
use onclose_rig::process::{self, Show};
use onclose_rig::setup::{self, tools};
use onclose_rig::workspace::Workspace;
use xshell::{Cmd, Shell};

/// libFuzzer ends itself when its time is up; this much later it hangs.
const SLACK: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Target {
    /// The state machine, with every order of calls
    Machine,
    /// Close frames, from any code and reason
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

pub(crate) async fn run(workspace: &Workspace, target: Option<Target>, time: Duration) -> Result<()> {
    let targets = target.map_or_else(|| Target::value_variants().to_vec(), |target| vec![target]);
    let mut done = Vec::new();
    for target in targets {
        done.push((target, one(workspace, target, time).await?));
    }
    for (target, executions) in done {
        println!("{}: {executions} executions, no violation found", target.name());
    }
    Ok(())
}

/// Runs one target for this long, and returns the number of executions.
pub(crate) async fn one(workspace: &Workspace, target: Target, time: Duration) -> Result<u64> {
    setup::nightly(&[])?;
    let cargo_fuzz = tools::ensure(workspace, &tools::CARGO_FUZZ).await?;
    let shell = workspace.shell()?;
    // Built first, since the time limit is not for compiling.
    command(workspace, &shell, &cargo_fuzz, "build", target).run()?;

    let seconds = time.as_secs();
    let run = command(workspace, &shell, &cargo_fuzz, "run", target);
    let run = run.args(["--", &format!("-max_total_time={seconds}"), "-print_final_stats=1"]);
    let watched = process::watch(run, time + SLACK, Show::Live).await?;
    let name = target.name();
    match watched.status {
        None => bail!("The fuzz target `{name}` did not end in time."),
        Some(status) if !status.success() => {
            bail!("`{name}` failed ({status}); the input that caused it is in fuzz/artifacts/{name}.")
        }
        Some(_) => {}
    }
    match executions(&watched.output) {
        None => bail!("The fuzz target `{name}` did not report its executions."),
        Some(0) => bail!("The fuzz target `{name}` was not executed."),
        Some(executions) => Ok(executions),
    }
}

fn command<'a>(workspace: &Workspace, shell: &'a Shell, cargo_fuzz: &Path, what: &str, target: Target) -> Cmd<'a> {
    let cargo_fuzz = setup::on_nightly(shell).arg(cargo_fuzz).arg(what).arg("--fuzz-dir");
    let cargo_fuzz = cargo_fuzz.arg(workspace.root().join("fuzz")).arg("--target-dir");
    cargo_fuzz.arg(workspace.target().join("fuzz")).arg(target.name())
}

/// Parses the statistics that libFuzzer prints at the end.
fn executions(output: &str) -> Option<u64> {
    let line = output.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"))?;
    line.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executions_are_parsed_from_the_statistics() {
        let output = "Done 87061 runs in 21 second(s)\nstat::number_of_executed_units: 87061\nstat::peak_rss_mb: 237\n";
        assert_eq!(executions(output), Some(87_061));
        assert_eq!(executions("Done 3 runs"), None);
    }

    #[test]
    fn every_target_is_in_the_fuzz_crate() {
        let workspace = Workspace::load().unwrap();
        for target in Target::value_variants() {
            let file = format!("fuzz/fuzz_targets/{}.rs", target.name());
            assert!(workspace.root().join(&file).is_file(), "{file}");
            assert_eq!(target.to_possible_value().unwrap().get_name(), target.name());
        }
    }
}
