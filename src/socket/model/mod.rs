//! One connection around the machine, for tests and fuzzing: the browser's socket, the handles and futures that hold it,
//! the tasks that wait, and user code that runs in the middle of things. What must always hold is checked at each step.
//!
//! It does what `core.rs`, `handle.rs` and the public types do, in their order, without a browser.

mod acts;
mod check;
mod course;
mod inputs;
mod tasks;
mod world;

pub(crate) use acts::Act;
#[cfg(test)]
pub(crate) use inputs::{Alarm, Change, Effects, Input, Listening};
pub(crate) use world::{Start, World};

use crate::CloseFrame;

/// What `close` is called with.
pub(crate) const ASKED: CloseFrame = CloseFrame::from_static(4000, "asked");
/// What `finish` is called with.
pub(crate) const LATER: CloseFrame = CloseFrame::from_static(4001, "later");
/// What an overflow closes with.
pub(crate) const TOO_MUCH: CloseFrame = CloseFrame::from_static(4002, "too much");

/// What should have held and did not.
pub(crate) type Broken = String;

/// Fails with a sentence unless it holds.
macro_rules! hold {
    ($holds:expr, $($otherwise:tt)+) => {
        if !$holds {
            return Err(format!($($otherwise)+));
        }
    };
}
use hold;

/// Lets one thing happen after the other, as far as each can, and then whatever is still under way come to its end.
pub(crate) fn run(start: Start, acts: impl IntoIterator<Item = Act>) -> Result<World, Broken> {
    let mut world = World::new(start)?;
    for act in acts {
        if world.can(act) {
            world.act(act)?;
        }
    }
    while world.can(Act::Return) {
        world.act(Act::Return)?;
    }
    Ok(world)
}

/// Reads a start and an order from any bytes, and fails if a promise is broken.
#[cfg(fuzzing)]
#[allow(clippy::panic)]
pub fn fuzz(bytes: &[u8]) {
    let mut acts = acts::Acts(bytes);
    let start = Start::from_byte(acts.byte().unwrap_or_default());
    if let Err(broken) = run(start, acts.by_ref()) {
        let order: Vec<Act> = acts::Acts(bytes.get(1..).unwrap_or_default()).collect();
        panic!("{broken}: {start:?}, {order:?}");
    }
}
