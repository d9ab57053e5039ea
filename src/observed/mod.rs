//! Existing sockets that other code owns: their `close` event as a future and as a callback.

pub(crate) mod closed;
pub(crate) mod on_close;
