//! Errors: one small type for each operation that can fail.

mod any;
mod connect;
mod io;
mod recv;
mod send;

pub use any::{Error, ReuniteError};
pub use connect::{ConnectError, OpenError};
pub use recv::{RecvError, TryRecvError};
pub use send::{SendError, SendRawError};

pub(crate) use send::SendErrorKind;
