//! The tests that need no browser, and the compiling of test programs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use cargo_metadata::Message;

use super::browser;
use onclose_rig::process;
use onclose_rig::report::{Report, Row};
use onclose_rig::suite::{Place, run_suite, stillborn};
use onclose_rig::summary::{Counts, Harness};
use onclose_rig::workspace::Workspace;

/// All at once: each alone would choose its own features and compile what they share again.
const PACKAGES: &[&str] = &[
    "-p",
    "onclose",
    "-p",
    "onclose-bench-driver",
    "-p",
    "onclose-faults",
    "-p",
    "onclose-www-driver",
    "-p",
    "onclose-npm-driver",
    "-p",
    "onclose-peer",
    "-p",
    "onclose-rig",
    "-p",
    "onclose-www",
    "-p",
    "xtask",
];

/// A compiled test program.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) name: String,
    pub(super) path: PathBuf,
    /// The folder of its package, in which it expects to run.
    pub(super) home: PathBuf,
}

/// Compiles tests and says where they are.
pub(super) fn compile(command: &mut Command) -> Result<Vec<Program>> {
    command.args(["--no-run", "--message-format=json-render-diagnostics"]);
    let line = process::display(command);
    let output = (command.stdin(Stdio::null()).stderr(Stdio::inherit()).output())
        .with_context(|| format!("`{line}` could not be started"))?;
    if !output.status.success() {
        bail!("`{line}` failed ({}).", output.status);
    }
    let mut programs = Vec::new();
    for message in Message::parse_stream(output.stdout.as_slice()) {
        let Message::CompilerArtifact(artifact) = message? else {
            continue;
        };
        if let (Some(path), true) = (artifact.executable, artifact.profile.test) {
            let home = artifact.manifest_path.parent().context("A manifest has no folder")?;
            programs.push(Program { name: artifact.target.name, path: path.into(), home: home.into() });
        }
    }
    Ok(programs)
}

pub(super) async fn run(workspace: &Workspace, filter: Option<&str>, report: &mut Report) -> Result<()> {
    println!("\nCompiling the host's tests ...");
    let mut cargo = process::cargo();
    cargo.current_dir(workspace.root());
    cargo.arg("test").args(PACKAGES).arg("--all-features");
    match compile(&mut cargo) {
        Err(error) => report.add(stillborn("every package", "host", "not compiled", &error)),
        Ok(programs) => {
            for (home, programs) in by_package(programs, workspace.root()) {
                let suite = workspace.package_in(&home);
                report.add(run_package(suite, &programs, filter).await);
            }
        }
    }
    report.add(run_docs(workspace, filter).await);
    Ok(())
}

fn by_package(programs: Vec<Program>, root: &Path) -> BTreeMap<PathBuf, Vec<Program>> {
    let mut packages = BTreeMap::<_, Vec<_>>::new();
    for program in programs {
        // The crate's suites for the browser are empty outside of one.
        if program.home != root || !browser::SUITES.contains(&program.name.as_str()) {
            packages.entry(program.home.clone()).or_default().push(program);
        }
    }
    packages
}

/// One row for a package: its library, programs and integration tests together.
async fn run_package(suite: &str, programs: &[Program], filter: Option<&str>) -> Row {
    let mut sum = Row {
        suite: suite.to_owned(),
        engine: "host",
        context: "",
        counts: Counts::default(),
        took: Duration::ZERO,
        fault: None,
    };
    for program in programs {
        let mut command = Command::new(&program.path);
        command.current_dir(&program.home).args(filter);
        command.env("CARGO_MANIFEST_DIR", &program.home);
        let place =
            Place { suite: format!("{suite}: {}", program.name), engine: "host", context: "unit and integration" };
        // One of them may well be empty; all of them together may not.
        let row = run_suite(place, command, Harness::Libtest, true).await;
        sum.counts += row.counts;
        sum.took += row.took;
        sum.fault = sum.fault.or(row.fault);
    }
    if sum.fault.is_none() && sum.counts.ran_nothing() && filter.is_none() {
        sum.fault = Some("no test was run".to_owned());
    }
    sum
}

async fn run_docs(workspace: &Workspace, filter: Option<&str>) -> Row {
    let mut cargo = process::cargo();
    cargo.current_dir(workspace.root());
    cargo.args(["test", "--doc"]).args(PACKAGES).arg("--all-features");
    cargo.args(filter);
    let place = Place { suite: "onclose: documentation".to_owned(), engine: "host", context: "" };
    run_suite(place, cargo, Harness::Libtest, filter.is_some()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_crates_own_browser_suites_are_left_out() {
        let root = Path::new("/root");
        let program =
            |name: &str, home: &str| Program { name: name.to_owned(), path: PathBuf::new(), home: root.join(home) };
        let programs = vec![program("onclose", ""), program("browser", ""), program("peer", "peer")];
        let packages = by_package(programs, root);
        let names = |home: &str| packages[&root.join(home)].iter().map(|one| one.name.as_str()).collect::<Vec<_>>();
        assert_eq!(names(""), ["onclose"]);
        assert_eq!(names("peer"), ["peer"]);
    }
}
