//! The machine, with all that is around it, against long orders of anything that can happen.

use super::config;
use crate::socket::close_info::ReadyState;
use crate::socket::core::machine::Machine;
use crate::socket::core::recv_queue::Taken;
use crate::socket::model::{Act, Input, Start, run};
use proptest::prelude::*;

fn act() -> impl Strategy<Value = Act> {
    let code = prop_oneof![Just(1000), Just(1006), Just(1015), any::<u16>()];
    // What keeps a connection going is more frequent, or every order would be over soon.
    prop_oneof![
        8 => Just(Act::Turn),
        6 => (0usize..400).prop_map(Act::Message),
        4 => Just(Act::Return),
        2 => (0u32..400).prop_map(Act::Drain),
        1 => (code, any::<bool>(), any::<bool>())
            .prop_map(|(code, clean, dispatched)| Act::End { code, clean, dispatched }),
        6 => prop::sample::select(Act::CHOSEN),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(2_000), ..ProptestConfig::default() })]

    #[test]
    fn any_long_order_keeps_every_promise(
        ready in prop_oneof![4 => Just(0u16), 4 => Just(1), 1 => Just(2), 1 => Just(3)],
        limit in prop::option::of(0usize..600),
        acts in prop::collection::vec(act(), 0..60),
    ) {
        if let Err(broken) = run(Start { ready: ready.into(), limit }, acts) {
            prop_assert!(false, "{broken}");
        }
    }

    #[test]
    fn a_limit_bounds_what_waits(
        limit in 0usize..600,
        happenings in prop::collection::vec(prop_oneof![
            3 => any::<u8>().prop_map(Some),
            1 => Just(None),
        ], 0..60),
    ) {
        let (mut machine, _) = Machine::start(config(Some(limit)), ReadyState::Open);
        let (mut waiting, mut overflowed) = (std::collections::VecDeque::new(), false);
        for happening in happenings {
            match happening {
                Some(bytes) => {
                    let fits = waiting.iter().sum::<usize>() + usize::from(bytes) <= limit;
                    let effects = machine.step(Input::Message(0, bytes.into(), ReadyState::Open));
                    prop_assert_eq!(effects.close.is_some(), !fits && !overflowed);
                    overflowed |= !fits;
                    if !overflowed {
                        waiting.push_back(usize::from(bytes));
                    }
                }
                None => match machine.take() {
                    Taken::Message(_) => prop_assert!(waiting.pop_front().is_some()),
                    Taken::Fault(_) => prop_assert!(overflowed && waiting.is_empty()),
                    Taken::Wait => prop_assert!(waiting.is_empty()),
                    other => prop_assert!(false, "{other:?}"),
                },
            }
        }
    }
}
