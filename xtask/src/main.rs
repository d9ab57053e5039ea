//! The project's commands, run as `cargo xtask NAME`: parses the arguments and calls the crate that does the work.

mod ci;
mod demo;
mod fuzz;
mod test;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, Parser, Subcommand, ValueEnum};
use onclose_rig::engine::Engine;
use onclose_rig::process::{self, Show};
use onclose_rig::workspace::Workspace;

#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "Commands for working on onclose; CONTRIBUTING.md has a table of the test suites",
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build the demo page, start the test server, and open the page
    Demo {
        /// Port for the page [default: 8080, or any free port]
        #[arg(long)]
        port: Option<u16>,
    },
    /// Start only the test server (the peer)
    Peer {
        /// Port for the peer [default: 9917, or any free port]
        #[arg(long)]
        port: Option<u16>,
    },
    /// Build an example, start the test server, and serve it; or test the examples
    Example(onclose_examples_driver::ExampleArgs),
    /// Build and serve a test page until interrupted, to use it by hand
    Open {
        #[arg(value_enum)]
        page: Opened,
        /// Cases of the fault matrix to offer, by a part of their names [default: all]
        filter: Option<String>,
    },
    /// Install missing tools and run all tests
    Test(TestArgs),
    /// Run the browser, peer, page and faults tests whose names contain NAME, in one engine and one context
    Try {
        /// Part of the tests' names
        name: String,
        /// Engine to run in
        #[arg(long, value_enum, default_value_t = Engine::Chromium)]
        engine: Engine,
        /// Context to run in, for the crate's own tests
        #[arg(long, value_enum, default_value_t = Context::Page)]
        context: Context,
        /// Run them N times
        #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        repeat: u32,
    },
    /// Run the fuzz targets until one fails or time runs out
    Fuzz {
        /// Fuzz target to run [default: all]
        #[arg(value_enum)]
        target: Option<fuzz::Target>,
        /// Seconds to run each target
        #[arg(long, default_value_t = 3600, value_parser = clap::value_parser!(u64).range(1..))]
        seconds: u64,
    },
    /// Build the static demo site into target/site
    Site,
    /// Build the npm package into target/npm
    Npm,
    /// Test the drop-in for ws_stream_wasm, and published crates that use it, in browsers
    Compat {
        /// Engine to test in (repeatable) [default: chromium and firefox]
        #[arg(long, value_enum, value_name = "ENGINE")]
        engine: Vec<Engine>,
    },
    /// Benchmark size and speed against other crates, in real browsers
    Bench(onclose_bench_driver::BenchArgs),
    /// Run everything that a change must pass: lints, docs, minimum versions, dependencies, fuzz targets, all tests
    Ci,
}

#[derive(Debug, Default, Args)]
struct TestArgs {
    /// Run only in this engine (repeatable)
    #[arg(long, value_enum, value_name = "ENGINE")]
    engine: Vec<Engine>,
    /// Run only in this context (repeatable)
    #[arg(long, value_enum, value_name = "CONTEXT")]
    context: Vec<Context>,
    /// Run only the browser suites with a special build
    #[arg(long, value_enum, value_name = "BUILD", default_value_t, hide_default_value = true,
        conflicts_with_all = ["host_only", "page_only", "faults"])]
    build: test::Build,
    /// Run only the tests that need no browser
    #[arg(long, conflicts_with_all = ["engine", "context", "page_only"])]
    host_only: bool,
    /// Skip the tests that need no browser
    #[arg(long, conflicts_with = "host_only")]
    no_host: bool,
    /// Run only the end-to-end tests of the demo page
    #[arg(long, conflicts_with_all = ["context", "no_page"])]
    page_only: bool,
    /// Skip the end-to-end tests of the demo page
    #[arg(long)]
    no_page: bool,
    /// Run only the fault-injection suites, in full instead of a sample
    #[arg(long, conflicts_with_all = ["context", "host_only", "page_only", "no_faults"])]
    faults: bool,
    /// Run only this part of the fault-injection suites (repeatable)
    #[arg(long, value_enum, value_name = "PART", requires = "faults")]
    part: Vec<onclose_faults::Part>,
    /// Re-record the plain-WebSocket baseline and regenerate docs/engines.md; with NAME, only of these cases
    #[arg(long, requires = "faults")]
    record: bool,
    /// Skip the fault-injection suites
    #[arg(long)]
    no_faults: bool,
    /// Run only the tests of the npm package
    #[arg(long, conflicts_with_all = ["context", "host_only", "page_only", "faults", "build", "no_npm", "filter"])]
    npm: bool,
    /// Skip the tests of the npm package
    #[arg(long)]
    no_npm: bool,
    /// Run everything that is selected N times
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// Run only the tests whose names contain NAME (the npm package has no such selection)
    #[arg(value_name = "NAME")]
    filter: Option<String>,
}

/// The global scope that a browser suite runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Context {
    Page,
    DedicatedWorker,
    SharedWorker,
    ServiceWorker,
}

/// A page that can be opened by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Opened {
    /// The fault laboratory, with a button for each case of the matrix
    Faults,
    /// The bench's page, with all subjects
    Bench,
}

#[tokio::main]
async fn main() -> ExitCode {
    let command = Cli::parse().command;
    let serves = match &command {
        Command::Demo { .. } | Command::Peer { .. } | Command::Open { .. } => true,
        Command::Example(args) => args.serves(),
        _ => false,
    };
    // On an interrupt the command's future is dropped, and with it every driver, browser and server that it started.
    let result = tokio::select! {
        result = run(command) => result,
        () = process::interrupted() => {
            println!();
            // An interrupt is how a server ends; anything else is incomplete.
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
        Command::Demo { port } => demo::run(&workspace, port).await?,
        Command::Peer { port } => demo::peer(port).await?,
        Command::Example(args) => return onclose_examples_driver::run(&workspace, &args).await,
        Command::Open { page: Opened::Faults, filter } => onclose_faults::open(&workspace, filter.as_deref()).await?,
        Command::Open { page: Opened::Bench, filter: Some(_) } => {
            anyhow::bail!("only `open faults` takes a filter")
        }
        Command::Open { page: Opened::Bench, filter: None } => onclose_bench_driver::open(&workspace).await?,
        Command::Test(args) => return test::run(&workspace, &args).await,
        Command::Try { name, engine, context, repeat } => {
            let (engine, context, filter) = (vec![engine], vec![context], Some(name));
            let args = TestArgs { engine, context, repeat, filter, no_host: true, ..TestArgs::default() };
            return test::run(&workspace, &args).await;
        }
        Command::Fuzz { target, seconds } => fuzz::run(&workspace, target, Duration::from_secs(seconds)).await?,
        Command::Site => {
            let folder = onclose_www_driver::hosted::build(&workspace, Show::Live).await?;
            let bytes = onclose_www_driver::hosted::first_load(&workspace, &folder)?;
            println!("\nThe site: {}", folder.display());
            println!("It can be hosted below any path. The first load has {bytes} bytes by brotli.");
        }
        Command::Npm => {
            let package = onclose_npm_driver::build(&workspace, Show::Live).await?;
            println!("\nThe package: {}", package.tarball.display());
            println!("To test it: cargo xtask peer, and in npm/tests: npm ci && npm run use && npm test");
        }
        Command::Compat { engine } => return onclose_compat_driver::run(&workspace, &engine).await,
        Command::Bench(args) => return onclose_bench_driver::run(&workspace, &args).await,
        Command::Ci => return ci::run(&workspace).await,
    }
    Ok(ExitCode::SUCCESS)
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
    fn the_definition_is_valid() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn test_runs_everything_once_by_default() {
        let args = test_args("xtask test");
        assert!(args.engine.is_empty() && args.context.is_empty() && args.filter.is_none());
        assert!(!args.host_only && !args.no_host && !args.page_only && !args.no_page);
        assert_eq!(args.repeat, 1);
    }

    #[test]
    fn engines_and_contexts_can_be_repeated() {
        let args =
            test_args("xtask test --engine chromium --engine webkit --context service-worker --context page close");
        assert_eq!(args.engine, [Engine::Chromium, Engine::Webkit]);
        assert_eq!(args.context, [Context::ServiceWorker, Context::Page]);
        assert_eq!(args.filter.as_deref(), Some("close"));
    }

    #[test]
    fn try_needs_only_a_name() {
        let Ok(Command::Try { name, engine, context, repeat }) = parse("xtask try one_test") else {
            panic!("it is not parsed");
        };
        let found = (name.as_str(), engine, context, repeat);
        assert_eq!(found, ("one_test", Engine::Chromium, Context::Page, 1));
        assert!(parse("xtask try").is_err());
    }

    #[test]
    fn a_single_case_can_be_recorded_in_a_single_engine() {
        let args = test_args("xtask test --faults --record --engine chromium fin_arrives_while_open");
        assert!(args.record && args.faults && args.filter.is_some());
    }

    #[test]
    fn contradictions_are_rejected() {
        for line in [
            "xtask test --host-only --engine firefox",
            "xtask test --host-only --no-host",
            "xtask test --page-only --no-page",
            "xtask test --faults --host-only",
            "xtask test --faults --no-faults",
            "xtask test --part lab",
            "xtask test --record",
            "xtask test --faults --part weather",
            "xtask test --npm --no-npm",
            "xtask test --npm --context page",
            "xtask test --npm one_test",
            "xtask test --engine opera",
            "xtask test --repeat 0",
            "xtask try one_test --engine opera",
            "xtask open weather",
            "xtask example",
            "xtask example weather",
            "xtask example echo --engine firefox",
            "xtask example --test --port 8080",
            "xtask compat --engine opera",
            "xtask demo --port 65536",
            "xtask fuzz peer",
            "xtask fuzz machine --seconds 0",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
