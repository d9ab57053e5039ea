//! The WebSocket server that tests and the demo talk to: it can end a connection in every way a peer can.
//!
//! What it does is said by the address: `/close?code=4000&reason=bye` sends that Close, `/drop?how=rst` resets TCP,
//! and so on; [`routes`] is the whole table. What it saw is told by plain HTTP: `GET /saw?id=TOKEN`.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! let peer = onclose_peer::Peer::bind(("127.0.0.1", onclose_peer::DEFAULT_PORT)).await?;
//! println!("peer: ws://{}", peer.local_addr());
//! peer.run().await
//! # }
//! ```
//!
//! It is a tool for tests on one machine: it does what any caller asks, so it has no place on an open network.

mod conn;
mod handshake;
mod http;
mod orders;
mod query;
mod record;
mod routes;
mod script;
mod server;
mod stream;
mod tls;

pub use routes::{Route, common_params, routes, table};
pub use server::{DEFAULT_PORT, Peer};
