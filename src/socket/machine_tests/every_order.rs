//! The machine and its model against every order of actions.

use crate::socket::close_info::ReadyState;
use crate::socket::core::recv_queue::MESSAGE_OVERHEAD;
use crate::socket::model::{Action, Start, World};
use rustc_hash::FxHashMap;
use std::collections::hash_map::Entry;

/// Two messages fit that have one byte in all.
const LIMIT: Option<usize> = Some(2 * MESSAGE_OVERHEAD + 1);

/// How many orders lead to a world, and one of them.
#[derive(Clone)]
struct Trace {
    orders: u64,
    example: Vec<Action>,
}

type Worlds = FxHashMap<World, Trace>;

/// The number of orders explored, of distinct worlds continued from, and of orders in which each action took part.
#[derive(Default)]
struct Exploration {
    orders: u64,
    worlds: usize,
    actions: FxHashMap<Action, u64>,
}

impl Exploration {
    /// Equal worlds continue in the same way, so each is checked and continued from once.
    fn every_order(ready: ReadyState, of: &[Action], length: usize) -> Self {
        let start = Start { ready, limit: LIMIT };
        let first = World::new(start).unwrap_or_else(|violation| panic!("{start:?}: {violation}"));
        let mut worlds = Worlds::from_iter([(first, Trace { orders: 1, example: Vec::new() })]);
        let mut exploration = Self::default();
        for step in 1..=length {
            // After the last action, looking up an equal world costs more than checking this one.
            let mut next = (step < length).then(Worlds::default);
            for (world, mut trace) in worlds {
                for &action in of {
                    if world.can(action) {
                        *exploration.actions.entry(action).or_default() += trace.orders;
                        exploration.act(world.clone(), action, &mut trace, &mut next);
                    }
                }
            }
            worlds = next.unwrap_or_default();
            exploration.worlds += worlds.len();
        }
        exploration
    }

    /// Performs an action. Whatever it leaves in progress may continue before the next action, or later.
    fn act(&mut self, mut world: World, action: Action, trace: &mut Trace, next: &mut Option<Worlds>) {
        trace.example.push(action);
        world.perform(action).unwrap_or_else(|violation| panic!("{:?}: {violation}", trace.example));
        self.orders += trace.orders;
        for unforced in [Action::Return, Action::PollTasks] {
            if world.can(unforced) {
                self.act(world.clone(), unforced, trace, next);
            }
        }
        let check =
            |world: &World| world.check().unwrap_or_else(|violation| panic!("{:?}: {violation}", trace.example));
        match next {
            Some(next) if !world.is_over() => match next.entry(world) {
                Entry::Occupied(known) => known.into_mut().orders += trace.orders,
                Entry::Vacant(new) => {
                    check(new.key());
                    new.insert(trace.clone());
                }
            },
            _ => check(&world),
        }
        trace.example.pop();
    }
}

/// Explores every order in a thread of its own for each start.
fn explore(starts: &[ReadyState], of: &'static [Action], length: usize) {
    let explorations = std::thread::scope(|scope| {
        let threads: Vec<_> =
            starts.iter().map(|&ready| scope.spawn(move || Exploration::every_order(ready, of, length))).collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, Exploration>| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        threads.into_iter().map(join).collect::<Vec<_>>()
    });
    for (ready, exploration) in starts.iter().zip(&explorations) {
        println!("{ready}: {} orders, {} worlds continued from", exploration.orders, exploration.worlds);
        assert!(exploration.orders > 1_000_000, "only {} orders from {ready}", exploration.orders);
    }
    for action in of {
        let took_part = explorations.iter().any(|exploration| exploration.actions.contains_key(action));
        assert!(took_part, "{action:?} took part in no order");
    }
}

#[test]
fn every_order_of_five_actions_keeps_the_guarantees_of_closing() {
    use ReadyState::{Closed, Closing, Connecting, Open};
    explore(&[Connecting, Open, Closing, Closed], Action::CLOSING, 5);
}

#[test]
fn every_order_of_six_actions_keeps_the_guarantees_of_sending() {
    explore(&[ReadyState::Connecting, ReadyState::Open], Action::FLOW, 6);
}
