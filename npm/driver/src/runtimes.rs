//! The package in Node, Deno and Bun, each with its own global `WebSocket`.

use std::net::SocketAddr;

use super::consumer::Consumer;
use onclose_rig::report::Report;
use onclose_rig::site as serve;
use onclose_rig::suite::{Place, run_suite, stillborn};
use onclose_rig::summary::Harness;

/// Programs, and what makes them run a script that may use the network, its files and the garbage collector.
const RUNTIMES: [(&str, &[&str]); 3] = [
    ("node", &["--expose-gc"]),
    ("deno", &["run", "--quiet", "--allow-all", "--no-lock", "--node-modules-dir=manual", "--v8-flags=--expose-gc"]),
    ("bun", &["run", "--no-install"]),
];

/// The entry that loads itself, and the one that is told to.
const SCRIPTS: [&str; 2] = ["run.js", "slim.js"];

pub(super) async fn run(consumer: &Consumer, peer: SocketAddr, report: &mut Report) {
    for (runtime, args) in RUNTIMES {
        for script in SCRIPTS {
            let suite = format!("npm: {script}");
            match consumer.program(runtime) {
                Ok(mut command) => {
                    command.args(args).arg(script).env("ONCLOSE_PEER", serve::peer_url(peer));
                    let place = Place { suite, engine: runtime, context: "" };
                    report.add(run_suite(place, command, Harness::Libtest, false).await);
                }
                Err(error) => report.add(stillborn(&suite, runtime, "not started", &error)),
            }
        }
    }
}
