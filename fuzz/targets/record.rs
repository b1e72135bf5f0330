#![no_main]

#[path = "../../tests/support/inputs.rs"]
#[allow(dead_code, reason = "each target uses one part")]
mod inputs;

libfuzzer_sys::fuzz_target!(|data: &[u8]| inputs::record(data));
