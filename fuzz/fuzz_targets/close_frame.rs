//! Close codes and frames from arbitrary numbers, text and JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/types/guarantees.rs"]
mod guarantees;

fuzz_target!(|bytes: &[u8]| {
    guarantees::json(bytes);
    if let [kind, high, low, rest @ ..] = bytes {
        let text = String::from_utf8_lossy(rest);
        // Every second code is sendable: few of all numbers are, and the fuzzer would rarely find one.
        let code = u16::from_be_bytes([*high, *low]);
        guarantees::frame(if kind % 2 == 0 { code } else { 3000 + code % 2000 }, &text);
        guarantees::code(&text);
    }
});
