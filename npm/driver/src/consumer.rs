//! A project that has installed the package.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use onclose_rig::build::{copy_static, empty};
use onclose_rig::process::{self, Show};
use onclose_rig::workspace::Workspace;

use crate::build::Package;

/// A copy of `npm/tests` with its tools, and with the package from its tarball.
#[derive(Debug)]
pub(crate) struct Consumer {
    pub(crate) folder: PathBuf,
}

impl Consumer {
    pub(crate) async fn install(workspace: &Workspace, package: &Package, show: Show) -> Result<Self> {
        let folder = workspace.target().join("npm").join("consumer");
        let consumer = Self { folder };
        let sources = workspace.root().join("npm").join("tests");
        consumer.install_tools(&sources, show).await?;
        consumer.copy(&sources)?;
        consumer.unpack(package, show).await?;
        Ok(consumer)
    }

    /// Unpacks the tarball, so that a file that was not packed is missing here too. npm would ask its registry about all
    /// other dependencies again.
    async fn unpack(&self, package: &Package, show: Show) -> Result<()> {
        let installed = self.folder.join("node_modules").join("onclose");
        empty(&installed)?;
        let mut tar = Command::new("tar");
        tar.arg("-xzf").arg(&package.tarball).arg("-C").arg(&installed).arg("--strip-components=1");
        process::run(tar, show).await
    }

    /// Installs the tools of the lock file, unless they are there.
    async fn install_tools(&self, sources: &Path, show: Show) -> Result<()> {
        let lock = fs::read(sources.join("package-lock.json")).context("npm/tests has no lock file")?;
        let installed = self.folder.join("installed-lock.json");
        if fs::read(&installed).is_ok_and(|there| there == lock) {
            return Ok(());
        }
        fs::create_dir_all(&self.folder)?;
        for file in ["package.json", "package-lock.json", ".npmrc"] {
            fs::copy(sources.join(file), self.folder.join(file))?;
        }
        let mut npm = self.npm()?;
        npm.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
        process::run(npm, show).await?;
        Ok(fs::write(installed, lock)?)
    }

    /// Copies the tests, and removes those of earlier copies.
    fn copy(&self, sources: &Path) -> Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let kept = ["node_modules", "installed-lock.json"].iter().any(|kept| entry.file_name() == *kept);
            match entry.path() {
                _ if kept => {}
                path if path.is_dir() => fs::remove_dir_all(path)?,
                path => fs::remove_file(path)?,
            }
        }
        fs::copy(sources.join(".npmrc"), self.folder.join(".npmrc"))?;
        copy_static(sources, &self.folder).context("The package's tests could not be copied")
    }

    fn npm(&self) -> Result<Command> {
        let mut npm = Command::new(which::which("npm")?);
        npm.current_dir(&self.folder);
        Ok(npm)
    }

    /// Returns the command of a script in `npm/tests/package.json`.
    pub(crate) fn script(&self, name: &str) -> Result<Command> {
        let mut npm = self.npm()?;
        npm.args(["run", "--silent", name]);
        Ok(npm)
    }

    /// Runs a script; fails if it does.
    pub(crate) async fn run(&self, name: &str, show: Show) -> Result<()> {
        process::run(self.script(name)?, show).await
    }
}
