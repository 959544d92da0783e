#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz::harness::delta::decode_and_merge(input));
