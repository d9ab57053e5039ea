//! The machine, with all that is around it, against every order of what can happen.

use crate::socket::close_info::ReadyState;
use crate::socket::model::{Act, Start, World};
use rustc_hash::FxHashMap;
use std::collections::hash_map::Entry;

/// One byte: a message that has some does not fit beside another that has, and any number that has none does.
const LIMIT: Option<usize> = Some(1);

/// What led to a world, as an example, and how many orders do.
#[derive(Clone)]
struct Way {
    orders: u64,
    example: Vec<Act>,
}

type Worlds = FxHashMap<World, Way>;

/// How many orders were gone through, how many worlds that differ were gone on with, and how many orders each act took part in.
#[derive(Default)]
struct Tour {
    orders: u64,
    worlds: usize,
    acts: FxHashMap<Act, u64>,
}

impl Tour {
    /// Worlds that are equal in everything go on in the same way, so each is checked and gone on with once.
    fn every_order(ready: ReadyState, length: usize) -> Self {
        let start = Start { ready, limit: LIMIT };
        let first = World::new(start).unwrap_or_else(|broken| panic!("{start:?}: {broken}"));
        let mut worlds = Worlds::from_iter([(first, Way { orders: 1, example: Vec::new() })]);
        let mut tour = Self::default();
        for step in 1..=length {
            // Where nothing follows, looking for an equal world costs more than checking this one.
            let mut next = (step < length).then(Worlds::default);
            for (world, mut way) in worlds {
                for &act in Act::CHOSEN {
                    if world.can(act) {
                        *tour.acts.entry(act).or_default() += way.orders;
                        tour.go(world.clone(), act, &mut way, &mut next);
                    }
                }
            }
            worlds = next.unwrap_or_default();
            tour.worlds += worlds.len();
        }
        tour
    }

    /// Lets an act happen; then what follows of itself may follow, or not yet.
    fn go(&mut self, mut world: World, act: Act, way: &mut Way, next: &mut Option<Worlds>) {
        way.example.push(act);
        world.happen(act).unwrap_or_else(|broken| panic!("{:?}: {broken}", way.example));
        self.orders += way.orders;
        for free in [Act::Return, Act::Turn] {
            if world.can(free) {
                self.go(world.clone(), free, way, next);
            }
        }
        let check = |world: &World| world.check().unwrap_or_else(|broken| panic!("{:?}: {broken}", way.example));
        match next {
            Some(next) if !world.is_over() => match next.entry(world) {
                Entry::Occupied(known) => known.into_mut().orders += way.orders,
                Entry::Vacant(new) => {
                    check(new.key());
                    new.insert(way.clone());
                }
            },
            _ => check(&world),
        }
        way.example.pop();
    }
}

#[test]
fn every_order_of_five_keeps_every_promise() {
    let starts = [ReadyState::Connecting, ReadyState::Open, ReadyState::Closing, ReadyState::Closed];
    let tours = std::thread::scope(|scope| {
        let tours = starts.map(|ready| scope.spawn(move || Tour::every_order(ready, 5)));
        tours.map(|tour| tour.join().unwrap_or_else(|broken| std::panic::resume_unwind(broken)))
    });
    for (ready, tour) in starts.iter().zip(&tours) {
        println!("{ready}: {} orders, {} worlds gone on with", tour.orders, tour.worlds);
        assert!(tour.orders > 1_000_000, "only {} orders from {ready}", tour.orders);
    }
    for act in Act::CHOSEN {
        assert!(tours.iter().any(|tour| tour.acts.contains_key(act)), "{act:?} took part in no order");
    }
}
