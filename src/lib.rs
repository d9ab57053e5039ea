//! The browser's WebSocket for Rust and wasm, above all its end.
//!
//! The `close` event becomes a future or a closure with a typed code; a socket never leaks, hangs, panics or lies.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod callback;
mod code;
mod event;
mod frame;
mod future;
mod listener;
mod socket;
mod thrown;
mod timer;

pub use callback::{CloseListener, on_close};
pub use code::{CloseCode, CodeRange, ParseCloseCodeError};
pub use event::{CloseEvent, DispatchError};
pub use frame::{CloseFrame, CloseFrameError};
pub use future::{AlreadyClosed, CloseEventFuture, closed};
pub use socket::{
    Builder, Cause, Closed, ClosedFuture, ConnectError, Message, OpenError, ReadyState, Receiver, RecvError, SendError,
    Sender, WebSocket,
};
