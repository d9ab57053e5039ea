//! The project's commands, run as `cargo xtask NAME`.

mod ci;
mod demo;
mod fuzz;
mod test;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, Parser, Subcommand, ValueEnum};

use onclose_rig::workspace::Workspace;
use onclose_rig::{driver, peers, process};

#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "onclose's commands",
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build the page, start the peer, serve both on this machine and open the page
    Demo {
        /// The page's port; without it 8080, or a free one if 8080 is taken
        #[arg(long)]
        port: Option<u16>,
    },
    /// Start only the peer: the WebSocket server that can close in every way
    Peer {
        /// The peer's port; without it the one that the tests use
        #[arg(long)]
        port: Option<u16>,
    },
    /// Install what is missing, then run every test: on the host, in three browser engines, on the page, under faults
    Test(TestArgs),
    /// Feed the pure parts with anything at all, until a promise breaks or the time is up
    Fuzz {
        /// Only this one
        #[arg(value_enum)]
        target: Option<fuzz::Target>,
        /// For how long each; without it an hour
        #[arg(long, default_value_t = 3600, value_parser = clap::value_parser!(u64).range(1..))]
        seconds: u64,
    },
    /// Build the page into target/site as it is hosted: small, and without a peer
    Site,
    /// Build the npm package into target/npm
    Npm,
    /// Weigh and time this crate beside others, in real browsers, and write a report with charts
    Bench(onclose_bench_driver::BenchArgs),
    /// Run what a change must pass: format, lints, docs, minimum Rust version, dependencies, fuzzers, every test, wasm-pack
    Ci,
}

#[derive(Debug, Args)]
struct TestArgs {
    /// Only in this engine (may be given more than once)
    #[arg(long, value_enum, value_name = "ENGINE")]
    engine: Vec<driver::Engine>,
    /// Only in this context (may be given more than once)
    #[arg(long, value_enum, value_name = "CONTEXT")]
    context: Vec<Context>,
    /// The browser's suites alone, on the page, compiled in another way
    #[arg(long, value_enum, value_name = "BUILD", default_value_t, hide_default_value = true,
        conflicts_with_all = ["host_only", "page_only", "faults"])]
    build: test::Build,
    /// Only the tests that need no browser
    #[arg(long, conflicts_with_all = ["engine", "context", "page_only"])]
    host_only: bool,
    /// Leave the host's tests out
    #[arg(long, conflicts_with = "host_only")]
    no_host: bool,
    /// Only the page, driven end to end
    #[arg(long, conflicts_with_all = ["context", "no_page"])]
    page_only: bool,
    /// Leave the page out
    #[arg(long)]
    no_page: bool,
    /// Only the faults: every peer, order and load there is a part for, whole; otherwise a sample of them is run
    #[arg(long, conflicts_with_all = ["context", "host_only", "page_only", "no_faults"])]
    faults: bool,
    /// Only this part of the faults (may be given more than once)
    #[arg(long, value_enum, value_name = "PART", requires = "faults")]
    part: Vec<onclose_faults::Part>,
    /// Record what plain JavaScript sees in each engine anew, and write docs/engines.md (with the faults' matrix)
    #[arg(long, requires = "faults", conflicts_with = "filter")]
    record: bool,
    /// Leave the faults out
    #[arg(long)]
    no_faults: bool,
    /// Only the npm package: installed from its tarball and tried as its users do
    #[arg(long, conflicts_with_all = ["context", "host_only", "page_only", "faults", "build", "no_npm", "filter"])]
    npm: bool,
    /// Leave the npm package out
    #[arg(long)]
    no_npm: bool,
    /// Only tests with this in their name
    filter: Option<String>,
}

/// The kind of global scope that a browser suite runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Context {
    Page,
    DedicatedWorker,
    SharedWorker,
    ServiceWorker,
}

#[tokio::main]
async fn main() -> ExitCode {
    let command = Cli::parse().command;
    let serves = matches!(command, Command::Demo { .. } | Command::Peer { .. });
    // Whoever interrupts us drops the command's future, and with it every driver, browser and server it started.
    let result = tokio::select! {
        result = run(command) => result,
        () = process::interrupted() => {
            println!();
            // A server has no other end; anything else was cut short.
            return if serves { ExitCode::SUCCESS } else { ExitCode::from(130) };
        }
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    match command {
        Command::Demo { port } => demo::run(&workspace, port).await,
        Command::Peer { port } => peers::run(port).await,
        Command::Test(args) => test::run(&workspace, &args).await,
        Command::Fuzz { target, seconds } => fuzz::run(&workspace, target, Duration::from_secs(seconds)).await,
        Command::Site => onclose_www_driver::hosted::run(&workspace),
        Command::Npm => onclose_npm_driver::run(&workspace),
        Command::Bench(args) => onclose_bench_driver::run(&workspace, &args).await,
        Command::Ci => ci::run(&workspace).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, clap::Error> {
        Cli::try_parse_from(line.split(' ')).map(|cli| cli.command)
    }

    fn test_args(line: &str) -> TestArgs {
        match parse(line) {
            Ok(Command::Test(args)) => args,
            other => panic!("{line} gave {other:?}"),
        }
    }

    #[test]
    fn the_definition_is_sound() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn test_runs_everything_by_default() {
        let args = test_args("xtask test");
        assert!(args.engine.is_empty() && args.context.is_empty() && args.filter.is_none());
        assert!(!args.host_only && !args.no_host && !args.page_only && !args.no_page);
    }

    #[test]
    fn engines_and_contexts_can_be_repeated() {
        let args =
            test_args("xtask test --engine chromium --engine webkit --context service-worker --context page close");
        assert_eq!(args.engine, [driver::Engine::Chromium, driver::Engine::Webkit]);
        assert_eq!(args.context, [Context::ServiceWorker, Context::Page]);
        assert_eq!(args.filter.as_deref(), Some("close"));
    }

    #[test]
    fn contradictions_are_refused() {
        for line in [
            "xtask test --host-only --engine firefox",
            "xtask test --host-only --no-host",
            "xtask test --page-only --no-page",
            "xtask test --faults --host-only",
            "xtask test --faults --no-faults",
            "xtask test --part lab",
            "xtask test --record",
            "xtask test --faults --record one_test",
            "xtask test --faults --part weather",
            "xtask test --npm --no-npm",
            "xtask test --npm --context page",
            "xtask test --npm one_test",
            "xtask test --engine opera",
            "xtask demo --port 65536",
            "xtask fuzz peer",
            "xtask fuzz machine --seconds 0",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
