//! Sends of remote handles, beside those of the socket itself.

use super::*;
use crate::synthetic::deliver_to;

#[wasm_bindgen_test]
fn sends_of_remote_handles_and_of_the_socket_take_turns_in_the_order_of_their_first_polls() {
    let (ws, simulation) = full_socket();
    let (raw, local) = (ws.as_raw().clone(), ws.sender());
    let (remote, mut driver) = ws.into_remote();
    assert!(poll(&mut driver).is_pending());
    let [mut first, mut second, mut third] = ["first", "second", "third"].map(|text| remote.send(text));
    assert!(poll(&mut first).is_pending() && poll(&mut second).is_pending());
    let mut between = local.send("between");
    assert!(poll(&mut between).is_pending());
    assert!(poll(&mut third).is_pending());
    for _ in 0..5 {
        simulation.set_buffered(0);
        deliver_to(&raw, &"x".into());
        let _ = poll(&mut between);
        assert!(poll(&mut driver).is_pending());
    }
    assert_eq!(simulation.sent(), ["ten bytes!", "first", "second", "between", "third"]);
}

#[wasm_bindgen_test]
fn place_of_a_sink_that_becomes_remote_holds_up_no_send() {
    let (mut ws, simulation) = full_socket();
    assert!(poll(&mut ws.feed(Message::from("never"))).is_pending());
    let (remote, mut driver) = ws.into_remote();
    assert!(poll(&mut driver).is_pending());
    simulation.set_buffered(0);
    ready("the send", remote.send("next")).unwrap();
    assert_eq!(simulation.sent(), ["ten bytes!", "next"]);
}
