//! The WebDriver programs that start browsers.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::net::TcpStream;

use crate::engine::Engine;
use crate::net;
use crate::process::Group;
use crate::workspace::Workspace;

/// How long a driver may take until it listens.
const START: Duration = Duration::from_secs(30);
/// A driver that cannot bind its port ends within this time.
const SETTLE: Duration = Duration::from_millis(100);
/// Another program can take the free port before the driver binds it, so a driver that ends at once is started again.
const ATTEMPTS: u32 = 3;

/// A driver that can be started.
#[derive(Clone, Debug)]
pub struct DriverProgram {
    pub engine: Engine,
    pub path: PathBuf,
    /// The browser has no headless mode and gets a virtual display.
    pub needs_display: bool,
}

/// A driver that listens. Dropping it ends it and its browser.
#[derive(Debug)]
pub struct Driver {
    pub url: String,
    log: PathBuf,
    group: Group,
}

impl DriverProgram {
    pub async fn start(&self, workspace: &Workspace) -> Result<Driver> {
        let logs = workspace.target().join("drivers");
        fs::create_dir_all(&logs)?;
        let log = logs.join(format!("{}-driver.log", self.engine.name()));
        let mut failure = None;
        for _ in 0..ATTEMPTS {
            match self.attempt(&log).await? {
                Ok(driver) => return Ok(driver),
                Err(ended) => failure = Some(ended),
            }
        }
        Err(failure.context("There was no attempt")?)
    }

    /// The inner error is that of a driver that ended before it listened.
    async fn attempt(&self, log: &Path) -> Result<Result<Driver, anyhow::Error>> {
        let file = File::create(log).context("The driver's log could not be written")?;
        let port = net::free_port()?;
        let mut command = if self.needs_display {
            let mut command = Command::new("xvfb-run");
            command.arg("-a").arg(&self.path);
            command
        } else {
            Command::new(&self.path)
        };
        command.arg(format!("--port={port}"));
        command.stdout(file.try_clone()?).stderr(file);

        let mut group = Group::spawn(command)?;
        let begun = Instant::now();
        let tail = || fs::read_to_string(log).unwrap_or_default();
        loop {
            let listens = TcpStream::connect(net::loopback(port)).await.is_ok();
            // What listens there is another program if the driver has failed to bind the port.
            tokio::time::sleep(SETTLE).await;
            if let Some(status) = group.has_ended() {
                let path = self.path.display();
                return Ok(Err(anyhow::anyhow!("{path} ended before it listened ({status}):\n{}", tail())));
            }
            if listens {
                return Ok(Ok(Driver { url: format!("http://127.0.0.1:{port}"), log: log.to_owned(), group }));
            }
            if begun.elapsed() > START {
                bail!("{} did not listen within {} s:\n{}", self.path.display(), START.as_secs(), tail());
            }
        }
    }
}

impl Driver {
    /// Returns the file that the driver writes its output to.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Returns the process that started all others, the browser among them.
    pub fn process(&self) -> Option<u32> {
        self.group.leader()
    }

    /// Ends the driver and its browser.
    pub async fn end(self) {
        self.group.end().await;
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_driver_that_ends_at_once_is_an_error_with_its_output() {
        let workspace = Workspace::load().unwrap();
        let program = DriverProgram { engine: Engine::Webkit, path: "/bin/false".into(), needs_display: false };
        let error = program.start(&workspace).await.unwrap_err().to_string();
        assert!(error.contains("/bin/false ended before it listened"), "{error}");
    }
}
