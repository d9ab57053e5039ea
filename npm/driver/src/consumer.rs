//! Somebody who has installed the package.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::build::Package;
use onclose_rig::build as page;
use onclose_rig::process;
use onclose_rig::workspace::Workspace;

/// A folder with `npm/tests` in it, the tools they need, and the package from its tarball.
#[derive(Debug)]
pub struct Consumer {
    pub folder: PathBuf,
}

impl Consumer {
    pub fn install(workspace: &Workspace, package: &Package) -> Result<Self> {
        let folder = workspace.target().join("npm").join("consumer");
        let consumer = Self { folder };
        let sources = workspace.root().join("npm").join("tests");
        consumer.tools(&sources)?;
        consumer.copy(&sources)?;
        consumer.unpack(package)?;
        Ok(consumer)
    }

    /// From the tarball, so a file that was not packed is missing here too. By `tar`, as npm would ask its registry about
    /// everything else once more.
    fn unpack(&self, package: &Package) -> Result<()> {
        let installed = self.folder.join("node_modules").join("onclose");
        if installed.exists() {
            fs::remove_dir_all(&installed)?;
        }
        fs::create_dir_all(&installed)?;
        let mut tar = Command::new("tar");
        tar.arg("-xzf").arg(&package.tarball).arg("-C").arg(&installed).arg("--strip-components=1");
        process::run(&mut tar)
    }

    /// What the lock file says, unless it is there.
    fn tools(&self, sources: &Path) -> Result<()> {
        let lock = fs::read(sources.join("package-lock.json")).context("npm/tests has no lock file")?;
        let installed = self.folder.join("installed-lock.json");
        if fs::read(&installed).is_ok_and(|there| there == lock) {
            return Ok(());
        }
        println!("Installing what the package is tried with, by npm ...");
        fs::create_dir_all(&self.folder)?;
        for file in ["package.json", "package-lock.json", ".npmrc"] {
            fs::copy(sources.join(file), self.folder.join(file))?;
        }
        process::run(self.npm()?.arg("ci"))?;
        Ok(fs::write(installed, lock)?)
    }

    /// The tests themselves, without what is gone since.
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
        page::copy_static(sources, &self.folder).context("The package's tests could not be copied")
    }

    fn npm(&self) -> Result<Command> {
        let mut npm = Command::new(which::which("npm")?);
        npm.current_dir(&self.folder).args(["--no-audit", "--no-fund", "--loglevel=error"]);
        Ok(npm)
    }

    /// A program that npm installed here; those that are scripts are run by the Node that is installed beside them.
    pub fn program(&self, name: &str) -> Result<Command> {
        let programs = self.folder.join("node_modules").join(".bin");
        let mut command = Command::new(programs.join(name));
        let path = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths([programs].into_iter().chain(env::split_paths(&path)))?;
        command.current_dir(&self.folder).env("PATH", path);
        Ok(command)
    }
}
