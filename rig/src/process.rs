//! Other programs: run one, or run one in a group that can be ended as a whole.

use std::env;
use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command as AsyncCommand};

/// How long a group may take to end by itself before it is killed.
const GRACE: Duration = Duration::from_secs(2);

/// `cargo`, without what the cargo that started us has put into our environment.
pub fn cargo() -> Command {
    clean(Command::new("cargo"))
}

/// A command of another toolchain, with nothing of ours in its environment.
pub fn rustup_run(toolchain: &str) -> Command {
    let mut command = clean(Command::new("rustup"));
    // The path of our own cargo.
    command.env_remove("CARGO");
    command.args(["run", toolchain]);
    command
}

fn clean(mut command: Command) -> Command {
    for (name, _) in env::vars_os() {
        let Some(name) = name.to_str() else { continue };
        let of_a_package = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
        if of_a_package.iter().any(|prefix| name.starts_with(prefix)) || name == "OUT_DIR" {
            command.env_remove(name);
        }
    }
    command
}

/// Runs it with our own output.
pub fn run(command: &mut Command) -> Result<()> {
    let line = display(command);
    let status = (command.stdin(Stdio::null()).status()).with_context(|| format!("`{line}` could not be started"))?;
    if !status.success() {
        bail!("`{line}` failed ({status}).");
    }
    Ok(())
}

/// What it prints to its standard output, if it can be run and succeeds.
pub fn output_of(program: impl AsRef<Path>, args: &[&str]) -> Option<String> {
    let output = (Command::new(program.as_ref()).args(args)).stdin(Stdio::null()).output().ok()?;
    (output.status.success()).then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The command as one would type it.
pub fn display(command: &Command) -> String {
    let mut line = command.get_program().to_string_lossy().into_owned();
    for arg in command.get_args() {
        line.push(' ');
        line.push_str(&arg.to_string_lossy());
    }
    line
}

/// A program and all it starts. Dropping it ends them all.
#[derive(Debug)]
pub struct Group {
    child: Child,
    id: Option<u32>,
}

impl Group {
    pub fn spawn(command: Command) -> Result<Self> {
        let line = display(&command);
        let mut command = AsyncCommand::from(command);
        #[cfg(unix)]
        command.process_group(0);
        let child = (command.stdin(Stdio::null()).kill_on_drop(true).spawn())
            .with_context(|| format!("`{line}` could not be started"))?;
        let id = child.id();
        Ok(Self { child, id })
    }

    pub fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// The first of its processes.
    pub fn leader(&self) -> Option<u32> {
        self.id
    }

    fn end(&mut self) {
        let Some(id) = self.id.take() else { return };
        signal(id, false);
        let asked = Instant::now();
        while self.has_ended().is_none() && asked.elapsed() < GRACE {
            std::thread::sleep(Duration::from_millis(20));
        }
        // The leader may be gone while a browser it started is not.
        signal(id, true);
        let _ = self.child.try_wait();
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(unix)]
fn signal(group: u32, kill: bool) {
    use nix::sys::signal::{Signal, killpg};
    use nix::unistd::Pid;
    let signal = if kill { Signal::SIGKILL } else { Signal::SIGTERM };
    if let Ok(id) = group.try_into() {
        // An error means that nobody is left in the group.
        let _ = killpg(Pid::from_raw(id), signal);
    }
}

#[cfg(not(unix))]
fn signal(leader: u32, kill: bool) {
    // Windows asks no console program to end; the whole tree is ended at once.
    if !kill {
        let _ = Command::new("taskkill")
            .args(["/T", "/F", "/PID", &leader.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
}

/// How a program that was watched ended, and all that it printed.
#[derive(Debug)]
pub struct Watched {
    pub output: String,
    /// `None` if it was ended because its time was up.
    pub status: Option<ExitStatus>,
}

/// Runs it in a group of its own, shows its output as it comes and keeps it, and ends it when its time is up.
pub async fn watch(mut command: Command, limit: Duration) -> Result<Watched> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut group = Group::spawn(command)?;
    let kept = Arc::new(Mutex::new(String::new()));
    let out = group.child.stdout.take().context("No standard output")?;
    let err = group.child.stderr.take().context("No standard error")?;
    let copies = [tokio::spawn(copy(out, Arc::clone(&kept))), tokio::spawn(copy(err, Arc::clone(&kept)))];
    let status = match tokio::time::timeout(limit, group.child.wait()).await {
        Ok(status) => Some(status?),
        Err(_) => None,
    };
    // What it left behind may hold the pipes open.
    drop(group);
    for mut copy in copies {
        if tokio::time::timeout(GRACE, &mut copy).await.is_err() {
            copy.abort();
        }
    }
    let output = kept.lock().expect("no copy panics").clone();
    Ok(Watched { output, status })
}

async fn copy(from: impl AsyncRead + Unpin, kept: Arc<Mutex<String>>) {
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while let Ok(1..) = from.read_until(b'\n', &mut line).await {
        let text = String::from_utf8_lossy(&line);
        kept.lock().expect("no copy panics").push_str(&text);
        let mut stdout = std::io::stdout().lock();
        let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
        line.clear();
    }
}

/// Waits until someone asks this program to end.
pub async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn both_streams_and_the_status_are_kept() {
        let limit = Duration::from_secs(20);
        let watched = watch(shell("echo out; echo err >&2; exit 3"), limit).await.unwrap();
        assert!(watched.output.contains("out\n") && watched.output.contains("err\n"));
        assert_eq!(watched.status.unwrap().code(), Some(3));
    }

    #[tokio::test]
    async fn a_hung_program_is_ended_with_what_it_started() {
        let begun = Instant::now();
        let script = "echo begun; sleep 60 & wait";
        let watched = watch(shell(script), Duration::from_millis(300)).await.unwrap();
        assert!(watched.status.is_none());
        assert_eq!(watched.output, "begun\n");
        assert!(begun.elapsed() < Duration::from_secs(15));
    }
}
