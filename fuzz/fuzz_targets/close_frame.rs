//! Close codes and frames from anything: numbers, text, JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/types/guarantees.rs"]
mod guarantees;

fuzz_target!(|bytes: &[u8]| {
    guarantees::json(bytes);
    if let [kind, high, low, rest @ ..] = bytes {
        let text = String::from_utf8_lossy(rest);
        // Half of all codes cannot be sent; of the other half, the fuzzer would have to find the few thousand that can.
        let code = u16::from_be_bytes([*high, *low]);
        guarantees::frame(if kind % 2 == 0 { code } else { 3000 + code % 2000 }, &text);
        guarantees::code(&text);
    }
});
