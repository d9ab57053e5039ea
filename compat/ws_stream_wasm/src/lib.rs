//! The interface of `ws_stream_wasm` 0.7, over `onclose`.
//!
//! Crates that depend on `ws_stream_wasm` get the behaviour of `onclose` without a change, by `[patch.crates-io]`. The
//! README lists what differs from the original. New code should use `onclose` itself.

mod connection;
mod error;
mod event;
mod io;
mod local;
mod message;
mod meta;
mod state;
mod stream;

pub use error::WsErr;
pub use event::{CloseEvent, WsEvent};
pub use io::WsStreamIo;
pub use message::WsMessage;
pub use meta::WsMeta;
pub use state::WsState;
pub use stream::WsStream;
