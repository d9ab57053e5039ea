//! The machine and its model against long random orders of actions.

use super::config;
use crate::socket::close_info::ReadyState;
use crate::socket::core::effects::Effects;
use crate::socket::core::machine::Machine;
use crate::socket::core::recv_queue::{MESSAGE_OVERHEAD, Popped};
use crate::socket::model::{Action, Start, run};
use proptest::prelude::*;

fn action() -> impl Strategy<Value = Action> {
    let code = prop_oneof![Just(1000), Just(1006), Just(1015), any::<u16>()];
    // Actions that keep a connection open are more frequent, or every order would close it soon.
    prop_oneof![
        8 => Just(Action::PollTasks),
        6 => (0usize..400).prop_map(Action::Message),
        4 => Just(Action::Return),
        3 => any::<u8>().prop_map(Action::Drain),
        3 => Just(Action::PollTimer),
        1 => (code, any::<bool>(), any::<bool>())
            .prop_map(|(code, clean, dispatched)| Action::CloseEvent { code, clean, dispatched }),
        6 => prop::sample::select(Action::CLOSING),
        9 => prop::sample::select(Action::FLOW),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(2_000), ..ProptestConfig::default() })]

    #[test]
    fn long_random_orders_keep_the_guarantees(
        ready in prop_oneof![4 => Just(0u16), 4 => Just(1), 1 => Just(2), 1 => Just(3)],
        limit in prop::option::of(0usize..2000),
        actions in prop::collection::vec(action(), 0..60),
    ) {
        if let Err(violation) = run(Start { ready: ReadyState::from_raw(ready), limit }, actions) {
            prop_assert!(false, "{violation}");
        }
    }

    #[test]
    fn receive_limit_bounds_the_queue(
        limit in 0usize..2000,
        events in prop::collection::vec(prop_oneof![
            3 => any::<u8>().prop_map(Some),
            1 => Just(None),
        ], 0..60),
    ) {
        let (mut machine, _) = Machine::new(config(Some(limit)), ReadyState::Open, 0);
        let (mut queued, mut overflowed) = (std::collections::VecDeque::new(), false);
        for event in events {
            match event {
                Some(bytes) => {
                    let fits = queued.iter().sum::<usize>() + usize::from(bytes) + MESSAGE_OVERHEAD <= limit;
                    let effects = machine.message_event_limited(0, bytes.into(), ReadyState::Open);
                    prop_assert_eq!(effects.any(Effects::CLOSE), !fits && !overflowed);
                    overflowed |= !fits;
                    if !overflowed {
                        queued.push_back(usize::from(bytes) + MESSAGE_OVERHEAD);
                    }
                }
                None => match machine.pop() {
                    Popped::Message(_) => prop_assert!(queued.pop_front().is_some()),
                    Popped::Error(_) => prop_assert!(overflowed && queued.is_empty()),
                    Popped::Pending => prop_assert!(queued.is_empty()),
                    other => prop_assert!(false, "{other:?}"),
                },
            }
        }
    }
}
