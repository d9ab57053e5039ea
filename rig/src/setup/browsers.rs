//! Browsers and their drivers.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};
use xshell::{Shell, cmd};

use super::tools;
use crate::driver::DriverProgram;
use crate::engine::Engine;
use crate::process::{self, Show, output_of};
use crate::workspace::Workspace;

/// Finds or installs the browser and the driver of each engine; fails with everything that is missing.
pub async fn ensure(workspace: &Workspace, engines: &[Engine]) -> Result<Vec<DriverProgram>> {
    // The browsers are downloaded and unpacked while the driver is compiled.
    let (_, geckodriver) = tokio::join!(install(engines), async {
        match engines.contains(&Engine::Firefox) {
            true => tools::ensure(workspace, &tools::GECKODRIVER).await.map(Some),
            false => Ok(None),
        }
    });
    let missing: Vec<_> = engines.iter().filter_map(|&engine| Some((engine, missing(engine)?))).collect();
    if !missing.is_empty() {
        let complaints: Vec<_> = missing.iter().map(|(engine, what)| complaint(*engine, what)).collect();
        bail!("{}", complaints.join("\n"));
    }
    let geckodriver = geckodriver?;
    engines.iter().map(|&engine| program(engine, geckodriver.clone())).collect()
}

fn complaint(engine: Engine, what: &str) -> String {
    let advice = advice(engine);
    format!(
        "{what} is missing and could not be installed. {advice} To test without it, name the other engines with --engine."
    )
}

/// Returns the first program that this engine lacks on this machine.
fn missing(engine: Engine) -> Option<String> {
    let lacks = |what: &str, found: bool| (!found).then(|| what.to_owned());
    match engine {
        Engine::Chromium => lacks("Chromium", any_runs(CHROMIUMS))
            .or_else(|| lacks("Chromium's driver `chromedriver`", runs("chromedriver", "--version"))),
        // Its driver is installed by cargo.
        Engine::Firefox => lacks("Firefox", any_runs(FIREFOXES)),
        Engine::Webkit if cfg!(target_os = "macos") => {
            lacks("Safari's driver `safaridriver`", runs("safaridriver", "--version"))
        }
        Engine::Webkit if cfg!(windows) => Some("WebKit".to_owned()),
        Engine::Webkit => lacks("WebKitGTK's driver `WebKitWebDriver`", runs("WebKitWebDriver", "--help"))
            // Started with a program that does nothing, so a display that does not start counts as missing.
            .or_else(|| lacks("A virtual display for WebKitGTK (`xvfb-run`)", display_starts())),
    }
}

fn program(engine: Engine, geckodriver: Option<PathBuf>) -> Result<DriverProgram> {
    let (path, needs_display) = match engine {
        Engine::Chromium => ("chromedriver".into(), false),
        Engine::Firefox => (geckodriver.unwrap_or_else(|| "geckodriver".into()), false),
        Engine::Webkit if cfg!(target_os = "macos") => ("safaridriver".into(), false),
        Engine::Webkit => ("WebKitWebDriver".into(), true),
    };
    // Resolved once: the program is started in several ways, not all of which search PATH.
    let path = if path.is_absolute() { path } else { which::which(path)? };
    Ok(DriverProgram { engine, path, needs_display })
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
    Shell::new().is_ok_and(|shell| output_of(cmd!(shell, "{program} {argument}")).is_some())
}

fn any_runs(programs: &[&str]) -> bool {
    // On Windows browsers print no version and are not on PATH; there the driver reports whether it finds one.
    cfg!(windows) || programs.iter().any(|program| runs(program, "--version"))
}

fn display_starts() -> bool {
    Shell::new().is_ok_and(|shell| output_of(cmd!(shell, "xvfb-run -a true")).is_some())
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
        Engine::Webkit if cfg!(target_os = "macos") => "Enable it with `safaridriver --enable`.".to_owned(),
        Engine::Webkit if cfg!(windows) => "There is no WebKit with a driver for Windows.".to_owned(),
        Engine::Webkit => {
            format!("Put WebKitGTK's WebKitWebDriver and xvfb-run on PATH (Debian: `apt-get install {packages}`).")
        }
    }
}

/// Installs the packages of the engines that lack something, where apt-get may be used without a password.
///
/// Whether that worked is found out by running the programs afterwards.
async fn install(engines: &[Engine]) {
    let lacking: Vec<_> = engines.iter().copied().filter(|&engine| missing(engine).is_some()).collect();
    let packages: Vec<_> = lacking.iter().flat_map(|&engine| packages(engine)).copied().collect();
    let Some(prefix) = apt_get().filter(|_| !packages.is_empty()) else { return };
    println!("Installing {} with apt-get (about 2 min) ...", packages.join(" "));
    let update: &[&str] = &["update"];
    let install = [&["install", "-y", "--no-install-recommends"], packages.as_slice()].concat();
    for args in [update, &install] {
        let mut apt = Command::new(&prefix[0]);
        apt.args(&prefix[1..]).args(args).env("DEBIAN_FRONTEND", "noninteractive");
        if let Err(error) = process::run(apt, Show::Nothing).await {
            println!("{error:#}");
        }
    }
}

#[cfg(unix)]
fn apt_get() -> Option<Vec<PathBuf>> {
    let apt = which::which("apt-get").ok()?;
    if nix::unistd::geteuid().is_root() {
        return Some(vec![apt]);
    }
    let sudo = which::which("sudo").ok()?;
    let shell = Shell::new().ok()?;
    output_of(cmd!(shell, "sudo -n true")).map(|_| vec![sudo, "-n".into(), apt])
}

#[cfg(not(unix))]
fn apt_get() -> Option<Vec<PathBuf>> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_counts_only_if_it_runs() {
        assert!(runs("cargo", "--version"));
        assert!(!runs("cargo", "--no-such-flag"));
        assert!(!runs("no-such-browser-anywhere", "--version"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_advice_names_the_packages_that_would_be_installed() {
        for engine in Engine::ALL {
            let complaint = complaint(engine, "It");
            for package in packages(engine) {
                assert!(complaint.contains(package), "{complaint}");
            }
        }
    }
}
