//! The owners of what lives in JavaScript: event listeners, timers, exceptions.

pub(crate) mod exception;
pub(crate) mod listener;
pub(crate) mod timer;
