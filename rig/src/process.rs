//! Other programs: run to their end, or run as a process group that is ended as a whole.

use std::env;
use std::io::Write;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command as AsyncCommand};
use xshell::{Cmd, Shell, cmd};

/// How long a group may take to end by itself before it is killed.
const GRACE: Duration = Duration::from_secs(2);

/// `cargo`, without the variables that the cargo which started this program has set.
///
/// Build scripts are run again when these variables change, so nested builds would compile their dependencies anew.
pub fn cargo(shell: &Shell) -> Cmd<'_> {
    clean(cmd!(shell, "cargo"))
}

/// A command of another toolchain, which finds that toolchain's `cargo` and `rustc` before all others.
pub fn rustup_run<'a>(shell: &'a Shell, toolchain: &str) -> Cmd<'a> {
    // `CARGO` is the path of the cargo which started this program.
    clean(cmd!(shell, "rustup run {toolchain}")).env_remove("CARGO")
}

fn clean(mut command: Cmd<'_>) -> Cmd<'_> {
    let of_a_package = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if of_a_package.iter().any(|prefix| text.starts_with(prefix)) || text == "OUT_DIR" {
            command = command.env_remove(&name);
        }
    }
    command
}

/// Returns what the command prints to its standard output, or `None` if it cannot be run or fails.
pub fn output_of(command: Cmd<'_>) -> Option<String> {
    command.quiet().ignore_stderr().read().ok()
}

/// Returns the command as one would type it.
pub fn display(command: &Command) -> String {
    let words = [command.get_program()].into_iter().chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// What becomes of a program's output while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// It is printed as it is written.
    Live,
    /// It is only kept.
    Nothing,
}

/// Runs a command in a process group of its own; fails if the command does. Dropping the future ends the group.
///
/// With [`Show::Nothing`] the output is printed if the command fails.
pub async fn run(command: impl Into<Command>, show: Show) -> Result<()> {
    let command = command.into();
    let line = display(&command);
    if show == Show::Live {
        println!("$ {line}");
    }
    let Watched { output, status } = watch(command, Duration::MAX, show).await?;
    match status {
        Some(status) if status.success() => Ok(()),
        Some(status) => {
            if show == Show::Nothing {
                print!("{output}");
            }
            bail!("`{line}` failed ({status}).")
        }
        None => bail!("`{line}` did not end."),
    }
}

/// Runs work that blocks in a thread of its own, so that the tests of other engines continue.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await?
}

/// A program and all processes that it starts. Dropping the group ends them all.
#[derive(Debug)]
pub struct Group {
    child: Child,
    id: Option<u32>,
}

impl Group {
    pub fn spawn(command: impl Into<Command>) -> Result<Self> {
        let command = command.into();
        let line = display(&command);
        let mut command = AsyncCommand::from(command);
        #[cfg(unix)]
        command.process_group(0);
        let child = (command.stdin(Stdio::null()).kill_on_drop(true).spawn())
            .with_context(|| format!("`{line}` could not be started"))?;
        let id = child.id();
        Ok(Self { child, id })
    }

    /// Returns the status of the first process if it has ended.
    pub fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Returns the id of the first process.
    pub fn leader(&self) -> Option<u32> {
        self.id
    }

    /// Ends all processes of the group, without blocking the thread as dropping the group does.
    pub async fn end(mut self) {
        let Some(id) = self.id.take() else { return };
        signal(id, false);
        let _ = tokio::time::timeout(GRACE, self.child.wait()).await;
        // The first process may have ended while a browser that it started has not.
        signal(id, true);
        let _ = self.child.try_wait();
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let Some(id) = self.id.take() else { return };
        signal(id, false);
        let asked = Instant::now();
        while self.has_ended().is_none() && asked.elapsed() < GRACE {
            std::thread::sleep(Duration::from_millis(20));
        }
        signal(id, true);
        let _ = self.child.try_wait();
    }
}

#[cfg(unix)]
fn signal(group: u32, kill: bool) {
    use nix::sys::signal::{Signal, killpg};
    use nix::unistd::Pid;
    let signal = if kill { Signal::SIGKILL } else { Signal::SIGTERM };
    if let Ok(id) = group.try_into() {
        // An error means that the group is empty.
        let _ = killpg(Pid::from_raw(id), signal);
    }
}

#[cfg(not(unix))]
fn signal(leader: u32, kill: bool) {
    // Windows has no signal that asks a console program to end; the whole tree is ended at once.
    if !kill {
        let _ = Command::new("taskkill")
            .args(["/T", "/F", "/PID", &leader.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
}

/// The result of a program that was watched.
#[derive(Debug)]
pub struct Watched {
    /// Everything that it printed, standard output and standard error as they came.
    pub output: String,
    /// `None` if the program was ended because its time was up.
    pub status: Option<ExitStatus>,
}

/// Runs a program in a group of its own, keeps its output, and ends it when its time is up.
pub async fn watch(command: impl Into<Command>, limit: Duration, show: Show) -> Result<Watched> {
    let mut command = command.into();
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut group = Group::spawn(command)?;
    let kept = Arc::new(Mutex::new(String::new()));
    let out = group.child.stdout.take().context("No standard output")?;
    let err = group.child.stderr.take().context("No standard error")?;
    let copies = [tokio::spawn(copy(out, Arc::clone(&kept), show)), tokio::spawn(copy(err, Arc::clone(&kept), show))];
    let status = match tokio::time::timeout(limit, group.child.wait()).await {
        Ok(status) => Some(status?),
        Err(_) => None,
    };
    // Processes that the program left behind may hold the pipes open.
    group.end().await;
    for mut copy in copies {
        if tokio::time::timeout(GRACE, &mut copy).await.is_err() {
            copy.abort();
        }
    }
    let output = kept.lock().expect("no copy panics").clone();
    Ok(Watched { output, status })
}

async fn copy(from: impl AsyncRead + Unpin, kept: Arc<Mutex<String>>, show: Show) {
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while let Ok(1..) = from.read_until(b'\n', &mut line).await {
        let text = String::from_utf8_lossy(&line);
        kept.lock().expect("no copy panics").push_str(&text);
        if show == Show::Live {
            let mut stdout = std::io::stdout().lock();
            let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
        }
        line.clear();
    }
}

/// Waits until this program is asked to end, by Ctrl-C or by SIGTERM.
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

    fn script(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn output_of_both_streams_and_the_status_are_kept() {
        let limit = Duration::from_secs(20);
        let watched = watch(script("echo out; echo err >&2; exit 3"), limit, Show::Nothing).await.unwrap();
        assert!(watched.output.contains("out\n") && watched.output.contains("err\n"));
        assert_eq!(watched.status.unwrap().code(), Some(3));
    }

    #[tokio::test]
    async fn a_program_over_its_limit_is_ended_with_its_children() {
        let begun = Instant::now();
        let watched =
            watch(script("echo begun; sleep 60 & wait"), Duration::from_millis(300), Show::Nothing).await.unwrap();
        assert!(watched.status.is_none());
        assert_eq!(watched.output, "begun\n");
        assert!(begun.elapsed() < Duration::from_secs(15));
    }

    #[tokio::test]
    async fn a_failing_command_is_an_error_with_its_line() {
        run(script("exit 0"), Show::Nothing).await.unwrap();
        let error = run(script("exit 4"), Show::Nothing).await.unwrap_err().to_string();
        assert!(error.contains("`sh -c exit 4` failed"), "{error}");
    }

    #[test]
    fn a_program_that_cannot_be_run_has_no_output() {
        let shell = Shell::new().unwrap();
        assert_eq!(output_of(cmd!(shell, "no-such-program-anywhere")), None);
        assert_eq!(output_of(cmd!(shell, "sh -c 'echo a; exit 1'")), None);
        assert_eq!(output_of(cmd!(shell, "sh -c 'echo a'")), Some("a".to_owned()));
    }
}
