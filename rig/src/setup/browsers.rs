//! Browsers and their drivers.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use super::tools;
use crate::driver::{Engine, Program};
use crate::process;
use crate::workspace::Workspace;

/// The driver of each engine, ready to be started. Fails, with everything that is missing, if one cannot be had.
pub fn ensure(workspace: &Workspace, engines: &[Engine]) -> Result<Vec<Program>> {
    let mut apt = Apt::default();
    let mut drivers = Vec::new();
    let mut complaints = Vec::new();
    for &engine in engines {
        if let Some(first) = missing(engine) {
            apt.install(engine, &first);
        }
        match missing(engine) {
            None => drivers.push(program(workspace, engine)?),
            Some(what) => complaints.push(format!(
                "{what} is missing, and could not be installed here. {} To go on without it, name the other \
                 engines with --engine.",
                advice(engine)
            )),
        }
    }
    if !complaints.is_empty() {
        bail!("{}", complaints.join("\n"));
    }
    Ok(drivers)
}

/// The first thing that this engine lacks on this machine.
fn missing(engine: Engine) -> Option<String> {
    let lacks = |what: &str, found: bool| (!found).then(|| what.to_owned());
    match engine {
        Engine::Chromium => lacks("Chromium", runs_any(CHROMIUMS, "--version"))
            .or_else(|| lacks("Chromium's driver `chromedriver`", runs("chromedriver", "--version"))),
        // Its driver comes by `cargo install`.
        Engine::Firefox => lacks("Firefox", runs_any(FIREFOXES, "--version")),
        Engine::Webkit if cfg!(target_os = "macos") => {
            lacks("Safari's driver `safaridriver`", runs("safaridriver", "--version"))
        }
        Engine::Webkit if cfg!(windows) => Some("WebKit".to_owned()),
        Engine::Webkit => lacks("WebKitGTK's driver `WebKitWebDriver`", runs("WebKitWebDriver", "--help"))
            // It starts a display, so this also tells whether one can be had.
            .or_else(|| {
                let display = process::output_of("xvfb-run", &["-a", "true"]).is_some();
                lacks("A display for WebKitGTK (`xvfb-run`)", display)
            }),
    }
}

fn program(workspace: &Workspace, engine: Engine) -> Result<Program> {
    let (path, on_display) = match engine {
        Engine::Chromium => ("chromedriver".into(), false),
        Engine::Firefox => (tools::ensure(workspace, &tools::GECKODRIVER)?, false),
        Engine::Webkit if cfg!(target_os = "macos") => ("safaridriver".into(), false),
        // Its browser has no headless mode.
        Engine::Webkit => ("WebKitWebDriver".into(), true),
    };
    // A bare name would be looked up again by whoever starts it.
    let path = if path.is_absolute() { path } else { which::which(path)? };
    Ok(Program { engine, path, on_display })
}

const CHROMIUMS: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
const FIREFOXES: &[&str] = &["firefox", "firefox-esr", "/Applications/Firefox.app/Contents/MacOS/firefox"];

fn runs(program: &str, argument: &str) -> bool {
    process::output_of(program, &[argument]).is_some()
}

fn runs_any(programs: &[&str], argument: &str) -> bool {
    // Browsers for Windows print nothing and are not on PATH; there the driver says whether it finds one.
    cfg!(windows) || programs.iter().any(|program| runs(program, argument))
}

fn packages(engine: Engine) -> &'static [&'static str] {
    match engine {
        Engine::Chromium => &["chromium", "chromium-driver"],
        Engine::Firefox => &["firefox-esr"],
        Engine::Webkit => &["webkit2gtk-driver", "xvfb", "xauth"],
    }
}

fn advice(engine: Engine) -> String {
    let packages = packages(engine).join(" ");
    match engine {
        Engine::Chromium => format!(
            "Put Chromium or Chrome, and the chromedriver of its version, on PATH (Debian: `apt-get install {packages}`)."
        ),
        Engine::Firefox => format!("Put Firefox on PATH (Debian: `apt-get install {packages}`)."),
        Engine::Webkit if cfg!(target_os = "macos") => "Turn it on with `safaridriver --enable`.".to_owned(),
        Engine::Webkit if cfg!(windows) => "There is no WebKit with a driver for Windows.".to_owned(),
        Engine::Webkit => {
            format!("Put WebKitGTK's WebKitWebDriver and xvfb-run on PATH (Debian: `apt-get install {packages}`).")
        }
    }
}

/// Debian's packages, where we may install them.
#[derive(Debug, Default)]
struct Apt {
    /// How to call it, once known; `None` inside if we may not.
    prefix: Option<Option<Vec<PathBuf>>>,
    updated: bool,
}

impl Apt {
    /// Tries to install what the engine needs. Whether it worked is seen by looking for the programs again.
    fn install(&mut self, engine: Engine, what: &str) {
        let Some(prefix) = self.prefix.get_or_insert_with(apt_get).clone() else {
            return;
        };
        let packages = packages(engine);
        println!("{what} is missing: installing {} with apt-get (about 2 min) ...", packages.join(" "));
        let apt = |args: &[&str]| {
            let mut command = Command::new(&prefix[0]);
            command.args(&prefix[1..]).args(args);
            command.env("DEBIAN_FRONTEND", "noninteractive");
            if let Err(error) = process::run(&mut command) {
                println!("{error:#}");
            }
        };
        if !self.updated {
            self.updated = true;
            apt(&["update"]);
        }
        apt(&[&["install", "-y", "--no-install-recommends"], packages].concat());
    }
}

#[cfg(unix)]
fn apt_get() -> Option<Vec<PathBuf>> {
    let apt = which::which("apt-get").ok()?;
    if nix::unistd::geteuid().is_root() {
        return Some(vec![apt]);
    }
    let sudo = which::which("sudo").ok()?;
    process::output_of(&sudo, &["-n", "true"])?;
    Some(vec![sudo, "-n".into(), apt])
}

#[cfg(not(unix))]
fn apt_get() -> Option<Vec<PathBuf>> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_there_only_if_it_runs() {
        assert!(runs("cargo", "--version"));
        assert!(!runs("cargo", "--no-such-flag"));
        assert!(!runs("no-such-browser-anywhere", "--version"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_advice_names_what_would_be_installed() {
        for engine in Engine::ALL {
            let advice = advice(engine);
            for package in packages(engine) {
                assert!(advice.contains(package), "{advice}");
            }
        }
    }
}
