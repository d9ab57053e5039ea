//! The WebSocket server of the tests and the demo: it can end a connection in every way a peer can.
//!
//! The URL selects what it does: `/close?code=4000&reason=bye` sends that Close frame, `/drop?how=rst` resets TCP, and so
//! on; [`routes`] is the whole table. What it saw of a connection is in its [`Records`], and over HTTP at `/saw?id=TOKEN`.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! let (peer, records) = onclose_peer::Peer::bind(("127.0.0.1", onclose_peer::DEFAULT_PORT)).await?;
//! println!("peer: ws://{}", peer.local_addr());
//! tokio::spawn(peer.run());
//! let saw = records.saw("a1", std::time::Duration::from_secs(10)).await;
//! # drop(saw);
//! # Ok(())
//! # }
//! ```
//!
//! It executes any request without authentication, so bind it to loopback addresses only.

mod conn;
mod ends;
mod handshake;
mod http;
mod orders;
mod query;
mod record;
mod records;
mod routes;
mod script;
mod server;
mod stream;
mod tls;

pub use ends::TcpEnd;
pub use orders::Order;
pub use record::{All, Saw, SawClose};
pub use records::Records;
pub use routes::{Route, common_params, routes, table};
pub use server::{DEFAULT_PORT, Peer};
