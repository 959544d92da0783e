#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| testkit::fuzz::delta::decode_and_merge(input));
