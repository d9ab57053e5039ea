//! `onclose-peer [--port N]`: runs the peer on 127.0.0.1 until it is stopped.

use std::process::ExitCode;

use onclose_peer::{DEFAULT_PORT, Peer, table};

const USAGE: &str = "usage: onclose-peer [--port N]   (0 = any free port)";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let port = match port(std::env::args().skip(1)) {
        Ok(port) => port,
        Err(problem) => {
            eprintln!("{problem}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match serve(port).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("onclose-peer: port {port}: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(port: u16) -> std::io::Result<()> {
    let (peer, _) = Peer::bind(("127.0.0.1", port)).await?;
    let peer = peer.bind_tls().await?;
    println!("peer: ws://{}", peer.local_addr());
    print!("{}", table());
    peer.run().await
}

fn port(mut args: impl Iterator<Item = String>) -> Result<u16, String> {
    let mut port = DEFAULT_PORT;
    while let Some(arg) = args.next() {
        let value = match arg.split_once('=') {
            Some(("--port", value)) => value.to_owned(),
            None if arg == "--port" => args.next().ok_or("--port needs a number")?,
            _ => return Err(format!("unknown argument {arg:?}")),
        };
        port = value.parse().map_err(|_| format!("{value:?} is not a port"))?;
    }
    Ok(port)
}
