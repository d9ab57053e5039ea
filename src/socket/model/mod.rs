//! A model of everything around the state machine, for tests and fuzzing: the browser's socket, the handles and futures
//! that hold it, the tasks that wait, and user code that runs in the middle of a call. The guarantees are checked after
//! each step.
//!
//! It does what `core/mod.rs`, `core/sending.rs`, `handle.rs` and the public types do, in the same order, without a browser.
//! The machine, the send buffer's account, the list of waiters and the two steps of a timer are the crate's own.

mod action;
mod check;
mod execute;
mod send;
mod tasks;
mod world;

pub(crate) use action::{Action, Slot};
pub(crate) use world::{Start, World};

use crate::CloseFrame;

/// The frame that the model's `close` uses.
pub(crate) const FRAME_CLOSE: CloseFrame = CloseFrame::from_static(4000, "close");
/// The frame that the model's `finish` uses.
pub(crate) const FRAME_FINISH: CloseFrame = CloseFrame::from_static(4001, "finish");
/// The frame that the model's receive limit closes with.
pub(crate) const FRAME_OVERFLOW: CloseFrame = CloseFrame::from_static(4002, "overflow");

/// A guarantee that did not hold.
pub(crate) type Violation = String;

/// Returns a violation with this message unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err(format!($($message)+));
        }
    };
}
use ensure;

/// Performs the actions that are possible when their turn comes, then completes every call that is still in progress.
pub(crate) fn run(start: Start, actions: impl IntoIterator<Item = Action>) -> Result<World, Violation> {
    let mut world = World::new(start)?;
    for action in actions {
        if world.can(action) {
            world.act(action)?;
        }
    }
    while world.can(Action::Return) {
        world.act(Action::Return)?;
    }
    Ok(world)
}

/// Decodes a start and a sequence of actions from any bytes, and panics if a guarantee does not hold.
#[cfg(fuzzing)]
#[allow(clippy::panic)]
pub fn fuzz(bytes: &[u8]) {
    let mut actions = action::Decoder(bytes);
    let start = Start::from_byte(actions.byte().unwrap_or_default());
    if let Err(violation) = run(start, actions.by_ref()) {
        let order: Vec<Action> = action::Decoder(bytes.get(1..).unwrap_or_default()).collect();
        panic!("{violation}: {start:?}, {order:?}");
    }
}
