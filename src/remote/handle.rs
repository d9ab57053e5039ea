//! What both halves of a remote connection hold.

use super::channel::{Command, Shared};
use super::closed::RemoteClosedFuture;
use crate::CloseFrame;
use futures_channel::mpsc::UnboundedSender;
use std::sync::Arc;

/// A way to the driver, which closes the connection when the last one is dropped.
#[derive(Clone)]
pub(super) struct Handle {
    pub(super) commands: UnboundedSender<Command>,
    pub(super) shared: Arc<Shared>,
}

impl Handle {
    /// Gives a command to the driver. Without a driver there is nothing left to do.
    pub(super) fn command(&self, command: Command) {
        drop(self.commands.unbounded_send(command));
    }

    pub(super) fn closed(&self) -> RemoteClosedFuture {
        RemoteClosedFuture::new(&self.shared)
    }

    pub(super) fn close(&self, frame: CloseFrame) -> RemoteClosedFuture {
        self.command(Command::Close(Some(frame)));
        self.closed()
    }

    pub(super) fn finish(&self, frame: CloseFrame) -> RemoteClosedFuture {
        self.command(Command::Finish(frame));
        self.closed()
    }
}
